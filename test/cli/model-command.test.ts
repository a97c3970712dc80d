import { expect, test } from 'vitest'
import { jsonLines, run } from '../support/command-line.ts'
import { engineFolder } from '../support/engine-folder.ts'

test('a name may stand without version, and hold the sign that begins one only once', async () => {
  const cwd = engineFolder()
  for (const version of ['tree', 'tree@1.0@x'])
    await run(['model', 'retire', version, '--key', 'k', '--encoding', 'json'], { cwd })
  const { stdout } = await run(['receive', '--topic', 'models', '--no-follow'], { cwd })
  expect(jsonLines(stdout)).toMatchObject([
    { name: 'tree', version: '' },
    { name: 'tree', version: '1.0@x' },
  ])
})

test('unpin needs no version; pin and retire do; all need a key', async () => {
  const cwd = engineFolder()
  expect((await run(['model', 'unpin', '--key', 'k', '--encoding', 'json'], { cwd })).status).toBe(0)
  expect((await run(['model', 'pin', '--key', 'k'], { cwd })).status).toBe(2)
  expect((await run(['model', 'retire', 'tree', '--encoding', 'json'], { cwd })).status).toBe(2)
})
