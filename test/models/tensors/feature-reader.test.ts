import { describe, expect, test } from 'vitest'
import { openFeatures, planFeatures } from '../../../src/models/tensors/feature-mapping.ts'

const { plan: pixels } = planFeatures(undefined, [{ name: 'pixels', dtype: 'float32', shape: [null, 3] }], 'm')

describe('records whose lists lie behind each other in one buffer', () => {
  const buffer = Float32Array.from({ length: 12 }, (_, i) => i)
  const rows = [1, 2, 3].map((i) => ({ pixels: buffer.subarray(i * 3, i * 3 + 3) }))

  test('are a tensor without a copy', () => {
    const [run] = openFeatures(pixels).read(rows).runs
    expect(run?.feeds['pixels']?.shape).toEqual([3, 3])
    const data = run?.feeds['pixels']?.data as Float32Array
    expect([data.buffer === buffer.buffer, data.byteOffset, [...data]]).toEqual([
      true,
      12,
      [3, 4, 5, 6, 7, 8, 9, 10, 11],
    ])
  })

  test('are copied when a record is out of order, of another type or missing', () => {
    for (const records of [
      [rows[0], rows[2]],
      [rows[0], { pixels: [6, 7, 8] }],
      [rows[0], { pixels: Float64Array.of(6, 7, 8) }],
      [rows[1], rows[0]],
    ]) {
      const [run] = openFeatures(pixels).read(records as typeof rows).runs
      const data = run?.feeds['pixels']?.data as Float32Array
      expect(data.buffer).not.toBe(buffer.buffer)
      expect([...data]).toEqual(records.flatMap((record) => [...(record?.pixels ?? [])]))
    }
    const { runs, errors } = openFeatures(pixels).read([rows[0] ?? null, {}, rows[1] ?? null])
    expect([[...(runs[0]?.index ?? [])], [...(errors?.keys() ?? [])]]).toEqual([[0, 2], [1]])
  })
})

test('sizes that only a few bytes declare cost no memory: they are refused, or taken a few records at a time', () => {
  const plan = (shape: (number | null)[]) => planFeatures(undefined, [{ name: 'x', dtype: 'float32', shape }], 'm')
  expect(() => plan([null, 2 ** 40])).toThrow('m: input "x" exceeds the limit of 67108864 elements at a time')
  expect(() => plan([2 ** 30, 2])).toThrow('elements at a time')
  const { plan: wide } = plan([null, 2 ** 23])
  const { runs, errors } = openFeatures(wide).read([{ x: [1] }, { x: [2] }, { x: [3] }, { x: [4] }, { x: [5] }])
  expect([runs.length, errors?.size]).toEqual([0, 5])
})
