import { describe, expect, test } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { jsonEncoding } from '../../../src/encodings/json/json.ts'
import { seeded } from '../../random.ts'
import { randomRecord, randomValue } from '../../schema/generate.ts'
import { decoderOf, open, sorted } from './texts.ts'

describe('jsonEncoding', () => {
  test('what the encoder wrote is read back as the same values, record by record', () => {
    const random = seeded(14)
    for (let round = 0; round < 120; round++) {
      const schema = randomRecord(random, 3)
      const values = Array.from({ length: 6 }, () => randomValue(random, schema))
      const encoder = jsonEncoding.openEncoder({}, open(schema))
      const writer = new BytesWriter(1, 1)
      for (const value of values) encoder.encode(value, writer)
      const { values: read, errors } = decoderOf(schema).decode(writer.finish())
      expect(errors).toBe(null)
      read.forEach((value, i) => {
        expect(sorted(value)).toEqual(sorted(values[i]))
      })
    }
  })
})
