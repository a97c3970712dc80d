import { describe, expect, test } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { rawEncoding } from '../../../src/encodings/raw/raw.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import { seeded } from '../../random.ts'
import { randomBytes } from '../../schema/generate.ts'

const open = (schema: Schema | null) => ({ schema, baseFolder: '.', place: 'test' })

describe('raw', () => {
  test('bytes come back as they were, in memory of their own', () => {
    const random = seeded(42)
    const values = Array.from({ length: 50 }, () => randomBytes(random, Math.floor(random() * 40)))
    const writer = new BytesWriter(1, 1)
    for (const value of values) rawEncoding.openEncoder({}, open(null)).encode(value, writer)
    const frames = writer.finish()
    const read = rawEncoding.openDecoder({}, open({ type: 'bytes' })).decode(frames)
    frames.bytes.fill(0)
    expect(read).toEqual({ values, errors: null })
  })

  test('what is no bytes is refused by name, and so is a schema other than bytes', () => {
    const encoder = rawEncoding.openEncoder({}, open(null))
    expect(() => encoder.encode('x', new BytesWriter(1, 1))).toThrow('record: expected bytes, got "x"')
    expect(() => rawEncoding.openEncoder({}, open({ type: 'string' }))).toThrow(
      'needs schema "bytes" or none, got string',
    )
  })
})
