import { expect, test } from 'vitest'
import { openModule, wasmMemory } from '../../../src/core/wasm-writer.ts'
import { type Kernel, kernelModule } from '../../../src/models/trees/kernel.ts'
import { Column, Place, SetGroup } from '../../../src/models/trees/kernel-layout.ts'

const columns = 1024
const cutsAt = 2048
const mapAt = 4096

/** A column of these cuts that reads the first number of a row, with a map that keeps ranks and gives 77 for missing values. */
function openColumn(cuts: readonly number[], isFloat: boolean, treatment = 0) {
  const memory = wasmMemory(Place.image)
  if (memory === null) throw new Error('there is no memory')
  const words = new Int32Array(memory.buffer)
  const doubles = new Float64Array(memory.buffer)
  const halves = new Uint16Array(memory.buffer)
  const span = 2 ** Math.ceil(Math.log2(cuts.length + 1)) * 4
  const put = (offset: number, value: number) => {
    words[(columns + offset) >> 2] = value
  }
  put(Column.treatment, treatment)
  put(Column.cuts, cutsAt - 8)
  put(Column.span, span)
  put(Column.count, cuts.length * 8)
  put(Column.slots, mapAt)
  put(Column.slots + 4, Place.q)
  doubles.fill(Number.POSITIVE_INFINITY, cutsAt >> 3, (cutsAt >> 3) + span / 4)
  doubles.set(cuts, cutsAt >> 3)
  for (let i = 0; i <= cuts.length; i++) halves[(mapAt >> 1) + i] = i
  halves[(mapAt >> 1) + cuts.length + 1] = 77
  const kernel = openModule(kernelModule(isFloat, []), memory) as Kernel
  return (x: number, lane = 0): number => {
    doubles[0] = x
    kernel.rank(0, lane * 2, columns, columns + Column.size)
    return halves[(Place.q >> 1) + lane] as number
  }
}

test('the rank of a number is how many cuts are at most as large', () => {
  for (let count = 1; count <= 20; count++) {
    const cuts = Array.from({ length: count }, (_, i) => i * 0.3 - 2)
    if (count % 3 === 0) cuts[count - 1] = Number.POSITIVE_INFINITY
    const rank = openColumn(cuts, false)
    for (const x of [...cuts, -9, 0, 0.1, 9, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, Number.POSITIVE_INFINITY])
      expect(rank(x)).toBe(cuts.filter((cut) => cut <= x).length)
    expect(rank(Number.NaN)).toBe(77)
  }
})

test('numbers are rounded to float32 first where the ensemble is in float32', () => {
  const cut = Math.fround(0.1)
  expect([true, false].map((isFloat) => openColumn([cut], isFloat)(0.1))).toEqual([1, 0])
})

test('treatments make zeros missing and missing values zero', () => {
  expect([0, -1e-36, 1e-34, Number.NaN].map((x) => openColumn([-1, 1], false, 2)(x))).toEqual([77, 77, 1, 77])
  expect([0, Number.NaN, 5].map((x) => openColumn([-1, 1], false, 1)(x))).toEqual([1, 1, 2])
})

test('lanes are written one by one', () => {
  const rank = openColumn([1, 2, 3], false)
  expect([rank(2.5, 0), rank(0, 3), rank(9, 7)]).toEqual([2, 0, 3])
})

test('masks have the bit of a row for each cut that it is above', () => {
  const memory = wasmMemory(Place.image)
  if (memory === null) throw new Error('there is no memory')
  const words = new Int32Array(memory.buffer)
  const doubles = new Float64Array(memory.buffer)
  const halves = new Uint16Array(memory.buffer)
  const bytes = new Uint8Array(memory.buffer)
  const kernel = openModule(kernelModule(false, []), memory) as Kernel
  const [masks, rows, slots] = [8192, 16384, 1536]
  for (const [offset, value] of [
    [Column.cuts, cutsAt - 8],
    [Column.span, 16],
    [Column.count, 16],
    [Column.slots, mapAt],
    [Column.slots + 8, masks],
  ] as const)
    words[(columns + offset) >> 2] = value
  doubles.set([1, 2, Number.POSITIVE_INFINITY], cutsAt >> 3)
  halves.set([0, 1, 2, 2], mapAt >> 1)
  words.set([masks + 16, masks + 48], slots >> 2)
  const values = Array.from({ length: 39 }, (_, row) => (row === 33 ? Number.NaN : (row * 7) % 4))
  doubles.set(values, rows >> 3)
  kernel.slice(rows, 8, values.length, columns, columns + Column.size)
  kernel.accumulate(slots, slots + 8)
  const bit = (mask: number, row: number) => ((bytes[masks + mask * 16 + (row & 15)] as number) >> (row >> 4)) & 1
  const isAbove = (cut: number) => values.map((x) => (Number.isNaN(x) || x >= cut ? 1 : 0))
  expect(values.map((_, row) => bit(1, row))).toEqual(isAbove(1))
  expect(values.map((_, row) => bit(2, row))).toEqual(isAbove(2))
  expect(bit(1, 40)).toBe(0)
})

test('numbers are looked up in sets without their fraction, missing ones where their group says', () => {
  const memory = wasmMemory(Place.image)
  if (memory === null) throw new Error('there is no memory')
  const words = new Int32Array(memory.buffer)
  const doubles = new Float64Array(memory.buffer)
  const halves = new Uint16Array(memory.buffer)
  const kernel = openModule(kernelModule(false, []), memory) as Kernel
  // Two sets of numbers below 32: {0, 3} and {31}.
  const fields = [0, 0, 32, 64, 2, cutsAt, Place.q, 0, 0]
  for (const [i, value] of fields.entries()) words[(columns >> 2) + i] = value
  words.set([9, 1 << 31, 0, 0, -1, -1], cutsAt >> 2)
  const of = (x: number): number[] => {
    doubles[0] = x
    kernel.rankSets(0, 4, columns, columns + SetGroup.size)
    return [halves[(Place.q >> 1) + 2] as number, halves[(Place.q >> 1) + 10] as number]
  }
  expect([0, 3.9, 31, -0.2].map(of)).toEqual([
    [1, 0],
    [1, 0],
    [0, 1],
    [1, 0],
  ])
  expect([-1, 32, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(of)).toEqual(Array(5).fill([0, 0]))
  expect(of(Number.NaN)).toEqual([1, 1])
})
