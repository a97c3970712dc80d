import { expect, test } from 'vitest'
import { wasmMemory } from '../../../src/core/wasm-writer.ts'
import { KERNEL_DATA, openKernelModule } from '../../../src/models/pmml/kernel-module.ts'
import { exponential } from '../../../src/models/pmml/vector-kernel.ts'
import { seeded } from '../../random.ts'

const width = 24 // vectors
const rowBytes = width * 8
const tables = KERNEL_DATA
const x = KERNEL_DATA + 64
const out = KERNEL_DATA + 128
const columns = out + rowBytes
const memory = wasmMemory(columns + 5 * rowBytes) as NonNullable<ReturnType<typeof wasmMemory>>
const module = openKernelModule(memory)
const doubles = new Float64Array(memory.buffer)
const results = () => [...doubles.subarray(out / 8, out / 8 + width)]

test.each(['dots', 'distances'] as const)('%s are the bits that a loop gives', (name) => {
  const random = seeded(3)
  for (let i = 0; i < 5 * width; i++) doubles[columns / 8 + i] = random() * 20 - 10
  const point = [random(), -3, random() * 1e9]
  doubles.set(point, x / 8)
  // two tables, then a column for each of the three numbers
  new Int32Array(memory.buffer).set([columns + 3 * rowBytes, columns + 4 * rowBytes], tables / 4)
  module[name](tables + 8, tables, x + 24, x, columns, rowBytes, out)
  const item = (column: number, v: number) => doubles[columns / 8 + column * width + v] as number
  const expected = Array.from({ length: width }, (_, v) => {
    let sum = item(3, v) + item(4, v)
    for (const [j, value] of point.entries())
      sum += name === 'dots' ? value * item(j, v) : (value - item(j, v)) * (value - item(j, v))
    return sum
  })
  expect(results()).toEqual(expected)
})

test('exponentials are the bits of exponential, and those of Math.exp but for the last two', () => {
  const random = seeded(4)
  for (let round = 0; round < 200; round++) {
    const powers = Array.from({ length: width }, () => random() * 10 ** (round % 4))
    doubles.set(powers, out / 8)
    module.exponentials(out, out + rowBytes, -0.5)
    const found = results()
    expect(found).toEqual(powers.map((power) => exponential(-0.5 * power)))
    for (const [v, power] of powers.entries())
      if (power < 1400) expect(Math.abs((found[v] as number) / Math.exp(-0.5 * power) - 1)).toBeLessThan(5e-16)
  }
})

test('exponentials of the ends: 0 gives 1, infinity next to nothing, NaN itself', () => {
  doubles.set([0, Number.POSITIVE_INFINITY, Number.NaN, 1e300], out / 8)
  module.exponentials(out, out + 64, -1)
  const [one, little, none, least] = results()
  expect([one, none]).toEqual([1, Number.NaN])
  expect(little).toBeLessThan(1e-300)
  expect(least).toBe(little)
  expect([exponential(0), exponential(Number.NEGATIVE_INFINITY)]).toEqual([1, little])
})
