import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { loadModel, type RecordValue } from '../../src/index.ts'
import { jsonLines } from './command-line.ts'

const iris = new URL('../../examples/iris/', import.meta.url)

/** Checks what examples/library/score.ts prints against `loadModel` here. */
export async function checkLibraryOutput(stdout: string): Promise<void> {
  const flowers = jsonLines(readFileSync(new URL('iris.jsonl', iris), 'utf8')) as RecordValue[]
  const lines = stdout.trimEnd().split('\n')
  const tree = await loadModel(readFileSync(new URL('tree.pmml', iris)), { format: 'pmml' })
  const logistic = await loadModel(readFileSync(new URL('logistic.pmml', iris)), { format: 'pmml' })
  expect(lines[0]).toBe('features sepal_length, sepal_width, petal_length, petal_width')
  const records = [flowers[0] as RecordValue, { ...flowers[1], petal_length: 'long' }]
  expect(lines.slice(1, 3).map((line) => JSON.parse(line))).toEqual(await tree.score(records))
  expect(lines[2]).toContain('long')
  expect(lines[3]).toBe('predictions {"tree":75,"forest":75}')
  expect(JSON.parse(after(lines[4], 'statistics '))).toMatchObject({ name: 'forest', version: '1', usage: 75 })
  const web = lines.slice(5).map((line) => JSON.parse(after(line, 'web ')) as { prediction: RecordValue })
  const results = await logistic.score(flowers.slice(0, 3))
  expect(web.map(({ prediction }) => ({ prediction }))).toEqual(results)
}

function after(line: string | undefined, prefix: string): string {
  expect(line?.slice(0, prefix.length)).toBe(prefix)
  return (line as string).slice(prefix.length)
}
