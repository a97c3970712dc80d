import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../src/load-model.ts'

const folder = join(import.meta.dirname, 'catboost')
const cases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

function columns(file: string): { names: readonly string[]; rows: number; data: Float64Array } {
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const names = header.split(',')
  const data = lines.flatMap((line) => line.split(',').map((cell) => (cell === '' ? Number.NaN : Number(cell))))
  return { names, rows: lines.length, data: Float64Array.from(data) }
}

describe('every stored model of CatBoost gives the raw values of CatBoost, bit for bit, and what it predicts', () => {
  test.each(cases)('%s', async (name) => {
    const path = join(folder, name)
    const { data: matrix, rows } = columns(join(path, 'features.csv'))
    const expected = columns(join(path, 'expected.csv'))
    const model = await loadModel(readFileSync(join(path, 'model.json')), { format: 'catboost' })
    const found: string[] = []
    for (const output of ['margin', 'value'] as const) {
      const actual = await model.predict(matrix, rows, { output })
      const places = expected.names.flatMap((column, at) => (column.startsWith(output) ? [at] : []))
      expect(actual).toHaveLength(rows * places.length)
      actual.forEach((number, i) => {
        const row = Math.floor(i / places.length)
        const at = places[i % places.length] as number
        const wanted = expected.data[row * expected.names.length + at] as number
        const isSame =
          output === 'margin' ? number === wanted : Math.abs(number - wanted) <= 1e-14 + 1e-12 * Math.abs(wanted)
        if (!isSame) found.push(`row ${row}, ${expected.names[at]}: expected ${wanted}, got ${number}`)
      })
    }
    expect(found).toEqual([])
    await model.close()
  })
})
