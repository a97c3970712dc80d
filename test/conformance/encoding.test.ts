import { describe, expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { objectSchema } from '../../src/config/option.ts'
import { BytesWriter, bytesAt, columnOf, NO_VALUE } from '../../src/core/bytes.ts'
import type { Encoding } from '../../src/encodings/encoding.ts'
import type { RecordValue, Value } from '../../src/schema/value.ts'
import { seeded } from '../random.ts'
import { randomBytes, randomNumber, randomText } from '../schema/generate.ts'

const wineAvro = {
  type: 'record',
  name: 'Wine',
  fields: [
    { name: 'ph', type: 'double' },
    { name: 'label', type: 'string' },
    { name: 'parts', type: { type: 'array', items: 'double' } },
  ],
}
const wine = 'syntax = "proto3"; message Wine { double ph = 1; string label = 2; repeated double parts = 3; }'

/** Options that an encoding cannot do without. */
const required: Readonly<Record<string, object>> = {
  'avro-binary': { schema: wineAvro },
  csv: { columns: ['ph', 'label'] },
  protobuf: { schema: wine, message: 'Wine' },
}

/** A random value of the kind that the encoding carries. */
function randomOf(encoding: Encoding, random: () => number): Value {
  if (encoding.schemaRule === 'bytes') return randomBytes(random, Math.floor(random() * 30))
  if (encoding.schemaRule === 'string') return randomText(random, 30)
  // Without a schema its values are text.
  if (encoding.name === 'csv') return { ph: String(randomNumber(random)), label: randomText(random, 30) }
  const isTyped = encoding.name === 'protobuf' || encoding.name === 'avro-binary'
  const parts = Array.from({ length: Math.floor(random() * 4) }, () => randomNumber(random))
  return {
    ph: randomNumber(random),
    label: randomText(random, 30),
    parts: isTyped ? Float64Array.from(parts) : parts,
  }
}

/** A value that no field or encoding holds. */
const stranger = (() => 1) as unknown as Value

describe.each(registry.list('encoding').map((e) => [e.name, e as Encoding] as const))(
  'encoding %s',
  (name, encoding) => {
    const options = objectSchema(encoding.options).parse(required[name] ?? {})
    const context = { schema: null, baseFolder: '.', place: 'test' }
    const decoder = () => encoding.openDecoder(options, context)
    const encoder = () => encoding.openEncoder(options, context)

    function encoded(values: readonly Value[]) {
      const writer = new BytesWriter(1, 1)
      const one = encoder()
      for (const value of values) one.encode(value, writer)
      return writer.finish()
    }

    test('values come back in order, one per frame', () => {
      const random = seeded(61)
      const values = Array.from({ length: 200 }, () => randomOf(encoding, random))
      const frames = encoded(values)
      expect(frames.length).toBe(values.length)
      const { values: read, errors } = decoder().decode(frames)
      expect({ read, errors }).toEqual({ read: values, errors: null })
    })

    test('a verbatim frame that is extended is read back as its record with the fields added', () => {
      const random = seeded(66)
      const one = encoder()
      const values = Array.from({ length: 20 }, () => randomOf(encoding, random))
      const frames = encoded(values)
      const { verbatim } = decoder().decode(frames)
      // An encoding that never extends says nothing about its frames.
      if (!one.extend) return expect(verbatim).toBeUndefined()
      expect(verbatim?.encoding).toBe(name)
      const writer = new BytesWriter(1, 1)
      const records = values.filter((_, i) => !verbatim?.except?.has(i)) as RecordValue[]
      for (const [i, value] of values.entries()) {
        if (!verbatim?.except?.has(i)) one.extend(frames, i, value as RecordValue, { added: [1, 'x'] }, writer)
      }
      const read = decoder().decode(writer.finish()).values
      expect(records.length).toBeGreaterThan(0)
      expect(read).toEqual(records.map((record) => ({ ...record, added: [1, 'x'] })))
    })

    test('values share no memory with the frames', () => {
      const random = seeded(62)
      const values = Array.from({ length: 20 }, () => randomOf(encoding, random))
      const frames = encoded(values)
      const read = decoder().decode(frames)
      frames.bytes.fill(0)
      expect(read.values).toEqual(values)
    })

    test('frames may lie in any order and with gaps, in a part of a larger buffer', () => {
      const random = seeded(63)
      const values = Array.from({ length: 20 }, () => randomOf(encoding, random))
      const frames = encoded(values)
      const whole = new Uint8Array(frames.bytes.length + 7).fill(0x22)
      whole.set(frames.bytes, 5)
      const starts = frames.starts.toReversed()
      const ends = frames.ends.toReversed()
      const bytes = whole.subarray(5, 5 + frames.bytes.length)
      expect(decoder().decode({ bytes, starts, ends, length: 20 }).values).toEqual(values.toReversed())
    })

    test('a bad frame is an error of its own: the frames around it are read', () => {
      const random = seeded(64)
      const one = decoder()
      for (let round = 0; round < 200; round++) {
        const values = Array.from({ length: 4 }, () => randomOf(encoding, random))
        const good = encoded(values)
        const damaged = Uint8Array.from(bytesAt(good, 2) as Uint8Array)
        for (let k = 0; k < 3; k++) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
        const { values: read, errors } = one.decode(
          columnOf([bytesAt(good, 0), damaged, randomBytes(random, 9), null, bytesAt(good, 3)]),
        )
        expect(read.length).toBe(5)
        expect([read[0], read[4]]).toEqual([values[0], values[3]])
        expect(errors?.has(0) || errors?.has(4)).toBe(false)
        expect(errors?.get(3)?.code).toBe('ENCODING_NULL_RECORD')
        for (let i = 0; i < 5; i++) expect(read[i] === undefined).toBe(errors?.has(i))
        for (const error of errors?.values() ?? []) expect(error.scope).toBe('record')
      }
    })

    test('errors have their entry in the values, not a hole', () => {
      const frames = columnOf([new Uint8Array(0)])
      frames.ends[0] = NO_VALUE
      expect(Object.keys(decoder().decode(frames).values)).toEqual(['0'])
    })

    test('no frames give no values', () => {
      expect(decoder().decode(columnOf([]))).toMatchObject({ values: [], errors: null })
    })

    test('what it cannot express is a record error, and nothing is written for it', () => {
      const random = seeded(65)
      const value = randomOf(encoding, random)
      const writer = new BytesWriter(1, 1)
      const one = encoder()
      one.encode(value, writer)
      for (const strange of [stranger, [stranger], { label: stranger }]) {
        expect(() => one.encode(strange as Value, writer)).toThrow(expect.objectContaining({ scope: 'record' }))
      }
      one.encode(value, writer)
      expect(decoder().decode(writer.finish()).values).toEqual([value, value])
    })
  },
)
