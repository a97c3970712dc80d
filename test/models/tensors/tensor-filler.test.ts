import { describe, expect, test } from 'vitest'
import { openFeatures, openMatrix, planFeatures } from '../../../src/models/tensors/feature-mapping.ts'

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
