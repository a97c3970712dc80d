import { Writer } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { AnswerFault, AnswerReader } from '../../../src/clients/kafka/answer-reader.ts'

describe('answer reader', () => {
  it('reads what the protocol’s writer writes', () => {
    const bytes = Writer.create()
      .appendInt16(-2)
      .appendInt32(-70_000)
      .appendInt64(-(2n ** 40n))
      .appendBoolean(true)
      .appendString('é')
      .appendString(null)
      .appendString('')
      .appendArray([1, 2, 3], (writer, value) => writer.appendInt32(value), true, false)
      .appendUnsignedVarInt(2 ** 31)
      .appendTaggedFields().buffer
    const reader = new AnswerReader(bytes)
    expect([reader.int16(), reader.int32(), reader.int64(), reader.boolean()]).toEqual([
      -2,
      -70_000,
      -(2n ** 40n),
      true,
    ])
    expect([reader.nullableText(), reader.nullableText(), reader.text()]).toEqual(['é', null, ''])
    expect(reader.array(4, () => reader.int32())).toEqual([1, 2, 3])
    expect(reader.uvarint()).toBe(2 ** 31)
    reader.tags()
    expect(reader.remaining).toBe(0)
  })

  it('hands known tagged fields over and passes over others', () => {
    const reader = new AnswerReader(Buffer.from([2, 7, 1, 9, 0, 4, 0, 0, 0, 5]))
    let value = 0
    reader.tags({ 0: (field) => (value = field.int32()) })
    expect([value, reader.remaining]).toEqual([5, 0])
  })

  it('refuses lengths and counts that the answer cannot hold', () => {
    const huge = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])
    expect(() => new AnswerReader(huge).array(1, () => 0)).toThrow(AnswerFault)
    expect(() => new AnswerReader(huge).text()).toThrow(AnswerFault)
    expect(() => new AnswerReader(Buffer.from([255, 255, 255, 255, 255, 1])).uvarint()).toThrow(AnswerFault)
    expect(() => new AnswerReader(Buffer.alloc(3)).int32()).toThrow(AnswerFault)
    // Two elements of four bytes each in seven: refused before the first is read.
    const reader = new AnswerReader(Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]))
    expect(() => reader.array(4, () => reader.int32())).toThrow('2 elements at byte 1 do not fit the 7 bytes left')
  })
})
