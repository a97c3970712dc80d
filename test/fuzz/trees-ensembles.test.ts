import { expect, test } from 'vitest'
import { openEnsemble } from '../../src/models/trees/ensemble.ts'
import { build, generate, scorePlainly, type Traits } from '../models/trees/plain-ensemble.ts'
import { seeded } from '../random.ts'

// As in pmml-interpreted.test.ts: MILLRACE_FUZZ_ROUNDS, MILLRACE_FUZZ_SEED.
const rounds = Math.ceil(Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 2000) / 20)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)

const inf = Number.POSITIVE_INFINITY
const max = Number.MAX_VALUE
const odd = [-inf, -max, -1, -0.5, -1e-40, -0, 0, 5e-324, 1e-35, 0.1, 33, 1e30, 3.5e38, max, inf, Number.NaN]

function traitsOf(rnd: () => number): Traits {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(rnd() * from.length)] as T
  const leafWidth = pick([1, 1, 1, 3])
  const depth = pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 40])
  return {
    features: pick([1, 2, 5, 40, 300]),
    targets: leafWidth === 3 ? 3 : pick([1, 2, 5]),
    precision: pick(['float32', 'float64']),
    leafWidth,
    trees: pick([0, 1, 3, 8, 9, 17, 40, 90]),
    depth,
    leaves: depth > 12 ? 0.47 : depth > 8 ? 0.25 : pick([0, 0.05, 0.2, 0.4]),
    relations: pick([['<'], ['<='], ['<', '<=', '>', '>='], ['<', 'in'], ['in'], ['<', '<=', '>', '>=', 'in']]),
    treatments: pick([['plain'], ['missingIsZero'], ['zeroIsMissing'], ['plain', 'missingIsZero', 'zeroIsMissing']]),
    missing: pick([['holds'], ['fails'], ['holds', 'fails']]),
    values: rnd() < 0.3 ? odd : Array.from({ length: pick([1, 5, 300]) }, () => rnd() * 4 - 2),
  }
}

function numberOf(rnd: () => number, values: readonly number[]): number {
  const kind = rnd()
  if (kind < 0.15) return Number.NaN
  if (kind < 0.3) return odd[Math.floor(rnd() * odd.length)] as number
  if (kind < 0.5) return Math.floor(rnd() * 75) - 2 + (rnd() < 0.3 ? 0.7 : 0)
  if (kind < 0.7) return values[Math.floor(rnd() * values.length)] as number
  return rnd() * 5 - 2.5
}

test('ensembles of any kind add the leaves that comparing node by node reaches, bit for bit', () => {
  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    const rnd = seeded(seed)
    const traits = traitsOf(rnd)
    const reference = generate(rnd, traits)
    const engine = openEnsemble(build(reference))
    for (const most of [8, 32, 300]) {
      const rows = 1 + Math.floor(rnd() * most)
      const matrix = Float64Array.from({ length: rows * traits.features }, () => numberOf(rnd, traits.values))
      const from = Math.floor(rnd() * (traits.trees + 1))
      const range = { from, end: from + Math.floor(rnd() * (traits.trees - from + 1)) }
      const margins = Float64Array.from({ length: rows * traits.targets }, () => Math.fround(rnd()))
      const expected = margins.slice()
      const leaves = new Int32Array(rows * traits.trees)
      engine.add(matrix, rows, margins, range)
      engine.leaves(matrix, rows, leaves)
      const reached = scorePlainly(reference, matrix, rows, expected, range)
      const differs = margins.findIndex((margin, i) => !Object.is(margin, expected[i]))
      expect([seed, differs]).toEqual([seed, -1])
      expect([seed, leaves.findIndex((leaf, i) => leaf !== reached[i])]).toEqual([seed, -1])
    }
  }
}, 300_000)
