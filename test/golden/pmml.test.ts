import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../src/load-model.ts'
import { parseCsv } from './csv.ts'

const folder = join(import.meta.dirname, 'pmml')

interface Origin {
  readonly producer: string
  readonly versions: Readonly<Record<string, string>>
  readonly script: string
  readonly licence: string
  readonly tolerance: { readonly rel: number; readonly abs: number }
  readonly seed: number
  readonly rows: number
}

const cases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

describe('every stored PMML document gives what the library that trained it gives', () => {
  test.each(cases)('%s', async (name) => {
    const path = (file: string) => join(folder, name, file)
    const origin = JSON.parse(readFileSync(path('origin.json'), 'utf8')) as Origin
    const records = parseCsv(readFileSync(path('input.csv'), 'utf8'))
    const expected = parseCsv(readFileSync(path('expected.csv'), 'utf8'))
    expect([records.length, expected.length]).toStrictEqual([origin.rows, origin.rows])

    const model = await loadModel(readFileSync(path('model.pmml')), { format: 'pmml' })
    const results = await model.score(records)
    await model.close()

    const differences = results.flatMap((result, row) => {
      // names the exception with which the library refuses the row
      const { __error__: refusal = null, ...outputs } = expected[row] ?? {}
      if (!('prediction' in result)) return refusal === null ? [`row ${row}: ${result.error.message}`] : []
      if (refusal !== null) return [`row ${row}: expected a refusal (${refusal})`]
      return Object.entries(outputs)
        .filter(([output, text]) => !isSame(text, result.prediction[output], origin.tolerance))
        .map(([output, text]) => `row ${row}, ${output}: expected ${text}, got ${String(result.prediction[output])}`)
    })
    expect(results).toHaveLength(origin.rows)
    expect(differences).toStrictEqual([])
  })
})

test('there are golden cases of every producer', () => {
  for (const producer of ['sklearn', 'spark', 'xgboost', 'lightgbm', '-r-'])
    expect(cases.filter((name) => name.includes(producer)).length).toBeGreaterThan(4)
})

/** `text` is empty for a missing value; a list is JSON. */
function isSame(text: string | null, actual: unknown, tolerance: Origin['tolerance']): boolean {
  if (text === null) return actual === null || actual === undefined
  if (Array.isArray(actual)) {
    const list = JSON.parse(text) as unknown[]
    return list.length === actual.length && list.every((item, i) => isSame(String(item), actual[i], tolerance))
  }
  const { rel, abs } = tolerance
  if (typeof actual !== 'number') return String(actual) === text
  return Math.abs(Number(text) - actual) <= abs + rel * Math.abs(Number(text))
}
