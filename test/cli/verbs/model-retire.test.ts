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
