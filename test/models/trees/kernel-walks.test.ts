import { expect, test } from 'vitest'
import { openModule, wasmMemory } from '../../../src/core/wasm-writer.ts'
import { type Kernel, kernelModule } from '../../../src/models/trees/kernel.ts'
import { Place } from '../../../src/models/trees/kernel-layout.ts'
import { lanesOf, treeBytes } from '../../../src/models/trees/kernel-walks.ts'

const [values, trees, sums] = [Place.image + 1024, Place.image + 4096, Place.image + 8192] as const

/** Nine stumps over slot 0, tree t with its cut at t and leaves 2 ** t ("above") and −1. */
function openStumps() {
  const memory = wasmMemory(Place.image + 16384)
  if (memory === null) throw new Error('there is no memory')
  const words = new Int32Array(memory.buffer)
  const doubles = new Float64Array(memory.buffer)
  for (const tree of lanesOf(9)) {
    const root = tree * 24
    words.set([tree << 16, root + 8, 0xffff0000, root + 8, 0xffff0000, root + 16], (Place.image + root) >> 2)
    doubles.set([0, -1, 2 ** tree], (values + root) >> 3)
    words.set([3, root, tree === 8 ? 64 : 0], (trees + tree * treeBytes(1)) >> 2)
  }
  const eight = trees + 1024
  words[eight >> 2] = 3
  for (const tree of lanesOf(8)) words.set([tree * 24, tree * 8], (eight + 4 + tree * 8) >> 2)
  const q = new Uint16Array(memory.buffer, Place.q, 8)
  const kernel = openModule(kernelModule(false, []), memory) as Kernel
  return { kernel, q, eight, sum: new Float64Array(memory.buffer, sums, 16), words }
}

test('a tree adds the leaf that the rank leads to, to the sum of its target', () => {
  const { kernel, q, sum } = openStumps()
  q[0] = 3
  kernel.walkOne(trees, trees + 9 * treeBytes(1), values, sums)
  expect(sum[0]).toBe(1 + 2 + 4 - 5)
  expect(sum[8]).toBe(-1)
})

test('eight trees at a time do the same, to one sum or to several', () => {
  const { kernel, q, sum, eight } = openStumps()
  q[0] = 5
  kernel.walkMany(eight, eight + treeBytes(8), values, sums)
  expect(Array.from(sum.subarray(0, 9))).toEqual([1, 2, 4, 8, 16, -1, -1, -1, 0])
  sum[0] = 100
  kernel.sumMany(eight, eight + treeBytes(8), values, sums)
  expect(sum[0]).toBe(100 + 31 - 3)
})

test('leaves are told by their addresses', () => {
  const { kernel, q, words, eight } = openStumps()
  q[0] = 1
  kernel.leavesMany(eight, eight + treeBytes(8), sums, 0)
  expect(Array.from(words.subarray(sums >> 2, (sums >> 2) + 3))).toEqual([16, 32, 56])
  kernel.leavesOne(trees + treeBytes(1), trees + 2 * treeBytes(1), sums, 0)
  expect(words[sums >> 2]).toBe(32)
})

test('eight rows go through one tree after the other', () => {
  const { kernel, q, sum } = openStumps()
  q.set([0, 1, 2, 3, 4, 5, 6, 9])
  kernel.walkRows(trees, trees + 3 * treeBytes(1), values, sums)
  expect(Array.from(sum.subarray(0, 8))).toEqual([-3, -1, 2, 7, 7, 7, 7, 7])
})

test('a walk of many steps ends when all are at leaves', () => {
  const { kernel, q, sum, words } = openStumps()
  q[0] = 3
  words[trees >> 2] = 2 ** 31 - 1
  kernel.walkOne(trees, trees + treeBytes(1), values, sums)
  expect(sum[0]).toBe(1)
})
