import { expect, test } from 'vitest'
import type { Image } from '../../../src/models/trees/image.ts'
import { seeded } from '../../random.ts'
import { build, generate, type Traits } from './plain-ensemble.ts'

const traits: Traits = {
  features: 4,
  targets: 1,
  precision: 'float64',
  leafWidth: 1,
  trees: 3,
  depth: 4,
  leaves: 0,
  relations: ['<'],
  treatments: ['plain'],
  missing: ['fails'],
  values: [1, 2, 3],
}
const imageOf = (given: Parameters<typeof build>[0]): Image => build(given).image as Image

test('the image lies in shared memory and has each test and leaf once', () => {
  const image = imageOf(generate(seeded(2), { ...traits, depth: 6, trees: 20 }))
  expect(image.bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(image.leafOf.length).toBe(20 * 127)
  expect(
    Array.from(image.leafOf)
      .filter((leaf) => leaf >= 0)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 20 * 64 }, (_, i) => i))
})

test('ensembles of many features and few tests have no image', () => {
  const wide = generate(seeded(3), { ...traits, features: 4000, trees: 50, depth: 6 })
  expect(build(wide).image).toBeNull()
  expect(build(generate(seeded(3), { ...traits, features: 40, trees: 50, depth: 6 })).image).not.toBeNull()
})

test('sets are no reason for having none', () => {
  const sets = generate(seeded(3), { ...traits, relations: ['<', 'in'], trees: 50, depth: 6 })
  expect(build(sets).image).not.toBeNull()
})
