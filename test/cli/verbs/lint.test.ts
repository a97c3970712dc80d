import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jsonLines, run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

test('a correct engine file is told its guarantee and why', async () => {
  const { status, stdout } = await run(['lint', 'engine.json'], { cwd: engineFolder() })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^engine\.json: engine is correct; exactly-once: everything commits in log:/)
})

test('every fault has a line that begins with its place', async () => {
  const cwd = engineFolder()
  writeFileSync(join(cwd, 'bad.yaml'), 'name: x\nslots:\n  0: lug:x\n  two: log:y\nmodels: "log:"\n')
  const { status, stdout } = await run(['lint', 'bad.yaml'], { cwd })
  expect(status).toBe(1)
  const lines = stdout.trimEnd().split('\n')
  for (const at of [3, 4, 5]) expect(lines.filter((line) => line.startsWith(`bad.yaml:${at}:`))).toHaveLength(1)
  for (const line of lines) expect(line).toMatch(/^bad\.yaml:\d+:\d+: /)
})

test('stream descriptors are checked in both spellings, several files at once', async () => {
  const cwd = engineFolder()
  writeFileSync(join(cwd, 'own.yaml'), 'transport: {type: log, topic: t}\n')
  writeFileSync(join(cwd, 'old.json'), '{"Transport": {"Type": "file", "Path": "/a"}, "Encoding": "json"}')
  writeFileSync(join(cwd, 'bad.json'), '{"Transport": {"Type": "file"}, "Encoding": "json"}')
  const { status, stdout } = await run(['lint', 'own.yaml', 'old.json', 'bad.json', '--json'], { cwd })
  expect(status).toBe(1)
  const [findings] = jsonLines(stdout) as [{ file: string; kind: string; faults: { line: number }[] }[]]
  expect(findings.map(({ file, kind, faults }) => [file, kind, faults.length > 0])).toEqual([
    ['own.yaml', 'stream', false],
    ['old.json', 'stream', false],
    ['bad.json', 'stream', true],
  ])
  expect(findings[2]?.faults[0]?.line).toBe(1)
})

test('what is allowed and seldom meant is a warning', async () => {
  const cwd = engineFolder({ models: undefined, slots: { 0: 'log:in' } })
  const { status, stdout } = await run(['lint', 'engine.json'], { cwd })
  expect(status).toBe(0)
  expect(stdout).toContain('warning: there is no model stream')
  expect(stdout).toContain('warning: there is no odd slot')
})

test('files that cannot be read are faults among the others', async () => {
  const cwd = engineFolder()
  writeFileSync(join(cwd, 'broken.yaml'), 'a: [\n')
  const { status, stdout } = await run(['lint', 'none.yaml', 'broken.yaml', 'engine.json'], { cwd })
  expect(status).toBe(1)
  expect(stdout).toContain('cannot read none.yaml: there is no such file')
  expect(stdout).toMatch(/^broken\.yaml:\d+:\d+/m)
  expect(stdout).toContain('engine.json: engine is correct')
})
