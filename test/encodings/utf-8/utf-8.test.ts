import { describe, expect, test } from 'vitest'
import { BytesWriter, columnOf } from '../../../src/core/bytes.ts'
import { utf8Encoding } from '../../../src/encodings/utf-8/utf-8.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import { seeded } from '../../random.ts'
import { randomText } from '../../schema/generate.ts'

const open = (schema: Schema | null) => ({ schema, baseFolder: '.', place: 'engine.yaml: slots.0.encoding' })

describe('utf-8', () => {
  test('text comes back as it was, of any length', () => {
    const random = seeded(41)
    const texts = Array.from({ length: 300 }, (_, i) => randomText(random, i))
    const writer = new BytesWriter(1, 1)
    for (const text of texts) utf8Encoding.openEncoder({}, open(null)).encode(text, writer)
    expect(utf8Encoding.openDecoder({}, open(null)).decode(writer.finish())).toEqual({ values: texts, errors: null })
  })

  test('names the byte that is not UTF-8 and reads the other frames', () => {
    const frames = columnOf([Buffer.from('ok'), Buffer.from([97, 98, 0xe2, 0x82]), Buffer.from('é')])
    const { values, errors } = utf8Encoding.openDecoder({}, open({ type: 'string' })).decode(frames)
    expect(values).toEqual(['ok', undefined, 'é'])
    expect(errors?.get(1)?.message).toBe('record is not UTF-8: byte 0xe2 at byte 2')
  })

  test('what is no text is refused by name', () => {
    const encoder = utf8Encoding.openEncoder({}, open(null))
    expect(() => encoder.encode(1, new BytesWriter(1, 1))).toThrow('record: expected string, got 1')
    expect(() => encoder.encode('\ud800', new BytesWriter(1, 1))).toThrow('lone surrogate')
  })

  test('a schema other than string is refused at open', () => {
    expect(() => utf8Encoding.openDecoder({}, open({ type: 'double' }))).toThrow(
      'engine.yaml: slots.0.encoding: encoding "utf-8" needs schema "string" or none, got double',
    )
  })
})
