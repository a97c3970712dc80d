import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFileReader } from '../../../src/transports/file/reader.ts'
import type { ChunkReader } from '../../../src/transports/transport.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contextFor } from '../../support/transport-context.ts'

/** Everything up to the end, as chunks must describe it: positions without gaps. */
async function readAll(reader: ChunkReader): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let expected = reader.position
  for (;;) {
    const chunk = await reader.next(0)
    if (chunk === null) return Buffer.concat(parts)
    expect(chunk.position).toBe(expected)
    expected += chunk.bytes.length
    parts.push(chunk.bytes)
  }
}

test('a file of several chunks comes back byte for byte, from any start', async () => {
  const path = join(temporaryFolder(), 'data.bin')
  const bytes = Buffer.alloc(600_000)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i, 2654435761) >>> 24
  writeFileSync(path, bytes)
  for (const start of [0, 1, 262_144, 599_999, 600_000]) {
    const reader = await openFileReader({ path, isFollowing: false }, contextFor({ start }))
    expect(reader.position).toBe(start)
    expect(Buffer.compare(await readAll(reader), bytes.subarray(start))).toBe(0)
    await reader.close()
  }
})

test('latest starts at the end of the file', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, 'old')
  const reader = await openFileReader({ path, isFollowing: false }, contextFor({ start: 'latest' }))
  expect(reader.position).toBe(3)
  expect(await reader.next(0)).toBeNull()
  await reader.close()
})

test('seek goes back to a position that was read before', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, '0123456789')
  const reader = await openFileReader({ path, isFollowing: false }, contextFor())
  await readAll(reader)
  await reader.seek(7)
  expect((await readAll(reader)).toString()).toBe('789')
  await reader.close()
})

test('a loop starts again, says so, goes on counting and resumes inside a later lap', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, 'abc')
  const reader = await openFileReader({ path, isFollowing: false }, contextFor({ isLooping: true }))
  const seen: string[] = []
  for (let i = 0; i < 5; i++) {
    const chunk = await reader.next(0)
    seen.push(`${chunk?.position}:${Buffer.from(chunk?.bytes ?? []).toString()}${chunk?.endsLap ? '|' : ''}`)
  }
  expect(seen).toEqual(['0:abc', '3:|', '3:abc', '6:|', '6:abc'])
  await reader.seek(7)
  const resumed = await reader.next(0)
  expect(`${resumed?.position}:${Buffer.from(resumed?.bytes ?? []).toString()}`).toBe('7:bc')
  await reader.close()
})

test('an empty file in a loop delivers nothing and does not spin', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, '')
  const clock = new ManualClock()
  const reader = await openFileReader({ path, isFollowing: false }, contextFor({ isLooping: true, clock }))
  const next = reader.next(50)
  await clock.untilSleeping()
  await clock.advance(50)
  expect((await next)?.bytes.length).toBe(0)
  await reader.close()
})

test('a follower waits at the end, gets what is appended, and returns empty in time', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, 'a')
  const clock = new ManualClock()
  const reader = await openFileReader({ path, isFollowing: true }, contextFor({ clock }))
  expect(Buffer.from((await reader.next(0))?.bytes ?? []).toString()).toBe('a')
  const waiting = reader.next(60_000)
  await clock.untilSleeping()
  appendFileSync(path, 'bc')
  await clock.advance(1000) // the poll, in case the notice does not come
  expect(await waiting).toMatchObject({ position: 1, bytes: Buffer.from('bc') })
  const idle = reader.next(10)
  await clock.untilSleeping()
  await clock.advance(10)
  expect((await idle)?.bytes.length).toBe(0)
  await reader.close()
})

test('a follower hears of an append without any poll', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, '')
  const clock = new ManualClock() // stands still: only the notice can end the wait
  const reader = await openFileReader({ path, isFollowing: true }, contextFor({ clock }))
  const waiting = reader.next(60_000)
  await clock.untilSleeping()
  appendFileSync(path, 'x')
  expect(Buffer.from((await waiting)?.bytes ?? []).toString()).toBe('x')
  await reader.close()
})

test('interrupt ends the wait of a follower with an empty chunk', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, '')
  const clock = new ManualClock()
  const reader = await openFileReader({ path, isFollowing: true }, contextFor({ clock }))
  const waiting = reader.next(60_000)
  await clock.untilSleeping()
  reader.interrupt()
  expect((await waiting)?.bytes.length).toBe(0)
  await reader.close()
})

test('a file that became shorter is a clear error, for a follower and on resuming', async () => {
  const path = join(temporaryFolder(), 'data')
  writeFileSync(path, '0123456789')
  const reader = await openFileReader({ path, isFollowing: true }, contextFor())
  await reader.next(0)
  truncateSync(path, 4)
  await expect(reader.next(0)).rejects.toThrow(`${path} has 4 bytes, fewer than the 10 that were already read`)
  await reader.close()
  await expect(openFileReader({ path, isFollowing: false }, contextFor({ start: 5 }))).rejects.toMatchObject({
    code: 'TRANSPORT_FILE_TRUNCATED',
  })
})

test('a missing file and a folder are errors that name the path', async () => {
  const folder = temporaryFolder()
  const missing = join(folder, 'none')
  await expect(openFileReader({ path: missing, isFollowing: false }, contextFor())).rejects.toThrow(missing)
  mkdirSync(join(folder, 'sub'))
  await expect(openFileReader({ path: join(folder, 'sub'), isFollowing: false }, contextFor())).rejects.toMatchObject({
    code: 'TRANSPORT_FILE_UNUSABLE',
  })
})
