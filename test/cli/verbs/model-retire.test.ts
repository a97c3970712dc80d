import { expect, test } from 'vitest'
import { jsonLines, run } from '../../support/command-line.ts'
import { engineFolder } from '../../support/engine-folder.ts'

test('the message names the version of the command line', async () => {
  const cwd = engineFolder()
  const { status, stdout } = await run(['model', 'retire', 'tree@2', '--key', 'k', '--encoding', 'json'], { cwd })
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'retire tree@2 at models/0@0\n' })
  const received = await run(['receive', '--topic', 'models', '--no-follow'], { cwd })
  expect(jsonLines(received.stdout)).toEqual([{ name: 'tree', version: '2', dataType: 'k', action: 'retire' }])
})

test('erasing removes the artifact from a compacted topic and needs a version', async () => {
  const cwd = engineFolder()
  await run(['topic', 'create', 'models', '--compact'], { cwd })
  await run(['model', 'publish', 'rules.js', '--key', 'k', '--name', 'rules', '--version', '1'], { cwd })
  const retire = (...args: string[]) => run(['model', 'retire', ...args, '--key', 'k', '--erase'], { cwd })
  expect((await retire('rules')).status).toBe(2)
  expect((await retire('rules@1')).status).toBe(0)
  const { stdout } = await run(['receive', '--topic', 'models', '--no-follow', '--json'], { cwd })
  const records = jsonLines(stdout) as { key: string; value?: unknown }[]
  expect(records.map(({ key }) => key)).toEqual(['k/rules/1', 'k/rules/1#retire', 'k/rules/1'])
  expect(records[2]?.value).toBeNull()
})
