import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../src/load-model.ts'
import { parseCsv } from './csv.ts'

const folder = join(import.meta.dirname, 'lightgbm')

interface Origin {
  readonly producer: string
  readonly versions: Readonly<Record<string, string>>
  readonly script: string
  readonly licence: string
  /** Relative, of predictions; raw scores are equal. */
  readonly tolerance: { readonly raw: number; readonly value: number }
  readonly rows: number
  /** Options of the format by the file that needs them. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const cases = readdirSync(folder)
const files = cases.flatMap((name) =>
  ['model.txt', 'model.json'].filter((file) => existsSync(join(folder, name, file))).map((file) => `${name}/${file}`),
)

/** Numbers of a CSV file [rows, columns], row-major; an empty cell is NaN. */
function matrixOf(text: string): Float64Array {
  const rows = text.trimEnd().split('\n').slice(1)
  const number = (cell: string) => (cell === '' ? Number.NaN : Number(cell.replace('inf', 'Infinity')))
  return Float64Array.from(rows.flatMap((row) => row.split(',').map(number)))
}

function isNear(expected: number, actual: number, tolerance: number): boolean {
  return Object.is(expected + 0, actual + 0) || Math.abs(expected - actual) <= tolerance * Math.abs(expected)
}

describe('every stored model gives what LightGBM gives: raw scores bit for bit', () => {
  test.each(files)('%s', async (file) => {
    const path = join(folder, file, '..')
    const origin = JSON.parse(readFileSync(join(path, 'origin.json'), 'utf8')) as Origin
    const matrix = matrixOf(readFileSync(join(path, 'input.csv'), 'utf8'))
    for (const name of readdirSync(path).filter((one) => one.startsWith('expected'))) {
      const [, start, count] = /^expected@(\d+)\+(\d+)/.exec(name) ?? []
      const range = start === undefined ? {} : { startIteration: Number(start), iterations: Number(count) }
      const options = { ...range, ...origin.options?.[basename(file)] }
      const model = await loadModel(readFileSync(join(folder, file)), { format: 'lightgbm', options })
      const expected = matrixOf(readFileSync(join(path, name), 'utf8'))
      const raw = await model.predict(matrix, origin.rows, { output: 'margin' })
      const value = await model.predict(matrix, origin.rows)
      const width = raw.length / origin.rows
      expect(expected).toHaveLength(origin.rows * width * 2)
      const differences: string[] = []
      for (let i = 0; i < raw.length; i++) {
        const at = Math.floor(i / width) * width * 2 + (i % width)
        const [wantedRaw, wantedValue] = [expected[at] as number, expected[at + width] as number]
        if (!isNear(wantedRaw, raw[i] as number, origin.tolerance.raw))
          differences.push(`row ${Math.floor(i / width)}, raw ${i % width}: expected ${wantedRaw}, got ${raw[i]}`)
        if (!isNear(wantedValue, value[i] as number, origin.tolerance.value))
          differences.push(`row ${Math.floor(i / width)}, value ${i % width}: expected ${wantedValue}, got ${value[i]}`)
      }
      expect(differences, name).toStrictEqual([])
      await model.close()
    }
  })
})

describe('records of every stored model score as its matrix does', () => {
  test.each(files)('%s', async (file) => {
    const path = join(folder, file, '..')
    const hasRecords = existsSync(join(path, 'records.csv'))
    const records = parseCsv(readFileSync(join(path, hasRecords ? 'records.csv' : 'input.csv'), 'utf8'))
    const matrix = matrixOf(readFileSync(join(path, 'input.csv'), 'utf8'))
    const model = await loadModel(readFileSync(join(folder, file)), { format: 'lightgbm' })
    const values = await model.predict(matrix, records.length)
    const results = await model.score(records)
    const width = values.length / records.length
    results.forEach((result, row) => {
      if (!('prediction' in result)) throw new Error(`row ${row}: ${result.error.message}`)
      const shares = Object.entries(result.prediction).filter(([name]) => name.startsWith('probability'))
      const own = [...values.subarray(row * width, (row + 1) * width)].map((v) => (Number.isNaN(v) ? null : v))
      const found = shares.length > 0 ? shares.slice(-width) : Object.entries(result.prediction)
      expect(found.map(([, value]) => value)).toStrictEqual(own)
    })
    await model.close()
  })
})

test('there are golden cases of every objective in every mode, and of what else changes scores', () => {
  for (const mode of ['-gbdt', '-dart', '-rf'])
    expect(cases.filter((name) => name.endsWith(mode)).length).toBeGreaterThanOrEqual(18)
  for (const part of ['linear', 'missing', 'categories', 'custom', 'goss', 'pandas', 'old-2', 'old-3'])
    expect(cases.some((name) => name.includes(part))).toBe(true)
})
