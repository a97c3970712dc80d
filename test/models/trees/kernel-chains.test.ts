import { expect, test } from 'vitest'
import { openModule, wasmMemory } from '../../../src/core/wasm-writer.ts'
import { type Kernel, kernelModule } from '../../../src/models/trees/kernel.ts'
import { Place, TREE_LANES } from '../../../src/models/trees/kernel-layout.ts'
import { lanesOf } from '../../../src/models/trees/kernel-walks.ts'

const [values, starts, sums, targets] = [1024, 2048, 4096, 6144].map((at) => Place.image + at) as [
  number,
  number,
  number,
  number,
]
const reached = Place.reached + 16
const end = 512

/** Ten stumps over slot 0 in chains: tree t has its cut at t and leaves 2 ** t ("above") and −1. */
function openStumps(isFloat: boolean) {
  const memory = wasmMemory(Place.image + 8192)
  if (memory === null) throw new Error('there is no memory')
  const words = new Int32Array(memory.buffer)
  const numbers = isFloat ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer)
  const size = numbers.BYTES_PER_ELEMENT
  for (const tree of lanesOf(10)) {
    const root = tree * 24
    const next = tree + TREE_LANES < 10 ? root + TREE_LANES * 24 : end
    const leaf = 0xffff0000 | (16 + tree * 4)
    words.set([tree << 16, root + 8, leaf, next, leaf, next], (Place.image + root) >> 2)
    numbers[(values + root + 8) / size] = -1
    numbers[(values + root + 16) / size] = 2 ** tree
    words[(targets >> 2) + tree] = tree === 9 ? 64 : 0
  }
  words.set([0xffff0000, end], (Place.image + end) >> 2)
  words.set(
    lanesOf(TREE_LANES).map((chain) => chain * 24),
    starts >> 2,
  )
  new Uint16Array(memory.buffer, Place.q, 1)[0] = 3
  const kernel = openModule(kernelModule(isFloat, []), memory) as Kernel
  return { kernel, words, sum: (offset: number) => numbers[(sums + offset) / size], numbers, size }
}

test.each([false, true])(
  'chains write the leaf of each tree, which add to one sum or to several (float32: %s)',
  (isFloat) => {
    const { kernel, words, sum, numbers, size } = openStumps(isFloat)
    kernel.follow(starts, end)
    const leaves = Array.from(words.subarray(reached >> 2, (reached >> 2) + 10))
    expect(leaves).toEqual(lanesOf(10).map((tree) => tree * 24 + (tree < 3 ? 16 : 8)))
    kernel.addReached(reached, reached + 40, values, sums, targets)
    expect([sum(0), sum(64)]).toEqual([7 - 6, -1])
    numbers[sums / size] = 100
    kernel.sumReached(reached, reached + 40, values, sums, 0)
    expect(sum(0)).toBe(100 + 7 - 7)
  },
)
