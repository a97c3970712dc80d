import { expect, test } from 'vitest'
import { readEngineFile } from '../../src/cli/engine-file.ts'
import { engineGuarantee } from '../../src/engine/engine-guarantee.ts'
import { testWorld } from '../support/command-line.ts'
import { engineFolder } from '../support/engine-folder.ts'

async function guarantee(changes: Readonly<Record<string, unknown>>) {
  const world = testWorld({ cwd: engineFolder(changes) })
  const { registry } = await world.components()
  return engineGuarantee(readEngineFile(world, 'engine.json', registry).plan, registry)
}

test('everything in one log is exactly-once', async () => {
  expect((await guarantee({})).level).toBe('exactly-once')
})

test('an output elsewhere is weaker and says which stream is why', async () => {
  const { level, condition } = await guarantee({ slots: { 0: 'log:in', 1: 'log:out@other.db' } })
  expect(level).toBe('at-least-once')
  expect(condition).toContain('output "out" commits in')
})

test('dead letters elsewhere count too', async () => {
  expect((await guarantee({ deadLetters: 'file:dead.jsonl' })).level).not.toBe('exactly-once')
})
