import { expect, test } from 'vitest'
import type { Image } from '../../../src/models/trees/image.ts'
import { functionName } from '../../../src/models/trees/kernel-trees.ts'
import { seeded } from '../../random.ts'
import { build, generate, type PlainTree, type Traits } from './plain-ensemble.ts'

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

/** A tree that is a chain of `length` tests. */
function chain(length: number): PlainTree {
  const test = { feature: 0, relation: '<', value: length, set: [], missing: 'fails', treatment: 'plain' } as const
  const leaf = (number: number): PlainTree => ({ leaf: number, values: [0] })
  return length === 0 ? leaf(0) : { ...test, yes: chain(length - 1), no: leaf(length) }
}

test('trees are computed by levels when they are nearly full, by leaves when not, and walked when they are large', () => {
  const names = (given: Parameters<typeof build>[0]) =>
    imageOf(given).runs.map(({ shape, from, end }) => [shape && functionName(shape), from, end])
  expect(names(generate(seeded(1), traits))).toEqual([['full4', 0, 3]])
  expect(names(generate(seeded(1), { ...traits, depth: 0 }))).toEqual([['full1', 0, 3]])
  expect(names(generate(seeded(1), { ...traits, depth: 9 }))).toEqual([[null, 0, 3]])
  expect(names({ shape: traits, trees: [{ target: 0, root: chain(20) }] })).toEqual([['any5', 0, 1]])
})
