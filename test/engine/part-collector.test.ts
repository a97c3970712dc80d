import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { columnOf } from '../../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { chunkHeaders } from '../../src/engine/chunk-assembler.ts'
import { type EarlierStretch, PartCollector } from '../../src/engine/part-collector.ts'
import type { StreamReader } from '../../src/streams/stream-reader.ts'
import { frames } from './fakes.ts'

const texts = ['one ', 'two ', 'three']
const digest = createHash('sha256').update(texts.join('')).digest('hex')
const chunk = (index: number) => ({ digest, index, count: texts.length })
const bytes = (index: number) => Buffer.from(texts[index] as string)
const signal = new AbortController().signal

/** A record with a part at this position. */
function recordOf(index: number, position: number, of = digest): FrameBatch {
  const headers = encodeHeaders([
    [chunkHeaders.digest, of],
    [chunkHeaders.index, String(index)],
    [chunkHeaders.count, String(texts.length)],
  ])
  const positions = Float64Array.of(position)
  return { ...framesOf(columnOf([bytes(index)])), headers: columnOf([headers]), positions, end: position + 1 }
}

/** A collector, and what it puts into the store; `earlier` are the batches before position `end`. */
function collectorOf(earlier: readonly (FrameBatch | null)[] | null, end = 100) {
  const kept: string[] = []
  const readers: string[] = []
  const open = async () => {
    readers.push('open')
    const batches = [...(earlier ?? [])]
    return {
      position: 0,
      next: async () => (batches.length > 0 ? (batches.shift() as FrameBatch | null) : frames([])),
      close: async () => void readers.push('closed'),
    } as unknown as StreamReader
  }
  const stretch: EarlierStretch | null = earlier === null ? null : { open, end }
  const keep = async (parts: readonly Uint8Array[], of: string) => {
    kept.push(Buffer.concat(parts).toString())
    return of
  }
  return { collector: new PartCollector({ keep, maxArtifactBytes: 100, earlier: stretch }), kept, readers }
}

test('the last part puts the artifact into the store', async () => {
  const { collector, kept } = collectorOf(null)
  expect(await collector.take(chunk(2), bytes(2))).toBe(false)
  expect(await collector.take(chunk(0), bytes(0))).toBe(false)
  expect(collector.progress(digest)).toBe('2 of 3 parts')
  expect(kept).toEqual([])
  expect(await collector.take(chunk(1), bytes(1))).toBe(true)
  expect(kept).toEqual(['one two three'])
})

test('parts before the position from which the stream is read are looked for when they are wanted', async () => {
  const other = recordOf(1, 1, 'b'.repeat(64))
  const { collector, kept, readers } = collectorOf([frames(['{}']), other, recordOf(0, 2), recordOf(1, 3)])
  await collector.take(chunk(2), bytes(2))
  expect(readers).toEqual([])
  expect(await collector.complete(digest, signal)).toBe(true)
  expect(kept).toEqual(['one two three'])
  expect(readers).toEqual(['open', 'closed'])
})

test('what stands behind that position, or is not there, is not waited for', async () => {
  const late = collectorOf([recordOf(0, 2), recordOf(1, 5)], 5)
  await late.collector.take(chunk(2), bytes(2))
  expect(await late.collector.complete(digest, signal)).toBe(false)
  expect(late.collector.progress(digest)).toBe('2 of 3 parts')
  const ended = collectorOf([null])
  expect(await ended.collector.complete(digest, signal)).toBe(false)
  const silent = collectorOf([frames([])])
  expect(await silent.collector.complete(digest, signal)).toBe(false)
  const stopped = collectorOf([recordOf(0, 0)])
  expect(await stopped.collector.complete(digest, AbortSignal.abort())).toBe(false)
  for (const { readers } of [late, ended, silent, stopped]) expect(readers).toEqual(['open', 'closed'])
  expect(await collectorOf(null).collector.complete(digest, signal)).toBe(false)
})

test('a stream that cannot be read is an error, and its reader is closed', async () => {
  const readers: string[] = []
  const broken = new Error('away')
  const reader = { position: 0, next: () => Promise.reject(broken), close: async () => void readers.push('closed') }
  const earlier = { open: async () => reader as unknown as StreamReader, end: 9 }
  const other = new PartCollector({ keep: async () => digest, maxArtifactBytes: 100, earlier })
  await expect(other.complete(digest, signal)).rejects.toBe(broken)
  expect(readers).toEqual(['closed'])
})
