import { describe, expect, it } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import type { FrameBatch } from '../../../src/core/frames.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { type PlainRecord, plain, Random, randomBatch, texts, valuesOf } from './generated.ts'
import { newPath, openLog } from './open-log.ts'

/** What the log must do, in a few lines: every record of a partition in a list, gone ones included. */
class Model {
  readonly partitions = new Map<string, PlainRecord[]>()
  readonly positions = new Map<string, number>()
  readonly state = new Map<string, string>()

  of(place: string): PlainRecord[] {
    const records = this.partitions.get(place) ?? []
    this.partitions.set(place, records)
    return records
  }

  append(place: string, batch: FrameBatch, nowMs: number): void {
    const records = this.of(place)
    for (const record of plain(batch)) {
      records.push({ ...record, position: records.length, timeMs: record.timeMs ?? nowMs })
    }
  }
}

const TOPICS = ['a', 'b'] as const
const PARTITIONS = 2

describe('the embedded log', () => {
  it('does what the model does, for generated sequences of appends, transactions, reads and reopenings', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed)
      const clock = new ManualClock()
      const path = newPath()
      const model = new Model()
      let log = openLog(path, { clock })
      for (const topic of TOPICS) log.createTopic(topic, { partitions: PARTITIONS })
      const somewhere = () => [random.pick(TOPICS), random.below(PARTITIONS)] as const
      for (let step = 0; step < 60; step++) {
        await clock.advance(1)
        const [topic, partition] = somewhere()
        const place = `${topic}/${partition}`
        switch (random.below(6)) {
          case 0: {
            const batch = randomBatch(random, 1 + random.below(30))
            expect(log.append(topic, partition, batch)).toBe(model.of(place).length)
            model.append(place, batch, clock.now())
            break
          }
          case 1:
            await transact(log, model, random, clock)
            break
          case 2:
          case 3: {
            const records = model.of(place)
            const from = random.below(records.length + 2)
            const maxRecords = 1 + random.below(40)
            const batch = log.read(topic, partition, from, maxRecords)
            const read = plain(batch)
            expect(read).toEqual(records.slice(from, from + read.length))
            expect(read.length > 0 || from >= records.length).toBe(true)
            expect(read.length).toBeLessThanOrEqual(maxRecords)
            break
          }
          case 4:
            log.close()
            log = openLog(path, { clock })
            break
          default:
            checkAll(log, model)
        }
      }
      checkAll(log, model)
    }
  })

  it('gives a cursor every record once and in order, whatever the limits', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed)
      const log = openLog(newPath(), { clock: new ManualClock() })
      log.createTopic('a')
      const model = new Model()
      for (let i = 0; i < 40; i++) {
        const batch = randomBatch(random, 1 + random.below(random.pick([1, 5, 60])))
        log.append('a', 0, batch)
        model.append('a/0', batch, new ManualClock().now())
      }
      const cursor = log.cursor('a', 0, 0)
      const read: PlainRecord[] = []
      while (cursor.hasMore()) {
        const maxBytes = random.pick([1, 100, 10_000, 1e9])
        const maxRecords = 1 + random.below(random.pick([1, 50, 500]))
        const batch = cursor.read(maxRecords, maxBytes)
        expect(batch.length).toBeGreaterThan(0)
        expect(batch.length).toBeLessThanOrEqual(maxRecords)
        const bytes = plain(batch).reduce((sum, record) => sum + (record.value?.length ?? 0), 0)
        expect(batch.length === 1 || bytes <= maxBytes).toBe(true)
        read.push(...plain(batch))
        expect(cursor.position).toBe(batch.end)
      }
      expect(read).toEqual(model.of('a/0'))
    }
  })

  it('holds a record of 100 MB between small ones', () => {
    const log = openLog()
    log.createTopic('models')
    const model = { ...texts(['x']), values: columnOfSize(100 * 1024 * 1024) }
    log.append('models', 0, texts(['before']))
    log.append('models', 0, model)
    log.append('models', 0, texts(['after']))
    const cursor = log.cursor('models', 0, 0)
    expect(valuesOf(cursor.read(10))).toEqual(['before'])
    const { values, length } = cursor.read(10)
    expect(length).toBe(1)
    const bytes = values.bytes.subarray(values.starts[0], values.ends[0])
    expect(Buffer.compare(bytes, model.values.bytes)).toBe(0)
    expect(valuesOf(cursor.read(10))).toEqual(['after'])
  })

  it('cuts a large batch into rows that can be read in parts', () => {
    const log = openLog()
    log.createTopic('a')
    const batch = texts(Array.from({ length: 5000 }, (_, i) => `${i}:${'x'.repeat(1000)}`))
    log.append('a', 0, batch)
    const middle = log.read('a', 0, 2500, 10)
    expect(valuesOf(middle)[0]).toMatch(/^2500:/)
    expect(middle.values.bytes.length).toBeLessThan(2 * 1024 * 1024)
    expect(log.endPosition('a', 0)).toBe(5000)
  })

  it('names topics and partitions that are not there', () => {
    const log = openLog()
    log.createTopic('orders', { partitions: 2 })
    expect(() => log.endPosition('order', 0)).toThrow(/has no topic "order"; did you mean "orders"\?/)
    expect(() => log.append('orders', 2, texts(['x']))).toThrow(/"orders" has 2 partitions.*no partition 2/)
    expect(() => log.read('orders', -1, 0, 1)).toThrow(/no partition -1/)
  })

  it('reports how far a group is behind', async () => {
    const log = openLog()
    log.createTopic('a', { partitions: 2 })
    log.append('a', 1, texts(['x', 'y', 'z']))
    const transaction = log.begin()
    transaction.commitPosition('g', 'a', 0, 0)
    transaction.commitPosition('g', 'a', 1, 1)
    await transaction.commit()
    expect(log.lag('g')).toEqual([
      { group: 'g', topic: 'a', partition: 0, position: 0, end: 0, lag: 0 },
      { group: 'g', topic: 'a', partition: 1, position: 1, end: 3, lag: 2 },
    ])
    expect(log.lag('other')).toEqual([])
  })

  it('refuses everything after it was closed, and closes twice', () => {
    const log = openLog()
    log.close()
    log.close()
    expect(() => log.topics()).toThrow(/log .* is closed/)
    expect(() => log.begin()).toThrow(/is closed/)
  })

  it('shares a file between equal opens, each with its own close', () => {
    const path = newPath()
    const first = openLog(path)
    const second = openLog(path)
    first.createTopic('a')
    first.close()
    expect(second.topic('a')?.partitions).toBe(1)
    expect(EmbeddedLog.domainOf(path)).toBe(second.domain)
  })

  it('counts for people', () => {
    const log = openLog()
    log.createTopic('a')
    log.append('a', 0, texts(['x']))
    expect(log.stats()).toMatchObject({ topics: 1, commits: 2, busyRetries: 0, maintenanceError: null })
    expect(log.stats().fileBytes).toBeGreaterThan(0)
  })
})

