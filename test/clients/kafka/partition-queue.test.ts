import { describe, expect, it } from 'vitest'
import { PartitionQueue, type QueuedBatch } from '../../../src/clients/kafka/partition-queue.ts'
import { decodeRecordSet } from '../../../src/clients/kafka/record-batch.ts'
import { freshMemory } from '../../../src/clients/kafka/record-batch-builder.ts'
import { bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { seeded } from '../../random.ts'

const producer = { id: 7n, epoch: 0 }
const settings = { compression: 'none', maxBatchBytes: 200, isTransactional: false, memory: freshMemory } as const

function frames(from: number, count: number, bytes = 8) {
  return framesOf(columnOf(Array.from({ length: count }, (_, i) => Buffer.from(String(from + i).padStart(bytes, '0')))))
}

/** A queue of whose producer the broker has a batch. */
function knownQueue(): PartitionQueue {
  const queue = new PartitionQueue('t', 0, settings)
  queue.append(frames(0, 1), 0)
  queue.acknowledge(queue.take({ ...producer, epoch: -2 }))
  return queue
}

function textsOf({ bytes }: QueuedBatch): number[] {
  const parts = decodeRecordSet(bytes, { from: 0, abortedTransactions: null, place: 't/0' })
  return parts.flatMap(({ values, length }) =>
    Array.from({ length }, (_, i) => Number(Buffer.from(bytesAt(values, i) ?? []).toString())),
  )
}

describe('partition queue', () => {
  it('gathers while something is under way, and sends what is there when nothing is', () => {
    const queue = knownQueue()
    queue.append(frames(0, 1), 0)
    expect(queue.isReady(false)).toBe(true)
    const first = queue.take(producer)
    queue.append(frames(1, 1), 0)
    queue.append(frames(2, 1), 0)
    expect([queue.isReady(false), queue.isReady(true)]).toEqual([false, true])
    queue.acknowledge(first)
    expect(queue.isReady(false)).toBe(true)
    const second = queue.take(producer)
    expect(textsOf(second)).toEqual([1, 2])
    expect([first.sequence, second.sequence]).toEqual([0, 1])
  })

  it('sends one batch alone until the broker knows the producer', () => {
    const queue = new PartitionQueue('t', 0, settings)
    queue.append(frames(0, 100), 0)
    const first = queue.take(producer)
    expect(queue.isReady(true)).toBe(false)
    queue.acknowledge(first)
    queue.take(producer)
    expect(queue.isReady(false)).toBe(true)
    const second = queue.take({ ...producer, id: 8n })
    expect([second.sequence > 0, second.bytes.readBigInt64BE(43)]).toEqual([true, 7n])
  })

  it('sends full batches behind each other, at most five', () => {
    const queue = knownQueue()
    queue.append(frames(0, 100), 0)
    const taken: QueuedBatch[] = []
    while (queue.isReady(false)) taken.push(queue.take(producer))
    expect(taken.length).toBe(5)
    const counts = taken.map(({ count }) => count)
    expect(taken.map(({ sequence }) => sequence)).toEqual(
      counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0)),
    )
    for (const { size } of taken) expect(size).toBeLessThanOrEqual(200)
  })

  it('sends again one by one, in order, before anything new', () => {
    const queue = knownQueue()
    queue.append(frames(0, 100), 0)
    const taken = [queue.take(producer), queue.take(producer), queue.take(producer)]
    queue.sendAgain(taken[2] as QueuedBatch)
    expect(queue.isReady(true)).toBe(false)
    queue.sendAgain(taken[0] as QueuedBatch)
    expect(queue.isFirst(taken[1] as QueuedBatch)).toBe(false)
    queue.acknowledge(taken[1] as QueuedBatch)
    expect(queue.take(producer)).toBe(taken[0])
    expect(queue.isReady(true)).toBe(false)
    queue.acknowledge(taken[0] as QueuedBatch)
    expect(queue.take(producer)).toBe(taken[2])
  })

  it('splits a batch that is too large within its sequence numbers', () => {
    const queue = new PartitionQueue('t', 0, settings)
    queue.append(frames(0, 9), 0)
    const whole = queue.take(producer)
    const next = whole.count
    expect(queue.split(whole)).toBe(true)
    const first = queue.take(producer)
    expect(queue.split(first)).toBe(true)
    const pieces: QueuedBatch[] = []
    while (queue.isReady(true)) {
      const piece = queue.take(producer)
      pieces.push(piece)
      queue.acknowledge(piece)
    }
    expect(pieces.flatMap(textsOf)).toEqual(Array.from({ length: 9 }, (_, i) => i))
    let sequence = 0
    for (const piece of pieces) {
      expect(piece.sequence).toBe(sequence)
      sequence += piece.count
    }
    expect(sequence).toBeGreaterThanOrEqual(next)
  })

  it('does not split a single record', () => {
    const queue = new PartitionQueue('t', 0, settings)
    queue.append(frames(0, 1), 0)
    expect(queue.split(queue.take(producer))).toBe(false)
  })

  it('refuses a record that the topic does not take, before it writes any', () => {
    const queue = new PartitionQueue('t', 0, settings)
    queue.limit(400)
    const large = framesOf(columnOf([Buffer.from('fine'), Buffer.alloc(500)]))
    expect(() => queue.append(large, 0)).toThrow(
      'record 1 of a batch for t/0 has 570 bytes, more than the 400 of max.message.bytes of topic "t"',
    )
    expect(queue.hasWaiting).toBe(false)
    const packed = new PartitionQueue('t', 0, { ...settings, compression: 'gzip' })
    packed.limit(400)
    packed.append(large, 0)
    expect(packed.hasWaiting).toBe(true)
  })

  it('numbers again from 0 in a new epoch what the broker has lost track of', () => {
    const queue = knownQueue()
    queue.append(frames(0, 100), 0)
    const taken = [queue.take(producer), queue.take(producer)] as const
    queue.acknowledge(taken[0])
    queue.sendAgain(taken[1])
    queue.restart()
    const again = queue.take({ id: 7n, epoch: 1 })
    expect([again === taken[1], again.sequence, again.bytes.readInt16BE(51)]).toEqual([true, 0, 1])
    // A broker that knows nothing of the producer would take the next batch for the first one.
    expect(queue.isReady(true)).toBe(false)
    const next = queue.take({ id: 7n, epoch: 2 })
    expect([next.sequence, next.bytes.readInt16BE(51)]).toEqual([again.count, 1])
  })

  it('keeps number and epoch of what may have arrived, and takes a new epoch over behind it', () => {
    const queue = knownQueue()
    queue.append(frames(0, 100), 0)
    const taken = [queue.take(producer), queue.take(producer)] as const
    queue.acknowledge(taken[0])
    queue.sendAgain(taken[1])
    const next = { id: 7n, epoch: 1 }
    const again = queue.take(next)
    expect([again, again.sequence, again.bytes.readInt16BE(51)]).toEqual([taken[1], taken[0].count, 0])
    const behind = queue.take(next)
    expect([behind.sequence, behind.bytes.readInt16BE(51)]).toEqual([again.sequence + again.count, 0])
    queue.acknowledge(again)
    queue.acknowledge(behind)
    const first = queue.take(next)
    expect([first.sequence, first.bytes.readInt16BE(51), queue.isReady(false)]).toEqual([0, 1, true])
    queue.acknowledge(first)
    queue.take({ id: 8n, epoch: 0 })
    // Of a new id the broker knows nothing.
    expect(queue.isReady(false)).toBe(false)
  })

  it('gives back the bytes of what it drops, and leaves what is under way', () => {
    const queue = new PartitionQueue('t', 0, settings)
    const added = queue.append(frames(0, 20), 0)
    const sent = queue.take(producer)
    expect(queue.drop(true)).toBe(added - sent.size)
    expect(queue.hasWaiting).toBe(false)
    queue.sendAgain(sent)
    queue.append(frames(0, 1), 0)
    expect(queue.drop(false)).toBe(sent.size)
    expect(queue.hasWaiting).toBe(true)
  })

  it('delivers every record once and in order whatever fails (200 rounds, seed 9)', () => {
    const random = seeded(9)
    const queue = new PartitionQueue('t', 0, settings)
    const received: number[] = []
    let under: QueuedBatch[] = []
    let next = 0
    let expected = 0
    for (let round = 0; round < 200 || queue.hasWaiting || under.length > 0; round++) {
      if (round < 200 && random() < 0.7) {
        const count = 1 + Math.floor(random() * 8)
        queue.append(frames(next, count), 0)
        next += count
      }
      while (queue.isReady(random() < 0.3)) under.push(queue.take(producer))
      // A broker takes what follows on; after the first that it refuses, the others of the same burst do not.
      let isBroken = false
      const answered = under.slice(0, 1 + Math.floor(random() * under.length))
      under = under.slice(answered.length)
      for (const batch of answered) {
        isBroken ||= random() < 0.2 && round < 400
        if (isBroken || batch.sequence !== expected) queue.sendAgain(batch)
        else {
          received.push(...textsOf(batch))
          expected += batch.count
          queue.acknowledge(batch)
        }
      }
    }
    expect(received).toEqual(Array.from({ length: next }, (_, i) => i))
  })
})
