import { expect, test } from 'vitest'
import { eliminationOrder, type Factor, posterior } from '../../../src/models/pmml/elimination.ts'
import { seeded } from '../../random.ts'

/** Sums the product of all factors over every combination. */
function enumerated(
  sizes: readonly number[],
  factors: readonly Factor[],
  kept: readonly number[],
  evidence: Int32Array,
) {
  const joint = new Float64Array(kept.reduce((n, v) => n * (sizes[v] as number), 1))
  const at = (variables: readonly number[], values: readonly number[]) =>
    variables.reduce((index, v) => index * (sizes[v] as number) + (values[v] as number), 0)
  const values = sizes.map(() => 0)
  const visit = (v: number): void => {
    if (v < sizes.length) {
      for (let value = 0; value < (sizes[v] as number); value++) {
        if ((evidence[v] as number) >= 0 && evidence[v] !== value) continue
        values[v] = value
        visit(v + 1)
      }
      return
    }
    const term = factors.reduce((p, f) => p * (f.values[at(f.variables, values)] as number), 1)
    joint[at(kept, values)] = (joint[at(kept, values)] as number) + term
  }
  visit(0)
  const total = joint.reduce((a, b) => a + b, 0)
  return total > 0 ? joint.map((p) => p / total) : null
}

test('on random networks the posterior is that of full enumeration, whatever is observed or asked for', () => {
  const next = seeded(7)
  const pick = (n: number) => Math.floor(next() * n)
  for (let round = 0; round < 200; round++) {
    const sizes = Array.from({ length: 2 + pick(5) }, () => 1 + pick(3))
    const factors = sizes.map((_, v): Factor => {
      const variables = [...new Set([pick(v + 1), pick(v + 1), v])].sort(() => next() - 0.5)
      const count = variables.reduce((n, other) => n * (sizes[other] as number), 1)
      return { variables, values: Float64Array.from({ length: count }, () => (next() < 0.2 ? 0 : next())) }
    })
    const kept = [...sizes.keys()].filter(() => next() < 0.4)
    const evidence = Int32Array.from(sizes, (size) => (next() < 0.4 ? pick(size) : -1))
    const { order, largest } = eliminationOrder(
      sizes,
      factors.map((f) => f.variables),
      kept,
    )
    expect([...order, ...kept].sort()).toEqual([...sizes.keys()].sort())
    expect(largest).toBeLessThanOrEqual(3 ** sizes.length)
    const actual = posterior({ sizes, order, kept }, factors, evidence)
    const expected = enumerated(sizes, factors, kept, evidence)
    expect(actual === null).toBe(expected === null)
    actual?.forEach((p, i) => {
      expect(p).toBeCloseTo(expected?.[i] as number, 12)
    })
  }
})

test('a chain is eliminated in tables of two variables, a complete graph in one of all', () => {
  const sizes = new Array(12).fill(3)
  const chain = sizes.slice(1).map((_, i) => [i, i + 1])
  expect(eliminationOrder(sizes, chain, [11]).largest).toBe(9)
  const complete = sizes.flatMap((_, i) => sizes.slice(i + 1).map((__, j) => [i, i + 1 + j]))
  expect(eliminationOrder(sizes, complete, []).largest).toBe(3 ** 12)
})

test('a long chain of unlikely observations does not vanish', () => {
  const n = 1000
  const sizes = new Array(n + 1).fill(2)
  const factors = Array.from(
    { length: n },
    (_, i): Factor => ({
      variables: [0, i + 1],
      values: Float64Array.of(1e-3, 1, 1e-3 * (i === 0 ? 3 : 1), 1),
    }),
  )
  const evidence = new Int32Array(n + 1).fill(0)
  evidence[0] = -1
  const result = posterior({ sizes, order: [], kept: [0] }, factors, evidence)
  expect(result?.[1]).toBeCloseTo(0.75, 12)
})
