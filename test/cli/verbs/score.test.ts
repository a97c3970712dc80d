import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inputOf, jsonLines, run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

const score = (cwd: string, input: string, ...args: string[]) =>
  run(['score', 'rules.js', '-', '--allow-code', ...args], { cwd, stdin: inputOf(input) })

test('every record has its prediction, in order, from JSON lines or CSV', async () => {
  const cwd = engineFolder()
  expect(await score(cwd, '{"x":1}\n{"x":2}\n')).toMatchObject({ status: 0, stdout: '{"y":2}\n{"y":4}\n' })
  expect((await score(cwd, 'x,z\n3,a\n', '--form', 'csv', '--echo')).stdout).toBe('{"x":"3","z":"a","y":6}\n')
})

test('a record that cannot be scored has an error in its place, and the status tells', async () => {
  const { status, stdout, stderr } = await score(engineFolder(), '{"x":1}\n{"x":"no number"}\n{"x":2}\n')
  expect(status).toBe(1)
  expect(jsonLines(stdout)).toEqual([
    { y: 2 },
    { error: { code: expect.any(String), message: expect.any(String) } },
    { y: 4 },
  ])
  expect(stderr).toBe('scored 3 records, 1 errors\n')
})

test('predictions go to a file when told', async () => {
  const cwd = engineFolder()
  expect((await score(cwd, '{"x":1}\n', '--output', 'out.jsonl')).stdout).toBe('')
  expect(readFileSync(join(cwd, 'out.jsonl'), 'utf8')).toBe('{"y":2}\n')
})

test('a line that cannot be read ends it with its number', async () => {
  expect((await score(engineFolder(), '{"x":1}\nno\n')).stderr).toContain('-:2: "no" is not JSON')
})
