import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigFaults, openEngine, readEngine } from '../src/index.ts'
import { jsonLines } from './support/command-line.ts'
import { timesSource } from './support/engine-folder.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const document = {
  name: 'double',
  slots: { 0: 'inline:{"x": 1}', 1: 'file:out.jsonl' },
  models: [{ name: 'times', location: 'times.js' }],
  versions: { allowCode: true },
  state: 'memory',
}

function folderWithModel(): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'times.js'), timesSource(2))
  return folder
}

test('an engine file runs from its own folder', async () => {
  const folder = folderWithModel()
  const path = join(folder, 'engine.json')
  writeFileSync(path, JSON.stringify(document))
  const engine = await openEngine(path)
  onTestFinished(() => engine.stop())
  await engine.start()
  await engine.done()
  expect(engine.state).toBe('finished')
  expect(jsonLines(readFileSync(join(folder, 'out.jsonl'), 'utf8'))).toMatchObject([{ y: 2 }])
})

test('a value runs from the folder that is given', async () => {
  const baseFolder = folderWithModel()
  const engine = await openEngine(document, { baseFolder })
  onTestFinished(() => engine.stop())
  await engine.start()
  await engine.done()
  expect((await engine.report()).counts).toMatchObject({ read: 1, predicted: 1 })
})

test('faults of a file come with their line', async () => {
  const path = join(temporaryFolder(), 'engine.yaml')
  writeFileSync(path, 'name: double\nslots:\n  0: log:in\n  2: nowhere:x\n')
  const thrown = await readEngine(path).catch((fault: unknown) => fault)
  expect(thrown).toBeInstanceOf(ConfigFaults)
  expect((thrown as ConfigFaults).faults).toMatchObject([{ line: 4 }])
})

test('a file that cannot be read says which', async () => {
  await expect(openEngine('/nowhere/engine.yaml')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
})
