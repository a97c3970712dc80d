import { describe, expect, it } from 'vitest'
import { compressions } from '../../../src/clients/kafka/compression.ts'
import { decodeRecordSet } from '../../../src/clients/kafka/record-batch.ts'
import { RecordBatchBuilder, stampProducer } from '../../../src/clients/kafka/record-batch-builder.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { type FrameBatch, framesOf, sliceFrames } from '../../../src/core/frames.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'
import { seeded } from '../../random.ts'
import { encodeRecordBatch } from '../../support/record-batch-encoder.ts'

const producer = { producerId: 7n, producerEpoch: 3, baseSequence: 11, isTransactional: true }
const NOW_MS = 1_700_000_000_123

function generated(random: () => number, length: number): FrameBatch {
  const bytes = () => Buffer.alloc(random() < 0.1 ? 300 : random() * 20, Math.floor(random() * 256))
  const column = (share: number) => columnOf(Array.from({ length }, () => (random() < share ? bytes() : null)))
  return {
    ...framesOf(column(0.9)),
    keys: random() < 0.3 ? null : column(0.5),
    headers:
      random() < 0.3
        ? null
        : columnOf(Array.from({ length }, () => (random() < 0.5 ? encodeHeaders([['é', bytes()]]) : null))),
    timestampsMs:
      random() < 0.3 ? null : Float64Array.from({ length }, () => (random() < 0.2 ? Number.NaN : random() * 2 ** 42)),
  }
}

describe('record batch builder', () => {
  it.each(compressions)(
    'gives the bytes of the whole, appended in pieces, with %s (40 generated, seed 3)',
    (compression) => {
      const random = seeded(3)
      for (let round = 0; round < 40; round++) {
        const frames = generated(random, 1 + Math.floor(random() * 40))
        const builder = new RecordBatchBuilder(64)
        for (let from = 0; from < frames.length; ) {
          const to = Math.min(frames.length, from + 1 + Math.floor(random() * 10))
          const piece = sliceFrames(frames, from, to)
          expect(builder.append(piece, 0, piece.length, 2 ** 30, NOW_MS)).toBe(piece.length)
          from = to
        }
        const { count } = builder
        const batch = builder.finish(compression)
        stampProducer(batch, producer)
        expect(count).toBe(frames.length)
        expect(batch).toEqual(encodeRecordBatch(frames, 0, count, { ...producer, compression, nowMs: NOW_MS }))
      }
    },
  )

  it('stops before the record that goes beyond the bound, but takes one alone', () => {
    const frames = framesOf(columnOf([Buffer.alloc(500), Buffer.alloc(100), Buffer.alloc(100)]))
    const builder = new RecordBatchBuilder(64)
    expect(builder.append(frames, 0, 3, 300, NOW_MS)).toBe(1)
    expect(builder.append(frames, 1, 3, 300, NOW_MS)).toBe(1)
    expect(builder.append(frames, 1, 3, 800, NOW_MS)).toBe(3)
    expect(builder.size).toBeLessThanOrEqual(800)
    const exact = new RecordBatchBuilder(64)
    expect([exact.append(frames, 0, 3, builder.size, NOW_MS), exact.size]).toEqual([3, builder.size])
    expect(new RecordBatchBuilder(64).append(frames, 0, 3, builder.size - 1, NOW_MS)).toBe(2)
  })

  it('takes what is no time for a record without one', () => {
    const timesMs = [5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -(2 ** 51), 2 ** 51]
    const frames = { ...framesOf(columnOf(timesMs.map(() => null))), timestampsMs: Float64Array.from(timesMs) }
    const builder = new RecordBatchBuilder(64)
    builder.append(frames, 0, frames.length, 10_000, NOW_MS)
    const batch = builder.finish('none')
    stampProducer(batch, producer)
    const [read] = decodeRecordSet(batch, { from: 0, abortedTransactions: [], place: 't/0' })
    expect([...(read?.timestampsMs ?? [])]).toEqual([5, NOW_MS, NOW_MS, NOW_MS, -(2 ** 51), 2 ** 51])
  })

  it('can be stamped again', () => {
    const builder = new RecordBatchBuilder(64)
    builder.append(framesOf(columnOf([Buffer.from('a')])), 0, 1, 300, NOW_MS)
    const batch = builder.finish('none')
    stampProducer(batch, producer)
    stampProducer(batch, { ...producer, baseSequence: 0, isTransactional: false })
    const [read] = decodeRecordSet(batch, { from: 0, abortedTransactions: [], place: 't/0' })
    expect(read?.length).toBe(1)
    expect([batch.readInt32BE(53), batch.readInt16BE(21)]).toEqual([0, 0])
  })
})
