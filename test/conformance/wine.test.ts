import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { WineEngine } from '../support/wine-engine.ts'

const corpus = resolve('../shared/conformance')
const data = resolve('../shared/data/wine/winequality_red.csv')
const isThere = existsSync(join(corpus, 'manifest.json')) && existsSync(data)
const WINES = 1_599
const FEATURES = 11

interface Case {
  readonly case: string
  readonly model: string
  readonly expected: string
  readonly tolerance: { readonly rel: number; readonly abs: number }
}

function rows(path: string, separator: string): string[][] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(separator))
}

/** Where a prediction differs from its expected row, in words; null where it does not. */
function difference(header: string[], expected: string[], value: Readonly<Record<string, unknown>>, c: Case) {
  for (const [i, name] of header.entries()) {
    const text = expected[i] as string
    const actual = Number(value[name])
    const wanted = Number(text)
    if (Math.abs(actual - wanted) <= c.tolerance.abs + c.tolerance.rel * Math.abs(wanted)) continue
    return `${name}: expected ${text}, got ${JSON.stringify(value[name])}`
  }
  return null
}

test.skipIf(!isThere)(
  'every wine is scored as expected by every wine document, published one after another (skipped when ../shared is absent)',
  async () => {
    const manifest = JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')) as { cases: Case[] }
    const cases = manifest.cases.filter((c) => c.case.startsWith('pmml/lightbend-winequality'))
    const wines = rows(data, ';').map((row) => row.slice(0, FEATURES).map(Number))
    expect(wines).toHaveLength(WINES)
    expect(cases.map((c) => c.case).join()).toMatch(/Tree.*Gaussian.*Linear.*Perceptron.*Forr?est/)
    const wine = await WineEngine.start()
    for (const c of cases) {
      const name = c.case.replace('pmml/lightbend-', '')
      await wine.publish(name, readFileSync(join(corpus, c.case, c.model)))
      const [header, ...expected] = rows(join(corpus, c.case, c.expected), ',') as [string[], ...string[][]]
      const predictions = await wine.score(wines)
      const differences = predictions.flatMap(({ value, headers }, i) => {
        const found = difference(header, expected[i] as string[], value, c)
        const stamped = headers['model'] === name ? null : `made by ${headers['model']}`
        return found || stamped ? [`wine ${i + 1}: ${found ?? stamped}`] : []
      })
      expect({ name, compared: expected.length, differences }).toEqual({ name, compared: WINES, differences: [] })
    }
    const { counts } = await wine.engine.report()
    expect(counts).toEqual({ read: 5 * WINES, predicted: 5 * WINES, deadLettered: 0, dropped: 0 })
  },
  120_000,
)
