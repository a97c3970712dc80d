import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadModel } from '../../src/load-model.ts'
import type { RecordValue, Value } from '../../src/schema/value.ts'

const folder = join(import.meta.dirname, '../../examples/export')
const artifacts = join(folder, 'artifacts')
const files = readdirSync(artifacts).filter((name) => !/\.(verify\.jsonl|options\.json|origin\.json)$/.test(name))
function read(name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(artifacts, name), 'utf8'))
  } catch {
    return undefined
  }
}

function isNear(expected: Value | undefined, actual: Value | undefined, rel: number): boolean {
  if (typeof expected !== 'number' || typeof actual !== 'number') return expected === actual
  return Math.abs(expected - actual) <= rel * Math.abs(expected)
}

test.each(files)('examples/export/artifacts/%s gives what the library that made it gives', async (file) => {
  const { tolerance, rows: count } = read(`${file}.origin.json`) as { tolerance: { rel: number }; rows: number }
  const lines = readFileSync(join(artifacts, `${file}.verify.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
  const rows = lines.map((line) => JSON.parse(line) as { input: RecordValue; expected: RecordValue })
  expect(rows).toHaveLength(count)
  const options = read(`${file}.options.json`) as Record<string, unknown> | undefined
  const model = await loadModel(join(artifacts, file), options ? { options } : {})
  const results = await model.score(rows.map(({ input }) => input))
  const differences = results.flatMap((result, i) => {
    if (!('prediction' in result)) return [`row ${i}: ${result.error.message}`]
    const { expected } = rows[i] as (typeof rows)[number]
    return Object.entries(expected)
      .filter(([name, value]) => !isNear(value, result.prediction[name], tolerance.rel))
      .map(([name, value]) => `row ${i}, ${name}: expected ${value}, got ${JSON.stringify(result.prediction)}`)
  })
  await model.close()
  expect(differences).toEqual([])
})

test('every export script has its artifacts, and the page tells of both', () => {
  const page = readFileSync(join(folder, 'README.md'), 'utf8')
  const scripts = readdirSync(folder).filter((name) => /_to_.*\.py$/.test(name))
  const named = scripts.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\/ "([a-z]+\.[a-z]+)", /g)].map(([, file]) => file),
  )
  expect(new Set(named)).toEqual(new Set(files))
  for (const name of [...scripts, ...files]) expect(page).toContain(name)
})
