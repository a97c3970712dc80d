import { expect, test } from 'vitest'
import { BytesWriter, bytesAt } from '../../../src/core/bytes.ts'
import { CsvEncoder } from '../../../src/encodings/csv/encoder.ts'
import { fieldsOf } from '../../../src/encodings/csv/fields.ts'
import type { Value } from '../../../src/schema/value.ts'

function written(value: Value, quote = '"'): string {
  const writer = new BytesWriter(1, 1)
  new CsvEncoder(fieldsOf(['a', 'b'], null), { delimiter: ',', quote }, ['NA'], null).encode(value, writer)
  return Buffer.from(bytesAt(writer.finish(), 0) ?? []).toString()
}

test('columns are written in their order; other fields are left out, marks of no value quoted', () => {
  expect(written({ b: 'x,y', c: 1, a: 0.1 })).toBe('0.1,"x,y"')
  expect(written({ a: 'NA', b: true })).toBe('"NA",true')
  expect(written({ b: 12n })).toBe(',12')
})

test('what a cell cannot hold is told by its field', () => {
  expect(() => written({ a: Number.NaN })).toThrow('field "a" is NaN, which csv cannot express')
  expect(() => written({ b: [1] })).toThrow('field "b": csv expected a value without parts')
  expect(() => written({ b: 'x\ud800' })).toThrow('text with a lone surrogate')
  expect(() => written({ b: 'x,y' }, '')).toThrow('as nothing is quoted')
  expect(() => written('a')).toThrow('record: csv expected an object')
})
