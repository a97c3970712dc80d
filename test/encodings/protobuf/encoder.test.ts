import { describe, expect, test } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { protobufEncoding } from '../../../src/encodings/protobuf/protobuf.ts'
import type { Value } from '../../../src/schema/value.ts'
import { seeded } from '../../random.ts'
import { encodeAll, everything, randomEverything, typeOf } from './messages.ts'

describe('encoder', () => {
  test('writes what protobufjs reads', () => {
    const random = seeded(54)
    const type = typeOf(everything, 'test.Everything')
    const values = Array.from({ length: 100 }, () => randomEverything(random))
    for (const [i, bytes] of encodeAll(everything, 'Everything', values).entries()) {
      const read = type.toObject(type.decode(bytes), { longs: String, enums: String, defaults: true })
      const value = values[i] as Record<string, unknown>
      for (const name of [
        'd',
        'f',
        'i32',
        'u32',
        's32',
        'f32',
        'sf32',
        'b',
        'text',
        'texts',
        'colour',
        'colours',
        'is',
      ]) {
        expect(read[name], name).toEqual(value[name])
      }
      for (const name of ['i64', 'u64', 's64', 'f64', 'sf64']) expect(read[name], name).toBe(String(value[name]))
      expect(Float64Array.from(read['ds'])).toEqual(value['ds'])
      expect(new Uint8Array(read['raw'])).toEqual(value['raw'])
    }
  })

  test.each([
    ['field "i32": protobuf expected int32, got 1.5', { i32: 1.5 }],
    ['field "u32": protobuf expected uint32, got -1', { u32: -1 }],
    ['field "i64": protobuf expected int64, got 9223372036854775808', { i64: 2n ** 63n }],
    ['field "inner.x": protobuf expected double, got "a"', { inner: { x: 'a' } }],
    ['field "inners[1].next": protobuf expected a record for message Inner, got 7', { inners: [{}, { next: 7 }] }],
    ['field "colour": protobuf expected one of "RED", "GREEN", "BLUE", got "PINK"', { colour: 'PINK' }],
    ['field "stamp": protobuf expected no such field in message Everything, got 1', { stamp: 1 }],
    ['field "byNumber.a": protobuf expected int32, got "a"', { byNumber: { a: {} } }],
    [
      'field "number": protobuf expected "word" or this field, because they are of one oneof, got 1',
      { number: 1, word: 'x' },
    ],
    ['field "text": protobuf expected text without lone surrogates', { text: '\ud800' }],
    ['record: protobuf expected a record for message Everything, got an array of 1', [1]],
  ])('refuses a value: %s, and appends nothing', (message, value) => {
    const encoder = protobufEncoding.openEncoder(
      { schema: everything, message: 'Everything', file: undefined },
      { schema: null, baseFolder: '.', place: 'test' },
    )
    const writer = new BytesWriter(1, 1)
    expect(() => encoder.encode(value as unknown as Value, writer)).toThrow(message)
    encoder.encode({ i32: 1 }, writer)
    expect([...writer.finish().bytes]).toEqual([0x18, 1])
  })

  test('a required field that is missing is named', () => {
    expect(() => encodeAll('syntax = "proto2"; message M { required int32 a = 1; }', 'M', [{}])).toThrow(
      'field "a": protobuf expected a value, because M requires it, got no value',
    )
  })

  test('a value that contains itself is an error', () => {
    const cycle: Record<string, Value> = {}
    cycle['next'] = cycle
    expect(() => encodeAll(everything, 'Inner', [cycle])).toThrow('nested deeper than 100 levels')
  })

  test('negative zero is kept', () => {
    expect(encodeAll(everything, 'Inner', [{ x: -0 }])[0]?.length).toBe(9)
    expect(encodeAll(everything, 'Inner', [{ x: 0 }])[0]?.length).toBe(0)
  })
})
