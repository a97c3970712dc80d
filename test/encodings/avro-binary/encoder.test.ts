import { expect, test } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { AvroEncoder } from '../../../src/encodings/avro-binary/encoder.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Value } from '../../../src/schema/value.ts'

const order = parseAvro({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'lines', type: { type: 'array', items: { type: 'map', values: 'string' } } },
  ],
})

test.each([
  [{ id: 1.5, lines: [] }, 'field "id": expected long, got 1.5'],
  [{ id: 2n ** 63n, lines: [] }, 'field "id": expected long, got 9223372036854775808'],
  [{ id: 1, lines: [{ a: 'x' }, { b: 7 }] }, 'field "lines[1].b": expected string, got 7'],
  [{ id: 1 }, 'field "lines": expected array of map, got no value'],
  [{ id: 1, lines: [{ a: '\ud800' }] }, 'field "lines[0].a": avro-binary expected text without lone surrogates'],
  [null, 'record: expected record Order, got null'],
])('%o is refused: %s', (value, message) => {
  const writer = new BytesWriter(1, 1)
  const encoder = new AvroEncoder(order)
  expect(() => encoder.encode(value as Value, writer)).toThrow(message)
  expect(writer.length).toBe(0)
})

test('fields that the schema does not name are left out, and a header comes first', () => {
  const writer = new BytesWriter(1, 1)
  new AvroEncoder(order, null, Uint8Array.of(0, 1)).encode({ id: 3, lines: [], more: 'x' }, writer)
  expect([...writer.finish().bytes]).toEqual([0, 1, 6, 0])
})

test('a value that holds itself is refused', () => {
  const node = parseAvro({ type: 'record', name: 'N', fields: [{ name: 'next', type: ['null', 'N'] }] })
  const value: { next: Value } = { next: null }
  value.next = value
  expect(() => new AvroEncoder(node).encode(value, new BytesWriter(1, 1))).toThrow('nested deeper than 128 levels')
})
