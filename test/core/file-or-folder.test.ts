import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packFiles } from '../../src/core/archive.ts'
import { readFileOrFolder } from '../../src/core/file-or-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('reads a file as it is and a folder as an archive of its files', async () => {
  const folder = temporaryFolder()
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'sub', 'a'), 'abc')
  const content = Buffer.from('abc')
  expect(Buffer.compare(await readFileOrFolder(join(folder, 'sub', 'a'), 3), content)).toBe(0)
  const packed = packFiles([{ name: 'sub/a', bytes: content }])
  expect(Buffer.compare(await readFileOrFolder(folder, 1000), packed)).toBe(0)
})

it('refuses what is too large or not there', async () => {
  const folder = temporaryFolder()
  await writeFile(join(folder, 'a'), 'abc')
  await expect(readFileOrFolder(join(folder, 'a'), 2)).rejects.toThrow('it has 3 bytes, above the limit of 2')
  await expect(readFileOrFolder(folder, 2)).rejects.toThrow('its files have more than 2 bytes')
  await expect(readFileOrFolder('/dev/null', 2)).rejects.toThrow('it is neither a file nor a folder')
  await expect(readFileOrFolder(join(folder, 'b'), 2)).rejects.toThrow('ENOENT')
})
