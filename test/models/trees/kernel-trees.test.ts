import { expect, test } from 'vitest'
import { openModule, wasmMemory } from '../../../src/core/wasm-writer.ts'
import { type Kernel, kernelModule } from '../../../src/models/trees/kernel.ts'
import { Place } from '../../../src/models/trees/kernel-layout.ts'
import { functionName, programBytes } from '../../../src/models/trees/kernel-trees.ts'

const [masks, program, table, targets, sums] = [0, 272, 1280, 2272, 3328].map((at) => Place.image + at) as [
  number,
  number,
  number,
  number,
  number,
]

function open(isFull: boolean) {
  const memory = wasmMemory(sums + 8192)
  if (memory === null) throw new Error('there is no memory')
  const shape = { levels: 2, isFull }
  const kernel = openModule(kernelModule(false, [shape]), memory) as Kernel
  const bytes = new Uint8Array(memory.buffer)
  bytes.fill(255, Place.ones, Place.ones + 16)
  // Of rows 0 to 31, mask 0 has the odd ones, mask 1 the second half, mask 2 every third.
  const isIn = [(r: number) => r % 2 === 1, (r: number) => r >= 16, (r: number) => r % 3 === 0] as const
  for (const [m, is] of isIn.entries())
    for (let r = 0; r < 32; r++) if (is(r)) bytes[masks + m * 16 + (r & 15)]! |= 1 << (r >> 4)
  const work = kernel[functionName(shape)] as Kernel[string]
  return { words: new Int32Array(memory.buffer), doubles: new Float64Array(memory.buffer), isIn, work }
}

test('a full tree adds the leaf that the outcomes of its levels name, target by target', () => {
  const { words, doubles, isIn, work } = open(true)
  words.set([masks, masks + 16, masks + 32], program >> 2)
  doubles.set([1, 2, 3, 4, 10, 20, 30, 40], table >> 3)
  work(program, table, targets, targets + 4, sums, 32, 2)
  for (let r = 0; r < 32; r++) {
    const leaf = isIn[0](r) ? (isIn[2](r) ? 4 : 3) : isIn[1](r) ? 2 : 1
    expect([doubles[(sums >> 3) + r], doubles[(sums >> 3) + 128 + r]]).toEqual([leaf, leaf * 10])
  }
})

test('a tree of any shape numbers its leaves from below to above', () => {
  const { words, doubles, isIn, work } = open(false)
  // mask 0 below: leaf 0; above: mask 1 below: leaf 1; above: leaf 2. The last boundary stands for no test.
  const at = (number: number) => Place.boundaries + number * 16
  words.set([masks, Place.ones, Place.zeros, at(1)], program >> 2)
  words.set([masks + 16, at(1), Place.zeros, at(2)], (program >> 2) + 4)
  words.set([Place.zeros, Place.ones, Place.zeros, at(3)], (program >> 2) + 8)
  doubles.set([5, 6, 7, 99], table >> 3)
  expect(programBytes(2, false)).toBe(48)
  work(program, table, targets, targets + 4, sums, 32, 1)
  for (let r = 0; r < 32; r++) expect(doubles[(sums >> 3) + r]).toBe(isIn[0](r) ? (isIn[1](r) ? 7 : 6) : 5)
})
