import { describe, expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { decodeOne, decoderOf } from './texts.ts'

describe('faults', () => {
  test.each([
    ['{"a":1', 'record is not JSON: the record ends at byte 6, expected "," or "}"'],
    ['{"a":1}x', 'character "x" at byte 7, expected the end of the record'],
    ['\ufeff{}', 'a byte order mark at byte 0'],
    ['', 'the record ends at byte 0, expected a JSON value'],
    ['{"a":01}', 'character "1" at byte 6, expected no digit after a leading zero'],
    ['{"a":1.}', 'character "}" at byte 7, expected a digit'],
    ['{"a":"\\x"}', 'character "\\" at byte 6, expected an escape'],
    ['{"a":"\n"}', 'byte 0x0a at byte 6, expected control characters in text to be escaped'],
    ['{"a":"b', 'the record ends at byte 7, expected the closing double quote'],
    ['{a:1}', 'character "a" at byte 1, expected a field name in double quotes'],
    ['{"a":1e999}', 'ENCODING_NUMBER_TOO_LARGE: number "1e999" at byte 5 is outside the range of a double'],
    ['{"a":tru}', 'character "t" at byte 5, expected "true"'],
  ])('says where and why %j is not JSON', (text, message) => {
    expect(decodeOne(null, text).error).toContain(message)
    expect(decodeOne(null, text, ['{"a":1}', '{"a":1}', '{"a":1}']).error).toContain(message)
  })

  test('names the byte that is not UTF-8', () => {
    const bytes = new TextEncoder().encode('{"a":"xyz"}')
    bytes[7] = 0xff
    const error = decoderOf(null)
      .decode(columnOf([bytes]))
      .errors?.get(0)
    expect(error?.message).toBe('record is not UTF-8: byte 0xff at byte 7')
  })
})
