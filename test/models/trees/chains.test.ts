import { expect, test } from 'vitest'
import { type Chains, suitsChains } from '../../../src/models/trees/chains.ts'
import { openEnsemble } from '../../../src/models/trees/ensemble.ts'
import type { Image } from '../../../src/models/trees/image.ts'
import { Place, TREE_LANES } from '../../../src/models/trees/kernel-layout.ts'
import { seeded } from '../../random.ts'
import { build, generate, type PlainEnsemble, type PlainTree, scorePlainly, type Traits } from './plain-ensemble.ts'

const traits: Traits = {
  features: 5,
  targets: 1,
  precision: 'float64',
  leafWidth: 1,
  trees: 100,
  depth: 24,
  leaves: 0.45,
  relations: ['<', '<='],
  treatments: ['plain'],
  missing: ['holds', 'fails'],
  values: Array.from({ length: 90 }, (_, i) => i / 20 - 2),
}
const chainsOf = (reference: PlainEnsemble): Chains | null => (build(reference).image as Image).chains

test('skewed trees have chains; full, few and shallow ones have none', () => {
  expect(chainsOf(generate(seeded(1), traits))).not.toBeNull()
  expect(chainsOf(generate(seeded(1), { ...traits, leaves: 0, depth: 6 }))).toBeNull()
  expect(chainsOf(generate(seeded(1), { ...traits, trees: 63 }))).toBeNull()
  expect(chainsOf(generate(seeded(1), { ...traits, leaves: 0.5, depth: 3 }))).toBeNull()
})

test('there are none where slots and trees do not fit into half a word', () => {
  const ensemble = build(generate(seeded(1), traits))
  expect(suitsChains(ensemble, (2 ** 16 - 400) / 16)).toBe(true)
  expect(suitsChains(ensemble, (2 ** 16 - 400) / 16 + 1)).toBe(false)
})

test('every tree is in one of eight chains, which end at one node', () => {
  const image = build(generate(seeded(2), traits)).image as Image
  const { starts, end, offset, reached } = image.chains as Chains
  const words = new Int32Array(image.bytes.buffer)
  const at = (address: number): number => words[(address - Place.image) >> 2] as number
  const firstLeaf = (node: number): number =>
    image.leafOf[(node - offset) >> 3] === -1 ? firstLeaf(at(Place.image + node + 4)) : node
  for (let chain = 0; chain < TREE_LANES; chain++) {
    const trees: number[] = []
    for (let node = at(starts + chain * 4); node !== end; ) {
      const leaf = firstLeaf(node)
      trees.push(((at(Place.image + leaf) & 0xffff) - (reached - Place.reached)) / 4)
      node = at(Place.image + leaf + 4)
    }
    expect(trees).toEqual(Array.from({ length: chain < 4 ? 13 : 12 }, (_, i) => chain + i * TREE_LANES))
  }
  expect(at(Place.image + end + 4)).toBe(end)
})

test('rows score as node by node, for sums and vectors, leaves and ranges', () => {
  const rnd = seeded(3)
  for (const shape of [{}, { precision: 'float32' as const }, { targets: 3 }, { targets: 3, leafWidth: 3 }]) {
    const own = { ...traits, ...shape }
    const reference = generate(rnd, own)
    const ensemble = build(reference)
    expect(ensemble.image?.chains).not.toBeNull()
    const engine = openEnsemble(ensemble)
    const rows = 5
    const matrix = Float64Array.from({ length: rows * own.features }, () =>
      rnd() < 0.1 ? Number.NaN : rnd() * 5 - 2.5,
    )
    for (const range of [undefined, { from: 0, end: 100 }, { from: 3, end: 97 }, { from: 3, end: 70 }]) {
      const margins = Float64Array.from({ length: rows * own.targets }, () => Math.fround(rnd()))
      const expected = margins.slice()
      engine.add(matrix, rows, margins, range)
      const wanted = scorePlainly(reference, matrix, rows, expected, range)
      expect(margins).toEqual(expected)
      const leaves = new Int32Array(rows * own.trees)
      engine.leaves(matrix, rows, leaves)
      expect(Array.from(leaves)).toEqual(Array.from(wanted))
    }
  }
})

test('a chain of lone leaves among deep trees leads on', () => {
  const deep = generate(seeded(4), { ...traits, trees: 64 }).trees
  let leaf = 0
  const numbered = (tree: PlainTree): PlainTree =>
    'leaf' in tree ? { ...tree, leaf: leaf++ } : { ...tree, yes: numbered(tree.yes), no: numbered(tree.no) }
  const trees = deep.map((tree, i) => ({
    target: 0,
    root: numbered(i % 8 === 3 ? { leaf: 0, values: [0.125] } : tree.root),
  }))
  const reference = { shape: traits, trees }
  expect(chainsOf(reference)).not.toBeNull()
  const matrix = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i) * 2)
  const [margins, expected] = [new Float64Array(10), new Float64Array(10)]
  openEnsemble(build(reference)).add(matrix, 10, margins)
  scorePlainly(reference, matrix, 10, expected)
  expect(margins).toEqual(expected)
})
