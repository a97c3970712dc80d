import { expect, test } from 'vitest'
import { parsedJson, recordForm } from '../../src/cli/record-encoding.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { testWorld } from '../support/command-line.ts'
import { TestRegistry } from '../support/schema-registry.ts'

test('without a choice records are as they are', async () => {
  expect(await recordForm(testWorld(), undefined)).toBe(null)
})

test('a line and its record are each other, by name or by object', async () => {
  for (const choice of ['json', { type: 'json' }]) {
    const form = await recordForm(testWorld(), choice)
    const record = form?.fromLine(Buffer.from(' {"a": [1, "x", null]} ')) as Uint8Array
    expect(Buffer.from(record).toString()).toBe('{"a":[1,"x",null]}')
    expect(form?.valueOf(record)).toEqual({ a: [1, 'x', null] })
  }
})

test('records of a schema registry are prepared, with the topic in their subject', async () => {
  const registry = await TestRegistry.start()
  registry.put('points-value', { type: 'record', name: 'P', fields: [{ name: 'x', type: 'double' }] })
  const choice = { type: 'avro-binary', registry: { urls: [registry.url], schema: { type: 'latest' } } }
  const form = await recordForm(testWorld(), choice)
  await form?.prepareLines('points')
  const record = form?.fromLine(Buffer.from('{"x":0.5}')) as Uint8Array
  await form?.prepareRecords(columnOf([record]))
  expect(form?.valueOf(record)).toEqual({ x: 0.5 })
  await registry.stop()
})

test('unknown encodings and options name the closest one', async () => {
  await expect(recordForm(testWorld(), 'jsn')).rejects.toThrow('did you mean "json"?')
  await expect(recordForm(testWorld(), { type: 'json', nothing: 1 })).rejects.toThrow('nothing')
})

test('a line that is not JSON is shown, cut', () => {
  expect(() => parsedJson(Buffer.from('x'.repeat(500)))).toThrow(/^input: "x{57}\.\.\." is not JSON$/)
})
