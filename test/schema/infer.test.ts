import { describe, expect, test } from 'vitest'
import { printAvro } from '../../src/schema/avro.ts'
import { compileCheck } from '../../src/schema/check.ts'
import { inferSchema } from '../../src/schema/infer.ts'
import { seeded } from '../random.ts'
import { pick, randomNumber, randomText } from './generate.ts'

const settings = { place: 'samples', closesText: false }

function randomJson(random: () => number, depth: number): unknown {
  const kind = random()
  if (depth > 0 && kind < 0.2)
    return Array.from({ length: Math.floor(random() * 4) }, () => randomJson(random, depth - 1))
  if (depth > 0 && kind < 0.6) {
    return Object.fromEntries(
      ['a', 'b', 'constructor'].filter(() => random() < 0.7).map((k) => [k, randomJson(random, depth - 1)]),
    )
  }
  return pick(random, [null, true, randomNumber(random), 7, 5e9, randomText(random, 5)])
}

describe('inferSchema', () => {
  test('all samples have the type that was inferred from them', () => {
    const random = seeded(6)
    for (let round = 0; round < 300; round++) {
      const samples = Array.from({ length: 1 + Math.floor(random() * 5) }, () => randomJson(random, 3))
      const check = compileCheck(inferSchema(samples, settings))
      for (const sample of samples) expect(check(sample), JSON.stringify(samples)).toBe(null)
    }
  })

  test('integers widen to long and double, null and absence make a union', () => {
    const samples = [
      { a: 1, b: 1, c: 1, d: 'x' },
      { a: 2, b: 5e9, c: 0.5, d: null, e: true },
    ]
    expect(printAvro(inferSchema(samples, settings))).toEqual({
      type: 'record',
      name: 'Rec1',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'long' },
        { name: 'c', type: 'double' },
        { name: 'd', type: ['null', 'string'] },
        { name: 'e', type: ['null', 'boolean'], default: null },
      ],
    })
  })

  test('repeated symbols become an enum and texts of one length fixed, when asked to', () => {
    const closing = { place: 'samples', closesText: true }
    const colours = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? 'red' : 'green'))
    expect(inferSchema(colours, closing)).toEqual({ type: 'enum', name: 'Enum1', symbols: ['red', 'green'] })
    const ids = Array.from({ length: 10 }, (_, i) => `order-0000${i}`)
    expect(inferSchema(ids, closing)).toEqual({ type: 'fixed', name: 'Fixed1', size: 11 })
    expect(inferSchema(colours, settings)).toEqual({ type: 'string' })
  })

  test('many keys, or keys that are hashes, are a map', () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, i]))
    expect(inferSchema([many], settings)).toEqual({ type: 'map', values: { type: 'int' } })
    expect(inferSchema([{ ['0123456789abcdef'.repeat(2)]: 'x' }], settings).type).toBe('map')
  })

  test('nothing, and integers beyond 64 bits, are refused', () => {
    expect(() => inferSchema([], settings)).toThrow('no schema can be inferred from samples: there are no samples')
    expect(() => inferSchema([2n ** 70n], settings)).toThrow('more than 64 bits')
  })
})
