import { describe, expect, test } from 'vitest'
import {
  ForestBuilder,
  failsBeside,
  grown,
  nextUp,
  openForest,
  type Relation,
  shared,
} from '../../../src/models/trees/trees.ts'
import { seeded } from '../../random.ts'

const holds = (relation: Relation, x: number, value: number): boolean =>
  relation === '<' ? x < value : relation === '<=' ? x <= value : relation === '>' ? x > value : x >= value

type Tree =
  | { payload: number }
  | { feature: number; relation: Relation; value: number; missing: 'holds' | 'fails'; yes: Tree; no: Tree }

function grow(rnd: () => number, depth: number, next: () => number): Tree {
  if (depth === 0 || rnd() < 0.15) return { payload: next() }
  const relation = (['<', '<=', '>', '>='] as const)[Math.floor(rnd() * 4)] as Relation
  return {
    feature: Math.floor(rnd() * 3),
    relation,
    value: Math.floor(rnd() * 5) - 2,
    missing: rnd() < 0.5 ? 'holds' : 'fails',
    yes: grow(rnd, depth - 1, next),
    no: grow(rnd, depth - 1, next),
  }
}

function walkPlainly(tree: Tree, x: readonly number[]): number {
  if ('payload' in tree) return tree.payload
  const value = x[tree.feature] as number
  const truth = Number.isNaN(value) ? tree.missing === 'holds' : holds(tree.relation, value, tree.value)
  return walkPlainly(truth ? tree.yes : tree.no, x)
}

describe('nextUp', () => {
  test('nothing lies between a number and the next', () => {
    const rnd = seeded(1)
    for (let i = 0; i < 1000; i++) {
      const x = (rnd() - 0.5) * 10 ** Math.floor(rnd() * 40 - 20)
      const up = nextUp(x)
      expect(up).toBeGreaterThan(x)
      const middle = x / 2 + up / 2
      expect(middle === x || middle === up).toBe(true)
    }
    expect(nextUp(0)).toBe(Number.MIN_VALUE)
    expect(nextUp(-Number.MIN_VALUE)).toBe(-0)
    expect(nextUp(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the walk', () => {
  test('reaches the leaf that comparing node by node reaches, on the thresholds and with missing values too', () => {
    const rnd = seeded(2)
    for (let round = 0; round < 20; round++) {
      let leaves = 0
      const builder = new ForestBuilder()
      const trees = Array.from({ length: 1 + Math.floor(rnd() * 20) }, () =>
        grow(rnd, Math.floor(rnd() * 18), () => leaves++),
      )
      const fill = (tree: Tree, place: number, depth: number): void => {
        if ('payload' in tree) {
          builder.leaf(place, tree.payload, depth)
          return
        }
        const holds = builder.test(place, tree.feature, tree.relation, tree.value, tree.missing)
        fill(tree.yes, holds, depth + 1)
        fill(tree.no, failsBeside(holds, tree.missing), depth + 1)
      }
      for (const tree of trees) fill(tree, builder.root(), 0)
      const forest = builder.finish()
      const walk = openForest(forest)
      const out = new Int32Array(trees.length)
      for (let i = 0; i < 50; i++) {
        const x = Array.from({ length: 3 }, () => (rnd() < 0.2 ? Number.NaN : Math.floor(rnd() * 9) / 2 - 2))
        walk(Float64Array.from(x.flatMap((v) => [v, -v])), out)
        expect(Array.from(out, (leaf) => forest.payload[leaf])).toEqual(trees.map((tree) => walkPlainly(tree, x)))
      }
    }
  })
})

test('large arrays are shared between threads, small ones are not', () => {
  expect(shared(Float64Array, 2).buffer).toBeInstanceOf(ArrayBuffer)
  const small = Int32Array.from({ length: 100 }, (_, i) => i)
  const large = grown(Int32Array, small, 300)
  expect(large.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect([large[99], large[100], large.length]).toEqual([99, 0, 300])
  expect(grown(Int32Array, large, 300)).toBe(large)
  expect(grown(Int32Array, large, 100)).toEqual(small)
  expect(grown(Int32Array, large, 100).buffer).toBeInstanceOf(ArrayBuffer)
})
