import { expect, test } from 'vitest'
import { faultPlace } from '../../../src/encodings/avro-binary/fault-place.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import { seeded } from '../../random.ts'
import { randomRecord, randomValue } from '../../schema/generate.ts'
import { encodeAll } from './frames.ts'

test('names the field that holds a byte', () => {
  const schema = parseAvro({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: 'int' },
      { name: 'b', type: { type: 'map', values: ['null', 'double'] } },
      { name: 'c', type: { type: 'fixed', name: 'F', size: 2 } },
    ],
  })
  const [bytes] = encodeAll(schema, [{ a: 300, b: { k: null, long: 1 }, c: Uint8Array.of(1, 2) }]) as [Uint8Array]
  const places = Array.from(bytes, (_, at) => faultPlace(schema, bytes, 0, bytes.length, at))
  const field = (name: string, count: number) => Array.from({ length: count }, () => `field "${name}"`)
  expect(places).toEqual([
    ...field('a', 2),
    ...field('b', 3),
    ...field('b.k', 1),
    ...field('b', 5),
    ...field('b.long', 9),
    ...field('b', 1),
    ...field('c', 2),
  ])
})

test('ends for any bytes', () => {
  const random = seeded(1204)
  for (let round = 0; round < 300; round++) {
    const schema = randomRecord(random, 3)
    const [bytes] = encodeAll(schema, [randomValue(random, schema)]) as [Uint8Array]
    for (let k = 0; k < 3 && bytes.length > 0; k++) bytes[Math.floor(random() * bytes.length)] = random() * 256
    const at = Math.floor(random() * (bytes.length + 1))
    expect(faultPlace(schema, bytes, 0, bytes.length, at)).toMatch(/^(the record|field ")/)
  }
})
