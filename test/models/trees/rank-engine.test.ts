import { expect, test } from 'vitest'
import { wasmMemory } from '../../../src/core/wasm-writer.ts'
import type { Ensemble, OpenEnsemble } from '../../../src/models/trees/ensemble.ts'
import { openRanks } from '../../../src/models/trees/rank-engine.ts'
import { seeded } from '../../random.ts'
import { build, generate, type PlainEnsemble, scorePlainly, type Traits } from './plain-ensemble.ts'

const traits: Traits = {
  features: 7,
  targets: 2,
  precision: 'float32',
  leafWidth: 1,
  trees: 21,
  depth: 6,
  leaves: 0.1,
  relations: ['<', '<=', '>', 'in'],
  treatments: ['plain', 'missingIsZero'],
  missing: ['holds', 'fails'],
  values: Array.from({ length: 40 }, (_, i) => i / 7 - 2),
}

function opened(ensemble: Ensemble): OpenEnsemble {
  const memory = wasmMemory(ensemble.image?.bytesInAll ?? 0)
  if (ensemble.image === null || memory === null) throw new Error('there is no image or no memory')
  return openRanks(ensemble, ensemble.image, memory)
}

function mixed(): PlainEnsemble {
  // Trees that are walked between trees that are sliced.
  const small = generate(seeded(5), traits)
  const large = generate(seeded(6), { ...traits, depth: 10, leaves: 0.02, trees: 3 })
  let leaf = 0
  const numbered = (tree: PlainEnsemble['trees'][number]['root']): PlainEnsemble['trees'][number]['root'] =>
    'leaf' in tree ? { ...tree, leaf: leaf++ } : { ...tree, yes: numbered(tree.yes), no: numbered(tree.no) }
  const trees = [...small.trees.slice(0, 9), ...large.trees, ...small.trees.slice(9)]
  return { shape: traits, trees: trees.map(({ target, root }) => ({ target, root: numbered(root) })) }
}

test('rows score alike one by one, in blocks of any size, and with trees that are walked in between', () => {
  const rnd = seeded(7)
  for (const reference of [
    mixed(),
    generate(rnd, { ...traits, depth: 8, trees: 9 }),
    generate(rnd, { ...traits, leaves: 0.4, depth: 12 }),
  ]) {
    const ensemble = build(reference)
    const engine = opened(ensemble)
    const rows = 300
    const matrix = Float64Array.from({ length: rows * traits.features }, () =>
      rnd() < 0.1 ? Number.NaN : rnd() * 8 - 3,
    )
    const start = Float64Array.from({ length: rows * traits.targets }, () => Math.fround(rnd()))
    const expected = start.slice()
    scorePlainly(reference, matrix, rows, expected)
    for (const size of [1, 7, 11, 12, 13, 16, 17, 127, 128, 129, 300]) {
      const margins = start.slice()
      for (let row = 0; row < rows; row += size) {
        const count = Math.min(size, rows - row)
        const part = margins.subarray(row * traits.targets, (row + count) * traits.targets)
        engine.add(matrix.subarray(row * traits.features), count, part)
      }
      expect(margins).toEqual(expected)
    }
  }
})

test('ranges of trees add up to all trees', () => {
  const reference = mixed()
  const ensemble = build(reference)
  const engine = opened(ensemble)
  for (const rows of [1, 40]) {
    const matrix = Float64Array.from({ length: rows * traits.features }, (_, i) => Math.sin(i) * 3)
    const [whole, parts] = [new Float64Array(rows * 2), new Float64Array(rows * 2)]
    engine.add(matrix, rows, whole)
    for (const [from, end] of [
      [0, 3],
      [3, 3],
      [3, 10],
      [10, 11],
      [11, 24],
    ] as const)
      engine.add(matrix, rows, parts, { from, end })
    expect(parts).toEqual(whole)
  }
})
