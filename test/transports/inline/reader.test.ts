import { expect, test } from 'vitest'
import { bytesAt, columnOf } from '../../../src/core/bytes.ts'
import type { FrameBatch } from '../../../src/core/frames.ts'
import { openChunkReader, openFrameReader } from '../../../src/transports/inline/reader.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { contextFor } from '../../support/transport-context.ts'

const records = columnOf(['a', 'b', 'c'].map((text) => Buffer.from(text)))

function shown(batch: FrameBatch | null): string | null {
  if (batch === null) return null
  const frames = Array.from({ length: batch.length }, (_, i) => `${batch.positions[i]}:${bytesAt(batch.values, i)}`)
  return `${frames.join(' ')} >${batch.end}`
}

test('a list comes in order, in batches no larger than asked for, and ends', async () => {
  const reader = openFrameReader(records, contextFor())
  expect(shown(await reader.next(2, 0))).toBe('0:a 1:b >2')
  expect(shown(await reader.next(2, 0))).toBe('2:c >3')
  expect(await reader.next(2, 0)).toBeNull()
})

test('reading can start at a record, at the end, and go back', async () => {
  expect(shown(await openFrameReader(records, contextFor({ start: 1 })).next(9, 0))).toBe('1:b 2:c >3')
  const reader = openFrameReader(records, contextFor({ start: 'latest' }))
  expect(await reader.next(9, 0)).toBeNull()
  await reader.seek(2)
  expect(shown(await reader.next(9, 0))).toBe('2:c >3')
})

test('a looping list goes on counting', async () => {
  const reader = openFrameReader(records, contextFor({ isLooping: true, start: 2 }))
  expect(shown(await reader.next(9, 0))).toBe('2:c >3')
  expect(shown(await reader.next(9, 0))).toBe('3:a 4:b 5:c >6')
})

test('an empty list ends, or waits when it loops', async () => {
  expect(await openFrameReader(columnOf([]), contextFor()).next(9, 0)).toBeNull()
  const clock = new ManualClock()
  const looping = openFrameReader(columnOf([]), contextFor({ isLooping: true, clock }))
  const waiting = looping.next(9, 100)
  expect(clock.sleeping).toBe(1)
  looping.interrupt()
  expect((await waiting)?.length).toBe(0)
})

test('a text comes as chunks with byte positions; a loop marks each end', async () => {
  const reader = openChunkReader(Buffer.from('xyz'), contextFor({ isLooping: true, start: 1 }))
  expect(await reader.next(0)).toMatchObject({ position: 1, bytes: Buffer.from('yz') })
  expect(await reader.next(0)).toMatchObject({ position: 3, endsLap: true })
  expect(await reader.next(0)).toMatchObject({ position: 3, bytes: Buffer.from('xyz') })
  await reader.seek(0)
  expect(await reader.next(0)).toMatchObject({ position: 0, bytes: Buffer.from('xyz') })
  const once = openChunkReader(Buffer.from('xyz'), contextFor())
  await once.next(0)
  expect(await once.next(0)).toBeNull()
})
