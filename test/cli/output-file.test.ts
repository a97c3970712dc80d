import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openOutputFile } from '../../src/cli/output-file.ts'
import { testWorld } from '../support/command-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a file holds what was written, texts and bytes, and nothing of before', () => {
  const cwd = temporaryFolder()
  const world = testWorld({ cwd })
  for (const text of ['longer than the next', 'short']) {
    const file = openOutputFile(world, 'out.txt')
    file.write(text)
    file.write(new Uint8Array([0x21]))
    file.close()
    expect(readFileSync(join(cwd, 'out.txt'), 'utf8')).toBe(`${text}!`)
  }
})

test('a file that cannot be written says so', () => {
  expect(() => openOutputFile(testWorld({ cwd: temporaryFolder() }), 'no/such/folder')).toThrow(
    'cannot write no/such/folder',
  )
})
