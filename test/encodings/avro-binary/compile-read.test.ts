import { expect, test } from 'vitest'
import { seeded } from '../../random.ts'
import { randomSchema, randomValue } from '../../schema/generate.ts'
import { decodeAll, encodeAll, readHex } from './frames.ts'

test('every schema gives its values back', () => {
  const random = seeded(1201)
  for (let round = 0; round < 400; round++) {
    const schema = randomSchema(random, 4)
    const values = Array.from({ length: 5 }, () => randomValue(random, schema))
    expect(decodeAll(schema, encodeAll(schema, values))).toEqual(values)
  }
})

test('fields that the reader does not have are passed over, whatever their type', () => {
  const random = seeded(1202)
  const keep = { name: 'kept', schema: { type: 'int' } } as const
  for (let round = 0; round < 300; round++) {
    const skipped = { name: 'skipped', schema: randomSchema(random, 4) }
    const written = { type: 'record', name: 'R', fields: [skipped, keep] } as const
    const values = Array.from({ length: 3 }, () => ({ skipped: randomValue(random, skipped.schema), kept: round }))
    const read = { type: 'record', name: 'R', fields: [keep] } as const
    expect(decodeAll(written, encodeAll(written, values), read)).toEqual(values.map(({ kept }) => ({ kept })))
  }
})

test('lists come in several blocks, with or without their size', () => {
  expect(readHex({ type: 'array', items: 'int' }, '02 02 03 04 04 06 00')).toEqual([1, 2, 3])
  const doubles = { type: 'array', items: 'double' }
  const one = '000000000000f03f'
  expect(readHex(doubles, `02 ${one} 02 ${one} 03 20 ${one} ${one} 00`)).toEqual(Float64Array.of(1, 1, 1, 1))
  expect(readHex(doubles, '00')).toEqual(new Float64Array(0))
  expect(readHex({ type: 'map', values: 'int' }, '01 06 02 61 02 02 02 62 04 00')).toEqual({ a: 1, b: 2 })
  const written = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: doubles },
      { name: 'b', type: 'int' },
    ],
  }
  const read = { type: 'record', name: 'R', fields: [{ name: 'b', type: 'int' }] }
  expect(readHex(written, `02 ${one} 03 20 ${one} ${one} 00 0e`, read)).toEqual({ b: 7 })
})

test('lists of numbers stay good when the next batch is read', () => {
  const schema = { type: 'array', items: { type: 'float' } } as const
  const values = [Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)]
  const frames = encodeAll(schema, values)
  const first = decodeAll(schema, frames)
  expect(decodeAll(schema, encodeAll(schema, [Float32Array.of(9, 9, 9)]))).toEqual([Float32Array.of(9, 9, 9)])
  expect(first).toEqual(values)
})
