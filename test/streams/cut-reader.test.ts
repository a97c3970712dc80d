import { expect, test } from 'vitest'
import { bytesAt } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { Cutter, Envelope } from '../../src/envelopes/envelope.ts'
import { CutReader } from '../../src/streams/cut-reader.ts'
import type { Chunk, ChunkReader } from '../../src/transports/transport.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { standInRegistry } from '../support/stand-ins.ts'

const delimited = standInRegistry().get<Envelope>('envelope', 'delimited', 'here')
const openCutter = (position: number) => delimited.openCutter({ separator: '\n' }, position)

/** A byte transport that gives these chunks; an empty text is a moment without bytes. */
function chunksOf(...texts: string[]): ChunkReader {
  let position = 0
  const rest = [...texts]
  return {
    delivers: 'chunks',
    domain: null,
    position: 0,
    next: async (): Promise<Chunk | null> => {
      const text = rest.shift()
      if (text === undefined) return null
      const chunk = { bytes: Buffer.from(text), position }
      position += chunk.bytes.length
      return chunk
    },
    seek: async () => {},
    commit: async () => {},
    interrupt: () => {},
    close: async () => {},
  }
}

async function readAll(reader: CutReader, maxRecords: number): Promise<string[]> {
  const seen: string[] = []
  for (let batch = await reader.next(maxRecords, 0); batch; batch = await reader.next(maxRecords, 0)) {
    expect(batch.length).toBeLessThanOrEqual(maxRecords)
    expect(reader.position).toBe(batch.end)
    for (let i = 0; i < batch.length; i++) seen.push(`${batch.positions[i]}:${bytesAt(batch.values, i)}`)
  }
  return seen
}

test('frames and positions do not depend on how the bytes are cut into chunks', async () => {
  const text = 'one\n\nthree\nfour'
  const whole = await readAll(new CutReader(chunksOf(text), openCutter, new ManualClock()), 10)
  expect(whole).toEqual(['0:one', '4:', '5:three', '11:four'])
  for (let size = 1; size < 8; size++) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
    for (const max of [1, 2, 10]) {
      expect(await readAll(new CutReader(chunksOf(...pieces), openCutter, new ManualClock()), max)).toEqual(whole)
    }
  }
})

test('a moment without bytes is an empty batch at the next frame, and half a frame is kept', async () => {
  const reader = new CutReader(chunksOf('a\nb', '', 'c\n'), openCutter, new ManualClock())
  expect((await reader.next(9, 10))?.end).toBe(2)
  expect(await reader.next(9, 10)).toMatchObject({ length: 0, end: 2 })
  const batch = await reader.next(9, 10)
  expect(batch && `${bytesAt(batch.values, 0)}`).toBe('bc')
})

test('a frame that is longer than its chunks comes at once when all of it is there', async () => {
  const reader = new CutReader(chunksOf('a long ', 'frame in', ' pieces\nb'), openCutter, new ManualClock())
  expect((await reader.next(9, 0))?.length).toBe(1)
})

test('a stream that ends inside a frame delivers what is whole, then the error, then the end', async () => {
  const strict = (position: number): Cutter => {
    const cutter = openCutter(position)
    return {
      push: (chunk) => cutter.push(chunk),
      finish: () => {
        throw new MillraceError('ENVELOPE_STREAM_CUT', { end: 3, position: 2 })
      },
    }
  }
  const reader = new CutReader(chunksOf('a\nb'), strict, new ManualClock())
  expect((await reader.next(9, 0))?.length).toBe(1)
  await expect(reader.next(9, 0)).rejects.toMatchObject({ code: 'ENVELOPE_STREAM_CUT' })
  expect(await reader.next(9, 0)).toBeNull()
})