/** One transaction over several partitions, positions and state; sometimes aborted. */
async function transact(log: EmbeddedLog, model: Model, random: Random, clock: ManualClock): Promise<void> {
  const transaction = log.begin()
  const effects: (() => void)[] = []
  for (let i = 0; i < 1 + random.below(4); i++) {
    const topic = random.pick(TOPICS)
    const partition = random.below(PARTITIONS)
    const place = `${topic}/${partition}`
    switch (random.below(3)) {
      case 0: {
        const batch = randomBatch(random, 1 + random.below(10))
        const before = structuredClone(batch)
        transaction.append(topic, partition, batch)
        batch.values.bytes.fill(0x2a) // the transaction has its copy
        effects.push(() => model.append(place, before, clock.now()))
        break
      }
      case 1: {
        const position = random.below(50)
        transaction.commitPosition('g', topic, partition, position)
        effects.push(() => model.positions.set(place, position))
        break
      }
      default: {
        const value = random.below(4) === 0 ? null : random.bytes(20)
        const key = `k${random.below(3)}`
        transaction.putState('n', key, value)
        effects.push(() => (value ? model.state.set(key, value.toString('latin1')) : model.state.delete(key)))
      }
    }
  }
  if (random.below(4) === 0) transaction.abort()
  else {
    if (random.below(2)) await transaction.commit()
    else transaction.commitNow()
    for (const effect of effects) effect()
  }
}

function checkAll(log: EmbeddedLog, model: Model): void {
  for (const topic of TOPICS) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const place = `${topic}/${partition}`
      const records = model.of(place)
      expect(log.endPosition(topic, partition)).toBe(records.length)
      expect(log.committed('g', topic, partition)).toBe(model.positions.get(place) ?? null)
      const cursor = log.cursor(topic, partition, 0)
      const read: PlainRecord[] = []
      while (cursor.hasMore()) read.push(...plain(cursor.read(1000)))
      expect(read).toEqual(records)
    }
  }
  expect(log.stateKeys('n')).toEqual([...model.state.keys()].sort())
  for (const [key, value] of model.state) {
    expect(Buffer.from(log.getState('n', key) as Uint8Array).toString('latin1')).toBe(value)
  }
}

function columnOfSize(size: number) {
  const bytes = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i += 4096) bytes.fill(i >> 12, i, i + 4096)
  return { bytes, starts: Int32Array.of(0), ends: Int32Array.of(size), length: 1 }
}
