import { describe, expect, test } from 'vitest'
import { EnsembleBuilder, openEnsemble } from '../../../src/models/trees/ensemble.ts'
import { seeded } from '../../random.ts'
import { build, generate, scorePlainly, type Traits } from './plain-ensemble.ts'

const inf = Number.POSITIVE_INFINITY
const plain: Traits = {
  features: 5,
  targets: 1,
  precision: 'float64',
  leafWidth: 1,
  trees: 12,
  depth: 5,
  leaves: 0.1,
  relations: ['<', '<='],
  treatments: ['plain'],
  missing: ['fails'],
  values: [-2, -0.1, 0, 0.1, 0.3, 1, 2.5],
}
const odd = [-inf, -Number.MAX_VALUE, -1e-40, -0, 1e-35, 5e-324, 0.1, 33, 1e30, Number.MAX_VALUE, inf]
const all = {
  relations: ['<', '<=', '>', '>=', 'in'],
  treatments: ['plain', 'missingIsZero', 'zeroIsMissing'],
  missing: ['holds', 'fails'],
} as const

/** Kinds of ensembles by what is special about them. */
const kinds: Readonly<Record<string, Traits>> = {
  'numeric tests': plain,
  'all relations, missing both ways': { ...plain, relations: ['<', '<=', '>', '>='], missing: all.missing },
  'float32 throughout': { ...plain, ...all, precision: 'float32', trees: 40 },
  'sets and treatments': { ...plain, ...all },
  'infinite, tiny and undefined thresholds': { ...plain, ...all, values: [...odd, Number.NaN] },
  'the same in float32': { ...plain, ...all, values: [...odd, Number.NaN], precision: 'float32' },
  'several targets': { ...plain, targets: 3, trees: 20 },
  'vector leaves': { ...plain, targets: 4, leafWidth: 4, precision: 'float32' },
  'single leaves': { ...plain, depth: 0, trees: 3 },
  'very deep trees': { ...plain, ...all, depth: 60, leaves: 0.48, trees: 30 },
  'deep and full trees': { ...plain, depth: 10, leaves: 0.02, trees: 10 },
  'shallow full trees': { ...plain, depth: 3, leaves: 0, trees: 50, missing: all.missing },
  'no trees': { ...plain, trees: 0 },
}

/** Rows of numbers from the thresholds, their neighbours, small whole numbers and missing values. */
function matrixOf(rnd: () => number, traits: Traits, rows: number): Float64Array {
  return Float64Array.from({ length: rows * traits.features }, () => {
    const kind = rnd()
    if (kind < 0.12) return Number.NaN
    if (kind < 0.2) return odd[Math.floor(rnd() * odd.length)] as number
    if (kind < 0.35) return Math.floor(rnd() * 72) - 1 + (rnd() < 0.3 ? 0.7 : 0)
    const value = traits.values[Math.floor(rnd() * traits.values.length)] as number
    return kind < 0.6 ? value : value + (rnd() - 0.5) * (rnd() < 0.5 ? 1e-8 : 4)
  })
}

describe('an open ensemble', () => {
  for (const [kind, traits] of Object.entries(kinds))
    test(`adds the leaves that comparing node by node reaches: ${kind}`, () => {
      const rnd = seeded(3)
      for (const rows of [0, 1, 2, 17, 130]) {
        const reference = generate(rnd, traits)
        const engine = openEnsemble(structuredClone(build(reference)))
        const count = reference.trees.length
        for (const range of [undefined, { from: Math.floor(count / 3), end: Math.ceil(count / 2) }, undefined]) {
          const matrix = matrixOf(rnd, traits, rows)
          const given = Float64Array.from({ length: rows * traits.targets }, () => Math.fround(rnd()))
          const [expected, margins] = [given.slice(), given.slice()]
          const leaves = new Int32Array(rows * count)
          engine.add(matrix, rows, margins, range)
          engine.leaves(matrix, rows, leaves)
          expect(leaves).toEqual(scorePlainly(reference, matrix, rows, expected, range))
          expect(margins).toEqual(expected)
        }
      }
    })

  test('walks the trees as they were built when there is no room for a memory', () => {
    const rnd = seeded(6)
    const reference = generate(rnd, plain)
    const ensemble = build(reference)
    const { image } = ensemble
    if (image === null) throw new Error('there is no image')
    const engine = openEnsemble({ ...ensemble, image: { ...image, bytesInAll: 2 ** 40 } })
    const matrix = matrixOf(rnd, plain, 20)
    const [expected, margins] = [new Float64Array(20 * plain.targets), new Float64Array(20 * plain.targets)]
    scorePlainly(reference, matrix, 20, expected)
    engine.add(matrix, 20, margins)
    expect(margins).toEqual(expected)
  })

  test('leaves rows after the given ones alone', () => {
    const reference = generate(seeded(4), plain)
    const margins = new Float64Array(4)
    openEnsemble(build(reference)).add(new Float64Array(4 * plain.features), 2, margins)
    expect(Array.from(margins.subarray(2))).toEqual([0, 0])
    expect(margins[1]).not.toBe(0)
  })
})

describe('the builder', () => {
  test('refuses leaves of a width that is neither 1 nor that of the targets', () => {
    expect(() => new EnsembleBuilder({ features: 1, targets: 3, precision: 'float64', leafWidth: 2 })).toThrow(
      'leaves have 2 values, expected 1 or 3',
    )
  })

  test('refuses to finish with places that nothing fills', () => {
    const builder = new EnsembleBuilder({ features: 1, targets: 1, precision: 'float64', leafWidth: 1 })
    builder.leaf(builder.test(builder.root(0), 0, '<', 1, 'fails'), 1, 1)
    expect(() => builder.finish()).toThrow('1 places have neither test nor leaf')
  })
})
