import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFileWriter } from '../../../src/transports/file/writer.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contextFor } from '../../support/transport-context.ts'

test('parent folders are created and flushed bytes are in the file', async () => {
  const path = join(temporaryFolder(), 'a', 'b', 'out.txt')
  const writer = await openFileWriter({ path, mode: 'append' }, contextFor())
  await writer.write(Buffer.from('one\n'))
  await writer.write(Buffer.from('two\n'))
  await writer.flush()
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
  await writer.close()
  await writer.close()
})

test('append keeps what is there; truncate empties, but only when the host says that it starts anew, and once for all partitions', async () => {
  const path = join(temporaryFolder(), 'out.txt')
  const writeOne = async (mode: 'append' | 'truncate', text: string, changes = {}) => {
    const writer = await openFileWriter({ path, mode }, contextFor(changes))
    await writer.write(Buffer.from(text))
    await writer.close()
    return readFileSync(path, 'utf8')
  }
  writeFileSync(path, 'old ')
  expect(await writeOne('append', 'a ')).toBe('old a ')
  expect(await writeOne('truncate', 'b ', { isResuming: false })).toBe('b ')
  expect(await writeOne('truncate', 'c ', { isResuming: true })).toBe('b c ')
  expect(await writeOne('truncate', 'd ', { isResuming: false, partition: 1 })).toBe('b c d ')
  expect(await writeOne('truncate', 'e ')).toBe('b c d e ')
})

test('a fast producer has to wait, and nothing is lost or reordered', async () => {
  const path = join(temporaryFolder(), 'out.bin')
  const writer = await openFileWriter({ path, mode: 'append' }, contextFor())
  const parts = Array.from({ length: 40 }, (_, i) => Buffer.alloc(256 * 1024, i))
  let waits = 0
  for (const part of parts) {
    const room = writer.write(part)
    if (room) waits++
    await room
  }
  await writer.close()
  expect(waits).toBeGreaterThan(0)
  expect(Buffer.compare(readFileSync(path), Buffer.concat(parts))).toBe(0)
})

test('a path that cannot be written is an error at open that names it', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sub'))
  await expect(openFileWriter({ path: join(folder, 'sub'), mode: 'append' }, contextFor())).rejects.toThrow(
    `${join(folder, 'sub')} cannot be opened for writing`,
  )
})

test('a full disk is an error of the stream that may pass', async () => {
  if (!existsSync('/dev/full')) return // only Linux has a device that is always full
  const writer = await openFileWriter({ path: '/dev/full', mode: 'append' }, contextFor())
  writer.write(Buffer.from('x'))
  await expect(writer.flush()).rejects.toMatchObject({ code: 'TRANSPORT_IO', isRetryable: true })
  await expect(writer.close()).rejects.toMatchObject({ code: 'TRANSPORT_IO' })
})

test('a device that keeps nothing can be flushed', async () => {
  if (!existsSync('/dev/null')) return // not on Windows
  const writer = await openFileWriter({ path: '/dev/null', mode: 'append' }, contextFor())
  await writer.write(Buffer.from('x'))
  await writer.close()
})
