import { expect, test } from 'vitest'
import { columnOf } from '../../src/core/bytes.ts'
import { AvroDecoder } from '../../src/encodings/avro-binary/decoder.ts'
import { encodeAll } from '../encodings/avro-binary/frames.ts'
import { seeded } from '../random.ts'
import { randomBytes, randomRecord, randomValue } from '../schema/generate.ts'

test('damaged frames are values of the schema or errors of the record that say where, and nothing else', () => {
  const random = seeded(20261122)
  const int = (below: number) => Math.floor(random() * below)
  for (let round = 0; round < 400; round++) {
    const schema = randomRecord(random, 4)
    const decoder = new AvroDecoder(schema, schema)
    const frames = encodeAll(
      schema,
      Array.from({ length: 6 }, () => randomValue(random, schema)),
    ).map((frame) => {
      const kind = int(4)
      if (kind === 0) return randomBytes(random, int(40))
      if (kind === 1) return frame.subarray(0, int(frame.length))
      if (kind === 2) return Buffer.concat([frame, randomBytes(random, 1 + int(3))])
      for (let k = 0; k < 2 && frame.length > 0; k++) frame[int(frame.length)] = int(2) === 0 ? int(256) : 0xff
      return frame
    })
    const { values, errors } = decoder.decode(columnOf(frames))
    for (const [i, value] of values.entries()) {
      const error = errors?.get(i)
      expect(value === undefined).toBe(error !== undefined)
      if (error === undefined) expect(() => encodeAll(schema, [value as never])).not.toThrow()
      else expect(error.message).toMatch(/ (at byte \d+, in (the record|field ")|levels at )/)
    }
  }
})
