import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

/** A folder in which an engine has scored three records. */
async function ranFolder(): Promise<string> {
  const cwd = engineFolder({ models: [{ name: 'rules', version: '1', location: 'rules.js' }] })
  writeFileSync(join(cwd, 'records'), '{"x":1}\n{"x":2}\n{"x":3}\n')
  await run(['send', '--topic', 'in', '--create', '--file', 'records'], { cwd })
  const stop = new AbortController()
  const ended = run(['run', 'engine.json'], { cwd, stop: stop.signal })
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'))
  while (log.topic('out') === null || log.endPosition('out', 0) < 3) await new Promise((done) => setImmediate(done))
  stop.abort()
  await ended
  log.close()
  return cwd
}

test('a sound run ends with status 0, one whose output was written twice with 1 and the places', async () => {
  const cwd = await ranFolder()
  const sound = await run(['verify-run', 'engine.json'], { cwd })
  expect(sound.status, sound.stderr).toBe(0)
  expect(sound.stdout).toContain('3 records: 3 predictions, 0 dead letters, 0 without a version\n0 lost, 0 repeated')
  const log = EmbeddedLog.open(join(cwd, 'data/millrace.db'))
  log.append('out', 0, log.read('out', 0, 1, 1))
  log.close()
  const doubled = await run(['verify-run', 'engine.json'], { cwd })
  expect(doubled.status).toBe(1)
  expect(doubled.stdout).toContain('1 repeated')
  expect(doubled.stdout).toContain('in/0@1 became more than one thing: 0 dead letters and 2 predictions in out')
  const data = await run(['verify-run', 'engine.json', '--json', '--max-examples', '0'], { cwd })
  expect(JSON.parse(data.stdout)).toMatchObject({ records: 3, faults: { repeated: 1 }, examples: [] })
})
