import { expect, test } from 'vitest'
import type { BoosterTree } from '../../../src/models/lightgbm/booster.ts'
import { TreeCompiler, zeroThreshold } from '../../../src/models/lightgbm/compile.ts'
import { Faults } from '../../../src/models/lightgbm/faults.ts'
import { openMargins } from '../../../src/models/lightgbm/margins.ts'

function tree(keys: Partial<BoosterTree> = {}): BoosterTree {
  return {
    leaves: 2,
    splitFeature: Int32Array.of(0),
    threshold: Float64Array.of(2),
    decisionType: Uint8Array.of(8),
    leftChild: Int32Array.of(-1),
    rightChild: Int32Array.of(-2),
    leafValue: Float64Array.of(1, -1),
    sets: [],
    linear: null,
    ...keys,
  }
}

function compile(...trees: BoosterTree[]) {
  const compiler = new TreeCompiler(1, 1, false, new Faults('m.txt'))
  trees.forEach((one, i) => {
    compiler.add(one, `tree ${i}`)
  })
  return compiler.finish()
}

function scores(one: BoosterTree, values: readonly number[]): number[] {
  const margins = new Float64Array(values.length)
  openMargins(compile(one))(Float64Array.from(values), values.length, margins, { from: 0, end: 1 })
  return [...margins]
}

const nan = Number.NaN

test('missing types: NaN goes the default way, zeros do, or NaN reads as 0', () => {
  const at = (decision: number, threshold = 2) =>
    scores(tree({ decisionType: Uint8Array.of(decision), threshold: Float64Array.of(threshold) }), [nan, 0, 1, 3])
  expect(at(8)).toEqual([-1, 1, 1, -1])
  expect(at(10)).toEqual([1, 1, 1, -1])
  expect(at(4)).toEqual([-1, -1, 1, -1])
  expect(at(6, -1)).toEqual([1, 1, -1, -1])
  expect(at(0)).toEqual([1, 1, 1, -1])
  expect(at(2, -1)).toEqual([-1, -1, -1, -1])
})

test('numbers so near to 0 that the library reads them as 0 are tested as 0', () => {
  const at = (threshold: number, decision = 8) =>
    scores(tree({ threshold: Float64Array.of(threshold), decisionType: Uint8Array.of(decision) }), [
      -zeroThreshold,
      -1e-36,
      1e-36,
      zeroThreshold,
    ])
  expect(at(0)).toEqual([1, 1, 1, 1])
  expect(at(1e-37)).toEqual([1, 1, 1, 1])
  expect(at(-1e-37)).toEqual([-1, -1, -1, -1])
  expect(at(-zeroThreshold)).toEqual([-1, -1, -1, -1])
  expect(at(5, 6)).toEqual([1, 1, 1, 1])
})

test('categories: fractions are cut, and what is missing, negative or beyond the set goes right', () => {
  const sets = [Uint32Array.of(0b1001, 2)]
  const values = [0, -0.5, 0.9, 3, 3.7, 33, 1, -1, nan, 34, 64, 2 ** 31, Number.POSITIVE_INFINITY]
  const of = (decision: number) =>
    scores(tree({ threshold: Float64Array.of(0), decisionType: Uint8Array.of(decision), sets }), values)
  const wanted = [1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1]
  for (const decision of [1, 3, 5, 9, 11]) expect(of(decision)).toEqual(wanted)
})

test('linear leaves add terms in order, and their plain value where one is missing', () => {
  const linear = {
    constants: Float64Array.of(0.1, 5),
    start: Int32Array.of(0, 1, 1),
    features: Int32Array.of(0),
    coefficients: Float64Array.of(0.3),
  }
  expect(scores(tree({ linear, decisionType: Uint8Array.of(10) }), [1, 3, nan, 1e-36])).toEqual([0.1 + 0.3, 5, 1, 0.1])
  const steep = { ...linear, constants: new Float64Array(2), coefficients: Float64Array.of(1e36) }
  expect(scores(tree({ linear: steep }), [zeroThreshold, 1e-34])).toEqual([0, 1e-34 * 1e36])
  const mixed = compile(tree(), tree({ linear }), tree())
  expect(mixed.linear?.isLinear).toEqual(Uint8Array.of(0, 1, 0))
  const margins = new Float64Array(1)
  openMargins(mixed)(Float64Array.of(1), 1, margins, { from: 0, end: 3 })
  expect(margins[0]).toBe(1 + 0.4 + 1)
  margins.fill(0)
  openMargins(mixed)(Float64Array.of(3), 1, margins, { from: 1, end: 3 })
  expect(margins[0]).toBe(5 - 1)
})

test.each([
  ['a loop', { leftChild: Int32Array.of(0) }, 'key "left_child": it leads to node 0, which has another parent'],
  [
    'a leaf reached twice',
    { rightChild: Int32Array.of(-1) },
    'key "right_child": it leads to leaf 0, which has another',
  ],
  ['a node that is not there', { leftChild: Int32Array.of(1) }, 'it leads to node 1, but the tree has 1 of them'],
  ['a leaf that is not there', { leftChild: Int32Array.of(-3) }, 'it leads to leaf 2, but the tree has 2 of them'],
  ['a feature that is not there', { splitFeature: Int32Array.of(1) }, 'it refers to feature 1, the model has 1'],
  ['an unknown missing type', { decisionType: Uint8Array.of(12) }, 'it is 12 at node 0, expected 0 to 11'],
  ['an absent set', { decisionType: Uint8Array.of(1) }, 'node 0 refers to set 2 of categories, the tree has 0'],
  ['leaves beside the tree', { leaves: 3, leafValue: new Float64Array(3) }, 'leaf 2 has no parent'],
])('%s is refused with tree and key', (_, keys, message) => {
  expect(() => compile(tree(), tree(keys))).toThrow(`tree 1`)
  expect(() => compile(tree(), tree(keys))).toThrow(message)
})

test('leaves, depth and splits by feature are counted', () => {
  expect(compile(tree(), tree({ leaves: 1 }))).toMatchObject({ leaves: 3, depth: 1, usage: Int32Array.of(1) })
})

test('of a wide model only the features that it uses have a place in a row', () => {
  const compiler = new TreeCompiler(1_000_000, 1, true, new Faults('m.txt'))
  compiler.add(tree({ splitFeature: Int32Array.of(999_999) }), 'tree 0')
  compiler.add(tree({ splitFeature: Int32Array.of(5) }), 'tree 1')
  compiler.add(tree({ splitFeature: Int32Array.of(999_999) }), 'tree 2')
  const { columns, usage, ensemble } = compiler.finish()
  expect({ columns, usage, features: ensemble.features }).toEqual({
    columns: Int32Array.of(999_999, 5),
    usage: Int32Array.of(2, 1),
    features: 2,
  })
})
