import { afterEach, beforeEach, expect, test } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { avroBinaryEncoding } from '../../../src/encodings/avro-binary/avro-binary.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import { TestRegistry } from '../../support/schema-registry.ts'
import { errorOf, PauselessClock, registryOptions, written } from './registry-world.ts'

let registry: TestRegistry
beforeEach(async () => {
  registry = await TestRegistry.start()
})
afterEach(() => registry.stop())

const point = { type: 'record', name: 'ns.Point', fields: [{ name: 'x', type: 'int' }] }

function encoder(choice: object, schema: Schema | null = parseAvro(point), more: object = {}) {
  const options = registryOptions(registry.url, { schema: choice, ...more })
  return avroBinaryEncoding.openEncoder(
    { schema: undefined, file: undefined, registry: options },
    { schema, baseFolder: '.', place: 'out.yaml: encoding', topic: 'points', clock: new PauselessClock() },
  )
}

const hex = async (choice: object, more: object = {}, schema?: Schema | null) =>
  Buffer.from((await written(encoder(choice, schema, more), [{ x: 1 }])).bytes).toString('hex')

test('the schema of the stream is registered under the subject of its topic', async () => {
  expect(await hex({ type: 'register' })).toBe('000000000102')
  expect(await hex({ type: 'register' })).toBe('000000000102')
  expect(registry.requests).toEqual(['POST subjects/points-value/versions', 'POST subjects/points-value/versions'])
})

test('a subject may be named after the record', async () => {
  await hex({ type: 'register' }, { subjectStrategy: 'topic-record' })
  expect(registry.requests).toEqual(['POST subjects/points-ns.Point/versions'])
})

test('lookup takes what is there and registers nothing', async () => {
  const error = await errorOf(encoder({ type: 'lookup' }).prepare?.() as Promise<void>)
  expect(error.message).toBe(
    'out.yaml: encoding.registry: subject "points-value" does not have the schema of the stream',
  )
  await hex({ type: 'register' })
  expect(await hex({ type: 'lookup' })).toBe('000000000102')
})

test('latest and id write with the schema that they find', async () => {
  const id = registry.put('points-value', { ...point, fields: [{ name: 'x', type: 'double' }] })
  for (const choice of [{ type: 'latest' }, { type: 'id', id }]) {
    expect(await hex(choice, {}, null)).toBe('0000000001000000000000f03f')
  }
})

test.each([
  [{ type: 'latest' }, 'subject "points-value" has no schema'],
  [{ type: 'id', id: 9 }, 'no schema has the id 9'],
])('%j is refused where there is none', async (choice, message) => {
  expect((await errorOf(encoder(choice).prepare?.() as Promise<void>)).message).toContain(message)
})

test('a stream without a schema, and a schema of another language, are refused', async () => {
  const error = await errorOf(encoder({ type: 'register' }, null).prepare?.() as Promise<void>)
  expect(error.message).toContain('"register" needs a schema of the stream')
  const id = registry.put('j', {}, 'JSON')
  const other = await errorOf(encoder({ type: 'id', id }).prepare?.() as Promise<void>)
  expect(other.message).toContain(`schema ${id} is of type JSON, expected AVRO`)
})

test('a registry that is away is a fault of the stream', async () => {
  registry.trouble = 500
  expect((await errorOf(encoder({ type: 'register' }).prepare?.() as Promise<void>)).isRetryable).toBe(true)
  expect(() => encoder({ type: 'register' }).encode({ x: 1 }, new BytesWriter(1, 1))).toThrow('was not asked for')
})
