import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { verbs } from '../../../src/cli/verbs.ts'
import { run, testWorld } from '../../support/command-line.ts'
import { engineFolder, timesSource } from '../../support/engine-folder.ts'

test('versions are listed while the engine runs and from its commits, and publishing waits for them', async () => {
  const cwd = engineFolder()
  const stop = new AbortController()
  const world = testWorld({ cwd, stop: stop.signal })
  const publish = (file: string, version: string) =>
    run(['model', 'publish', file, '--engine', 'engine.json', '--encoding', 'json', '--version', version, '--wait'], {
      cwd,
    })
  const engine = runCommandLine(verbs, ['run', 'engine.json', '--http', '127.0.0.1:0'], world)
  await Promise.race([world.stderr.until('runs with'), engine])
  const url = /listening on (http:[^"]+)"/.exec(world.stderr.text)?.[1] as string
  expect(url, world.stderr.text).toBeDefined()

  expect((await publish('rules.js', '1')).stdout).toContain('rules@1 for "double" at models/0@0 is active')
  writeFileSync(join(cwd, 'rules.js'), timesSource(3))
  expect((await publish('rules.js', '2')).status).toBe(0)
  writeFileSync(join(cwd, 'bad.js'), 'export const score = 3')
  const rejected = await publish('bad.js', '3')
  expect(rejected).toMatchObject({ status: 1, stdout: '' })
  expect(rejected.stderr).toContain('bad@3 was rejected: ')

  const states = [
    ['bad', 'rejected'],
    ['rules', 'active'],
    ['rules', 'retired'],
  ]
  for (const source of [
    ['--url', url],
    ['--engine', 'engine.json'],
  ]) {
    const { stdout } = await run(['model', 'list', ...source, '--json'], { cwd, fetch: globalThis.fetch })
    const rows = JSON.parse(stdout) as { model: string; state: string }[]
    expect(rows.map((row) => [row.model, row.state])).toEqual(states)
  }
  stop.abort()
  expect(await engine).toBe(0)
})

test('without a server there is one sentence', async () => {
  const { status, stderr } = await run(['model', 'list'], {})
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'millrace: no server answers at http://127.0.0.1:8090/models: no network in tests\n',
  })
})
