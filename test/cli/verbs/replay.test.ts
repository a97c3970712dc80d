import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inputOf, run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

test('what an engine wrote is had again, and a difference is told', async () => {
  const cwd = engineFolder({
    slots: { 0: 'file:in.jsonl', 1: 'log:out' },
    models: [{ name: 'rules', version: '1', location: 'rules.js' }],
  })
  const lines = Array.from({ length: 50 }, (_, x) => JSON.stringify({ x }))
  writeFileSync(join(cwd, 'in.jsonl'), `${lines.join('\n')}\n`)
  expect(await run(['run', 'engine.json', '--quiet'], { cwd })).toMatchObject({ status: 0, stderr: '' })

  const verified = await run(['replay', 'engine.json', '--verify', '--json'], { cwd })
  expect(JSON.parse(verified.stdout)).toEqual({ records: 50, predictions: 50, faults: 0, verified: 50 })

  const predictions = lines.map((_, x) => `{"y":${x * 2}}\n`).join('')
  expect((await run(['replay', 'engine.json', '--output', '-'], { cwd })).stdout).toBe(predictions)
  await run(['replay', 'engine.json', '--output', 'again.jsonl'], { cwd })
  const other = await run(['replay', 'engine.json', '--task', '0-0'], { cwd })
  expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining('no task "0-0"; did you mean "0/0"?') })
  expect(readFileSync(join(cwd, 'again.jsonl'), 'utf8')).toBe(predictions)

  writeFileSync(join(cwd, 'in.jsonl'), `${lines.join('\n').replace('"x":7}', '"x":8}')}\n`)
  const differs = await run(['replay', 'engine.json', '--verify'], { cwd })
  expect(differs.status).toBe(1)
  expect(differs.stderr).toContain('gives other bytes than the output at out/0@7')
  expect((await run(['send', '--topic', 'out'], { cwd, stdin: inputOf() })).status).toBe(0)
})

test('an output that cannot be opened is told before anything is replayed', async () => {
  const { status, stderr } = await run(['replay', 'engine.json', '--output', 'no/where'], { cwd: engineFolder() })
  expect(status).toBe(1)
  expect(stderr).toContain('cannot write no/where')
})
