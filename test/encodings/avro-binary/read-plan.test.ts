import { expect, test } from 'vitest'
import { faultText, minBytesOf, planRead } from '../../../src/encodings/avro-binary/read-plan.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import { decodeAll, encodeAll } from './frames.ts'

const record = (name: string, fields: readonly unknown[], more: object = {}) =>
  parseAvro({ type: 'record', name, fields, ...more })

/** What the pair of schemas is refused with, or null. */
function refusal(written: unknown, read: unknown): string | null {
  const plan = planRead(parseAvro(written), parseAvro(read))
  return plan.kind === 'fault' ? faultText(plan) : null
}

test('the fault names the field', () => {
  const of = (type: string) => ({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: { type: 'array', items: { type: 'record', name: 'S', fields: [{ name: 'b', type }] } } },
    ],
  })
  expect(refusal(of('string'), of('int'))).toBe('field "a.b" is string, expected int')
  expect(refusal('string', 'int')).toBe('the value is string, expected int')
  expect(refusal(['null', 'string'], ['int', 'boolean'])).toBe('the value is null, expected int or boolean')
})

test('a branch that cannot be read is a fault of the values that have it', () => {
  const written = parseAvro(['int', 'string'])
  const frames = encodeAll(written, [1, 'x'])
  expect(decodeAll(written, frames, parseAvro('int'))).toEqual([
    1,
    'record is not Avro binary of int or string: the value is string, expected int at byte 1, in the record',
  ])
})

test('a record of a union is read by its name or alias, or else by its fields', () => {
  const written = record('ns.Old', [{ name: 'x', type: 'int' }])
  const frames = encodeAll(written, [{ x: 1 }])
  const a = {
    type: 'record',
    name: 'A',
    fields: [
      { name: 'x', type: 'int' },
      { name: 'a', type: 'int', default: 5 },
    ],
  }
  const b = {
    ...a,
    name: 'B',
    aliases: ['ns.Old'],
    fields: [
      { name: 'x', type: 'int' },
      { name: 'b', type: 'int', default: 6 },
    ],
  }
  expect(decodeAll(written, frames, parseAvro([a, b]))).toEqual([{ x: 1, b: 6 }])
  expect(decodeAll(written, frames, parseAvro(['null', { ...b, aliases: [] }]))).toEqual([{ x: 1, b: 6 }])
})

test('defaults are made anew for each record', () => {
  const written = record('R', [])
  const read = record('R', [
    { name: 'list', type: { type: 'array', items: 'double' }, default: [1] },
    { name: '__proto__', type: ['null', 'int'], default: null },
  ])
  const [first, second] = decodeAll(written, [new Uint8Array(0), new Uint8Array(0)], read) as { list: Float64Array }[]
  expect(first).toEqual(second)
  expect(first?.list).not.toBe(second?.list)
  expect(Object.keys(first as object)).toEqual(['list', '__proto__'])
})

test('the fewest bytes of a value bound what a block may claim', () => {
  const node = record('N', [
    { name: 'v', type: 'double' },
    { name: 'next', type: ['null', 'N'] },
  ])
  expect(minBytesOf(node)).toBe(9)
  expect(minBytesOf(parseAvro('null'))).toBe(0)
  expect(minBytesOf(parseAvro({ type: 'fixed', name: 'F', size: 7 }))).toBe(7)
})
