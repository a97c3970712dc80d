import { describe, expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { protobufEncoding } from '../../../src/encodings/protobuf/protobuf.ts'
import { seeded } from '../../random.ts'
import { decodeAll, encodeAll, everything, randomEverything } from './messages.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

describe('decoder', () => {
  test('damaged messages are record errors that name the byte, or values; good ones beside them are read', () => {
    const random = seeded(52)
    const decoder = protobufEncoding.openDecoder(
      { schema: everything, message: 'Everything', file: undefined },
      { schema: null, baseFolder: '.', place: 'test' },
    )
    const good = encodeAll(everything, 'Everything', [randomEverything(random)])[0] as Uint8Array
    for (let round = 0; round < 400; round++) {
      const bytes = Uint8Array.from(encodeAll(everything, 'Everything', [randomEverything(random)])[0] as Uint8Array)
      for (let k = 0; k < 4; k++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      const { values, errors } = decoder.decode(
        columnOf([bytes.subarray(0, Math.floor(random() * (bytes.length + 1))), good]),
      )
      expect(values[1]).toBeDefined()
      const error = errors?.get(0)
      if (error) {
        expect(error.code).toBe('ENCODING_PROTOBUF_SYNTAX')
        expect(error.parameters['position']).toBeGreaterThanOrEqual(0)
        expect(error.parameters['position']).toBeLessThanOrEqual(bytes.length)
      }
    }
  })

  test('values keep nothing of the frames', () => {
    const values = [{ text: 'a text that is too long to be remembered', raw: Uint8Array.of(1, 2, 3) }]
    const frames = columnOf(encodeAll(everything, 'Everything', values))
    const decoder = protobufEncoding.openDecoder(
      { schema: everything, message: 'Everything', file: undefined },
      { schema: null, baseFolder: '.', place: 'test' },
    )
    const read = decoder.decode(frames).values[0]
    frames.bytes.fill(0)
    expect(read).toMatchObject(values[0] as object)
  })

  test.each([
    ['09', 'record is not a protobuf message Everything: a number of 8 bytes runs past the end at byte 1'],
    ['72056162', 'a length of 5 bytes runs past the end at byte 1'],
    ['7202c328', 'text is not UTF-8 at byte 2'],
    ['18ffffffffffffffffffff01', 'a number has more than 10 bytes at byte 1'],
    ['00', 'field number 0 at byte 1'],
    ['0f', 'field 1 has wire type 7 at byte 1'],
    ['9a0103000000', 'packed numbers of 8 bytes end inside one'],
  ])('says what is wrong with %s', (bytes, message) => {
    expect(decodeAll(everything, 'Everything', [hex(bytes)])[0]).toContain(message)
  })

  test('a message nested too deeply is an error, not a stack overflow', () => {
    let bytes = Buffer.alloc(0)
    for (let i = 0; i < 300; i++) {
      const size = bytes.length
      const prefix = size < 128 ? [size] : size < 16384 ? [(size & 127) | 128, size >> 7] : []
      bytes = Buffer.concat([Buffer.from([0x1a, ...prefix]), bytes])
    }
    expect(decodeAll(everything, 'Inner', [bytes])[0]).toContain('nested deeper than 100 levels')
    expect(decodeAll(everything, 'Inner', [Buffer.alloc(5000, 0x2b)])[0]).toContain('nested deeper than 100 levels')
  })

  test('a null frame is an error of its record', () => {
    expect(decodeAll(everything, 'Inner', [null])[0]).toBe('record has no value (null)')
  })
})
