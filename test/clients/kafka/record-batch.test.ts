import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compressions } from '../../../src/clients/kafka/compression.ts'
import { decodeRecordSet } from '../../../src/clients/kafka/record-batch.ts'
import { type BytesColumn, bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../../../src/core/frames.ts'
import { encodeHeaders } from '../../../src/core/headers.ts'
import { seeded } from '../../random.ts'
import { encodeRecordBatch } from '../../support/record-batch-encoder.ts'

const settings = {
  compression: 'none',
  producerId: -1n,
  producerEpoch: -1,
  baseSequence: -1,
  isTransactional: false,
  nowMs: 1_700_000_000_123.75,
} as const
const all = { from: 0, abortedTransactions: [], place: 'orders/3' }
const list = (column: BytesColumn | null, length: number) =>
  Array.from({ length }, (_, i) => {
    const bytes = column && bytesAt(column, i)
    return bytes ? Buffer.from(bytes).toString('latin1') : null
  })

/** Random frames: nulls, empty and long values, headers, times that go back. */
function generated(random: () => number): FrameBatch {
  const length = 1 + Math.floor(random() * 40)
  const bytes = () => Buffer.alloc(random() < 0.1 ? 300 : random() * 20, Math.floor(random() * 256))
  const column = (share: number) => columnOf(Array.from({ length }, () => (random() < share ? bytes() : null)))
  const frames = framesOf(column(0.9))
  const headers = () => encodeHeaders([['é', bytes()], ['', ''], ...(random() < 0.5 ? [['x', 'y'] as const] : [])])
  return {
    ...frames,
    keys: random() < 0.3 ? null : column(0.5),
    headers: random() < 0.3 ? null : columnOf(Array.from({ length }, () => (random() < 0.5 ? headers() : null))),
    timestampsMs: random() < 0.3 ? null : Float64Array.from(frames.positions, () => Math.floor(random() * 2 ** 42)),
  }
}

test.each(compressions)('batches come back as they were, compressed with %s (60 generated, seed 5)', (compression) => {
  const random = seeded(5)
  for (let round = 0; round < 60; round++) {
    const frames = generated(random)
    const from = Math.floor(random() * frames.length)
    const bytes = encodeRecordBatch(frames, from, frames.length, { ...settings, compression })
    const [read] = decodeRecordSet(bytes, all)
    const length = frames.length - from
    expect(read?.length).toBe(length)
    expect(list(read?.values ?? null, length)).toEqual(list(frames.values, frames.length).slice(from))
    expect(list(read?.keys ?? null, length)).toEqual(list(frames.keys, frames.length).slice(from))
    expect(list(read?.headers ?? null, length)).toEqual(list(frames.headers, frames.length).slice(from))
    const times = frames.timestampsMs ?? new Float64Array(frames.length).fill(1_700_000_000_123)
    expect([...(read?.timestampsMs ?? [])]).toEqual([...times.subarray(from)])
    expect([...(read?.positions ?? [])]).toEqual(Array.from({ length }, (_, i) => i))
  }
})

test("a batch of the Java client is written as Java's, byte for byte", () => {
  const java = readFileSync(join(import.meta.dirname, '../../golden/kafka/record-batches/none.bin'))
  const [frames] = decodeRecordSet(java, all)
  const ours = encodeRecordBatch(frames as FrameBatch, 0, 505, settings)
  // Offset and leader epoch are the broker's, before the checksummed part.
  ours.writeBigInt64BE(40n)
  java.writeInt32BE(-1, 12)
  expect(ours.equals(java)).toBe(true)
})

test('the producer stands in the header, where the broker looks for it', () => {
  const producer = { producerId: 2n ** 40n, producerEpoch: 3, baseSequence: 77, isTransactional: true }
  const bytes = encodeRecordBatch(framesOf(columnOf([Buffer.from('a')])), 0, 1, { ...settings, ...producer })
  expect(bytes.readInt16BE(21)).toBe(0x10)
  expect([bytes.readBigInt64BE(43), bytes.readInt16BE(51), bytes.readInt32BE(53)]).toEqual([2n ** 40n, 3, 77])
})

test('a record without a time among those with one gets the time of now', () => {
  const frames = {
    ...framesOf(columnOf([Buffer.from('a'), Buffer.from('b')])),
    timestampsMs: Float64Array.of(5, Number.NaN),
  }
  const [read] = decodeRecordSet(encodeRecordBatch(frames, 0, 2, settings), all)
  expect([...(read?.timestampsMs ?? [])]).toEqual([5, 1_700_000_000_123])
})
