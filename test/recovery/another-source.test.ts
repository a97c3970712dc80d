import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../src/index.ts'
import { jsonLines } from '../support/command-line.ts'
import { timesSource } from '../support/engine-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function lines(from: number, end: number): string {
  return Array.from({ length: end - from }, (_, i) => `{"x": ${from + i}}\n`).join('')
}

test('a hundred records of one stream, another stream at the slot, three records, the first again, one record', async () => {
  const folder = temporaryFolder()
  const path = (name: string) => join(folder, name)
  writeFileSync(path('times.js'), timesSource(2))
  writeFileSync(path('a.jsonl'), lines(0, 100))
  writeFileSync(path('b.jsonl'), lines(500, 503))
  const run = async (name: string) => {
    const engine = await openEngine(
      {
        name: 'double',
        slots: { 0: `file:${name}`, 1: 'file:out.jsonl' },
        models: [{ name: 'times', location: 'times.js' }],
        versions: { allowCode: true },
      },
      { baseFolder: folder },
    )
    onTestFinished(() => engine.stop())
    await engine.start()
    await engine.done()
  }
  const written = () => (jsonLines(readFileSync(path('out.jsonl'), 'utf8')) as { y: number }[]).map(({ y }) => y)

  await run('a.jsonl')
  expect(written()).toHaveLength(100)
  await run('b.jsonl')
  expect(written().slice(100)).toEqual([1000, 1002, 1004])
  appendFileSync(path('a.jsonl'), lines(100, 101))
  await run('a.jsonl')
  expect(written().slice(103)).toEqual([200])
})
