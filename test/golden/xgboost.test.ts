import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadModel, type Model } from '../../src/load-model.ts'
import { parseCsv } from './csv.ts'

const folder = join(import.meta.dirname, 'xgboost')

interface Origin {
  readonly versions: Readonly<Record<string, string>>
  readonly tolerance: { readonly rel: number; readonly abs: number }
  readonly rows: number
  readonly models: readonly string[]
  readonly options?: Readonly<Record<string, unknown>>
}

const cases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

function columns(file: string): { names: readonly string[]; rows: number; data: Float64Array } {
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const names = header.split(',')
  const data = lines.flatMap((line) => line.split(',').map((cell) => (cell === '' ? Number.NaN : Number(cell))))
  return { names, rows: lines.length, data: Float64Array.from(data) }
}

/** Numbers of `output` that differ from a file's; margins must be the same bits. */
async function differences(model: Model, path: string, file: string, iterations?: number): Promise<string[]> {
  const { data: matrix, rows } = columns(join(path, 'features.csv'))
  const expected = columns(join(path, file))
  const found: string[] = []
  for (const output of ['margin', 'value'] as const) {
    const actual = await model.predict(matrix, rows, { output, ...(iterations ? { iterations } : {}) })
    const places = expected.names.flatMap((name, at) => (name.startsWith(output) ? [at] : []))
    expect(actual).toHaveLength(rows * places.length)
    actual.forEach((number, i) => {
      const row = Math.floor(i / places.length)
      const at = places[i % places.length] as number
      const wanted = expected.data[row * expected.names.length + at] as number
      const isSame =
        output === 'margin' ? Object.is(number, wanted) : Object.is(number, wanted) || isNear(wanted, number)
      if (!isSame) found.push(`${file}, row ${row}, ${expected.names[at]}: expected ${wanted}, got ${number}`)
    })
  }
  return found
}

function isNear(expected: number, actual: number): boolean {
  return Math.abs(expected - actual) <= 2e-6 * Math.abs(expected)
}

describe('every stored model of XGBoost gives the margins of XGBoost, bit for bit, and its values', () => {
  test.each(cases)('%s', async (name) => {
    const path = join(folder, name)
    const origin = JSON.parse(readFileSync(join(path, 'origin.json'), 'utf8')) as Origin
    for (const file of origin.models) {
      const model = await loadModel(readFileSync(join(path, file)), {
        format: 'xgboost',
        ...(origin.options ? { options: origin.options } : {}),
      })
      expect(await differences(model, path, 'expected.csv')).toEqual([])
      for (const limited of readdirSync(path).filter((entry) => entry.startsWith('expected@')))
        expect(await differences(model, path, limited, Number(/\d+/.exec(limited)?.[0]))).toEqual([])
      if (existsSync(join(path, 'input.csv'))) expect(await recordDifferences(model, path)).toEqual([])
      await model.close()
    }
  })
})

/** Predictions of records that differ from those of records.csv. */
async function recordDifferences(model: Model, path: string): Promise<string[]> {
  const records = parseCsv(readFileSync(join(path, 'input.csv'), 'utf8'))
  const expected = parseCsv(readFileSync(join(path, 'records.csv'), 'utf8'))
  expect(records).toHaveLength(expected.length)
  const results = await model.score(records)
  return results.flatMap((result, row) => {
    if (!('prediction' in result)) return [`row ${row}: ${result.error.message}`]
    return Object.entries(expected[row] ?? {}).flatMap(([output, text]) => {
      const actual = result.prediction[output]
      const isSame = typeof actual === 'number' ? isNear(Number(text), actual) : String(actual) === text
      return isSame ? [] : [`row ${row}, ${output}: expected ${text}, got ${String(actual)}`]
    })
  })
}
