import { describe, expect, test } from 'vitest'
import { openFeatures, openMatrix, planFeatures } from '../../../src/models/tensors/feature-mapping.ts'

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

describe('reused tensors', () => {
  const { plan } = planFeatures(
    undefined,
    [{ name: 'x', dtype: 'float64', shape: [null, 2], columns: ['a', 'b'] }],
    'm',
  )

  test('hold the latest batch only, whatever its size', () => {
    const reader = openFeatures(plan, { isReused: true })
    const of = (count: number, start: number) => Array.from({ length: count }, (_, i) => ({ a: start + i, b: -i }))
    for (const [count, start] of [
      [3, 0],
      [3, 10],
      [1, 20],
      [5, 30],
      [3, 40],
      [3, 50],
    ] as const) {
      const [run] = reader.read(of(count, start)).runs
      const tensor = run?.feeds['x']
      expect(tensor?.shape).toEqual([count, 2])
      expect(Array.from(tensor?.data as Float64Array)).toEqual(of(count, start).flatMap(({ a, b }) => [a, b]))
    }
  })

  test('hold the latest text, too, after a larger batch', () => {
    const { plan: words } = planFeatures(undefined, [{ name: 'w', dtype: 'string', shape: [null, 1] }], 'm')
    const reader = openFeatures(words, { isReused: true })
    for (const batch of [['a', 'b', 'c'], ['d'], ['e'], ['f', 'g']]) {
      const [run] = reader.read(batch.map((w) => ({ w }))).runs
      expect(run?.feeds['w']?.data).toEqual(batch)
    }
  })

  test('are the same objects for batches of one size, never after a record at fault', () => {
    const reader = openFeatures(plan, { isReused: true })
    const first = reader.read([{ a: 1, b: 2 }]).runs[0]
    expect(reader.read([{ a: 3, b: 4 }]).runs[0]).toBe(first)
    expect(reader.read([{ a: 3 }, { a: 5, b: 6 }]).runs[0]).toMatchObject({ rows: 1, index: Int32Array.of(1) })
    expect(reader.read([{ a: 7, b: 8 }]).runs[0]?.index).toBeNull()
  })

  test('are new ones for a reader that does not reuse', () => {
    const reader = openFeatures(plan)
    const first = reader.read([{ a: 1, b: 2 }]).runs[0]
    reader.read([{ a: 3, b: 4 }])
    expect(Array.from(first?.feeds['x']?.data as Float64Array)).toEqual([1, 2])
  })
})

test('a matrix grows with the batch', () => {
  const { plan } = planFeatures(undefined, [{ name: 'x', dtype: 'float32', shape: [null, 1], columns: ['a'] }], 'm')
  const reader = openMatrix(plan)
  for (const count of [1, 100, 3]) {
    const records = Array.from({ length: count }, (_, a) => ({ a: a + 0.1 }))
    const { matrix, rows } = reader.read(records)
    expect([rows, [...matrix.subarray(0, rows)]]).toEqual([count, records.map(({ a }) => a)])
  }
})

test('sizes that only a few bytes declare cost no memory: they are refused, or taken a few records at a time', () => {
  const plan = (shape: (number | null)[]) => planFeatures(undefined, [{ name: 'x', dtype: 'float32', shape }], 'm')
  expect(() => plan([null, 2 ** 40])).toThrow('m: input "x" exceeds the limit of 67108864 elements at a time')
  expect(() => plan([2 ** 30, 2])).toThrow('elements at a time')
  const { plan: wide } = plan([null, 2 ** 23])
  const { runs, errors } = openFeatures(wide).read([{ x: [1] }, { x: [2] }, { x: [3] }, { x: [4] }, { x: [5] }])
  expect([runs.length, errors?.size]).toEqual([0, 5])
})

test('a batch that is too large is several runs side by side, reused or not', () => {
  const { plan } = planFeatures(
    undefined,
    [{ name: 'x', dtype: 'float64', shape: [null, 2], columns: ['a', 'b'] }],
    'm',
  )
  for (const isReused of [true, false]) {
    const reader = openFeatures(plan, { isReused, maxElements: 5 })
    for (const count of [2, 5, 1, 7, 2]) {
      const records = Array.from({ length: count }, (_, a) => ({ a: a === 3 ? 'x' : a + count, b: -a }))
      const { runs, errors } = reader.read(records)
      expect([runs.length, errors?.size ?? 0]).toEqual([Math.ceil(count / 2), count > 3 ? 1 : 0])
      for (const { feeds, rows, index } of runs) {
        const wanted = Array.from({ length: rows }, (_, row) => records[index ? (index[row] as number) : row])
        expect(Array.from(feeds['x']?.data as Float64Array)).toEqual(wanted.flatMap((record) => [record?.a, record?.b]))
      }
    }
  }
})
