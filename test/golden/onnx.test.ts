import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../src/load-model.ts'
import type { ScoreResult } from '../../src/models/model.ts'
import { parseCsv } from './csv.ts'

const folder = join(import.meta.dirname, 'onnx')
const cases = readdirSync(folder)

interface Origin {
  readonly producer: string
  readonly versions: Readonly<Record<string, string>>
  readonly script: string
  readonly licence: string
  readonly tolerance: { readonly rel: number; readonly abs: number }
  readonly rows: number
  readonly options: Readonly<Record<string, unknown>>
}

function readCase(name: string) {
  const text = (file: string) => readFileSync(join(folder, name, file), 'utf8')
  return {
    model: readFileSync(join(folder, name, 'model.onnx')),
    input: parseCsv(text('input.csv')),
    expected: parseCsv(text('expected.csv')),
    origin: JSON.parse(text('origin.json')) as Origin,
  }
}

function isNear(expected: string, actual: unknown, { rel, abs }: Origin['tolerance']): boolean {
  if (typeof actual !== 'number' && typeof actual !== 'bigint') return String(actual) === expected
  const wanted = Number(expected)
  return Math.abs(wanted - Number(actual)) <= abs + rel * Math.abs(wanted)
}

function* differencesOf(
  results: readonly ScoreResult[],
  expected: readonly Record<string, string | null>[],
  { tolerance }: Origin,
): Iterable<string> {
  for (const [i, result] of results.entries()) {
    if (!('prediction' in result)) yield `row ${i + 1}: ${result.error.message}`
    else
      for (const [column, value] of Object.entries(expected[i] ?? {}))
        if (!isNear(value ?? '', result.prediction[column], tolerance))
          yield `row ${i + 1}, ${column}: expected ${value}, got ${result.prediction[column]}`
  }
}

describe('what the library itself predicts, scikit-learn or CatBoost', () => {
  test('there are pipelines of every kind, with text, missing values, maps and doubles', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20)
  })

  test.each(cases)('%s', async (name) => {
    const { model: bytes, input, expected, origin } = readCase(name)
    const model = await loadModel(bytes, { format: 'onnx', options: origin.options })
    const results = await model.score(input)
    // One row at a time the runtime may choose other kernels, whose sums end in other last bits.
    const single = (await Promise.all(input.map((record) => model.score([record])))).flat()
    await model.close()
    expect(results).toHaveLength(origin.rows)
    expect([...differencesOf(single, expected, origin)]).toEqual([])
    expect([...differencesOf(results, expected, origin)]).toEqual([])
  })
})
