import { describe, expect, onTestFinished, test } from 'vitest'
import { listOffsets } from '../../../src/clients/kafka/admin.ts'
import { KafkaCluster, kafkaSettings } from '../../../src/clients/kafka/cluster.ts'
import { noMembership } from '../../../src/clients/kafka/membership.ts'
import { isKafkaSink } from '../../../src/clients/kafka/sink.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import type { Transaction } from '../../../src/core/transaction.ts'
import { changelogFrames } from '../../../src/state/kafka/changelog.ts'
import { type KafkaStateValues, openKafkaCheckpoints } from '../../../src/state/kafka/open.ts'
import { type KafkaCheckpoints, transactionalIdOf } from '../../../src/state/kafka/store.ts'
import { kafkaService } from '../../support/kafka.ts'
import { uniqueName } from '../../support/kafka-topics.ts'

const kafka = await kafkaService()
const suite = describe.skipIf(kafka.reason !== null)

const values: KafkaStateValues = {
  topic: 'to be named',
  createTopic: true,
  partitions: 2,
  guarantee: 'exactly-once',
  commitIntervalMs: 100,
  transactionTimeoutMs: 30_000,
  compression: 'none',
}

/** Instances that share one changelog, and names of tasks that no other test has. */
function world(changes: Partial<KafkaStateValues> = {}) {
  const topic = uniqueName('changelog')
  const open = (): KafkaCheckpoints => {
    const store = openKafkaCheckpoints(kafkaSettings(kafka.bootstrapServers), { ...values, topic, ...changes })
    onTestFinished(() => store.close())
    return store
  }
  return { topic, open, task: (name: string) => `${topic}/${name}` }
}

async function commit(store: KafkaCheckpoints, task: string, save: (transaction: Transaction) => void): Promise<void> {
  const transaction = store.begin(task)
  save(transaction)
  await transaction.commit()
}

const here = { partition: 0 }
const none = { positions: {}, state: null, statistics: null }

suite.each(['exactly-once', 'at-least-once'] as const)('checkpoints in a topic, %s', (guarantee) => {
  test('come back to another instance as last committed, positions, statistics and state apart', async () => {
    const { open, task } = world({ guarantee })
    const [a, b] = [task('a'), task('b')]
    const before = open()
    await before.acquire(a, here)
    await before.acquire(b, { partition: 5 })
    expect(await before.load(a)).toBeNull()
    await commit(before, a, (t) => before.savePositions(a, { data: 3 }, t))
    await commit(before, a, (t) => before.saveState(a, { keys: ['ü'] }, t))
    await commit(before, a, (t) => {
      before.savePositions(a, { data: 4 }, t)
      before.savePositions(a, { data: 5, models: 2 ** 50 }, t)
      before.saveStatistics(a, { usage: 7 }, t)
    })
    await commit(before, b, (t) => before.saveState(b, [1, null], t))
    const after = open()
    await after.acquire(a, here)
    await after.acquire(b, { partition: 5 })
    const expected = { positions: { data: 5, models: 2 ** 50 }, state: { keys: ['ü'] }, statistics: { usage: 7 } }
    expect(await after.load(a)).toEqual(expected)
    expect(await after.load(b)).toEqual({ ...none, state: [1, null] })
    expect(await open().tasks()).toEqual([a, b])
    await commit(after, a, (t) => after.remove(a, t))
    expect(await after.load(a)).toBeNull()
  })

  test('stay as they were when the transaction is dropped', async () => {
    const { open, task } = world({ guarantee })
    const [store, a] = [open(), task('a')]
    await store.acquire(a, here)
    const transaction = store.begin(a)
    store.savePositions(a, { data: 1 }, transaction)
    transaction.abort()
    expect(await store.load(a)).toBeNull()
    await commit(store, a, (t) => store.savePositions(a, { data: 2 }, t))
    expect((await store.load(a))?.positions).toEqual({ data: 2 })
  })

  test('of many parts come back whole', async () => {
    const { open, task } = world({ guarantee })
    const [store, a] = [open(), task('a')]
    await store.acquire(a, here)
    const state = { text: 'wörter '.repeat(300_000) }
    await commit(store, a, (t) => store.saveState(a, state, t))
    const after = open()
    await after.acquire(a, here)
    expect((await after.load(a))?.state).toEqual(state)
  })

  test('are at hand for whoever follows, as anyone commits them', async () => {
    const { open, task } = world({ guarantee })
    const [store, a, b] = [open(), task('a'), task('b')]
    await store.acquire(a, here)
    await commit(store, a, (t) => store.saveState(a, 1, t))
    const standby = open()
    const told: [string, unknown][] = []
    await standby.follow((name, state) => told.push([name, state]))
    expect(told).toEqual([[a, 1]])
    await store.acquire(b, { partition: 1 })
    await commit(store, b, (t) => store.saveState(b, 2, t))
    await commit(store, a, (t) => store.savePositions(a, { data: 9 }, t))
    await expect.poll(() => told.at(-1), { timeout: 20_000 }).toEqual([b, 2])
    await standby.acquire(a, here)
    expect(await standby.load(a)).toEqual({ ...none, positions: { data: 9 }, state: 1 })
  })
})

suite('a task', () => {
  test('belongs to the last who acquired it: the former owner commits nothing any more', async () => {
    const { open, task, topic } = world()
    const [old, next, a] = [open(), open(), task('a')]
    await old.acquire(a, here)
    await commit(old, a, (t) => old.savePositions(a, { data: 1 }, t))
    const late = old.begin(a)
    old.savePositions(a, { data: 99 }, late)
    if (!isKafkaSink(late)) throw new Error('no sink')
    await late.produce(topic, 0, changelogFrames([{ task: a, kind: 'positions', text: '{"data":99}' }], 0))
    await late.flush()
    await next.acquire(a, here)
    expect((await next.load(a))?.positions).toEqual({ data: 1 })
    await expect(late.commit()).rejects.toMatchObject({ code: expect.stringMatching(/^CLIENT_KAFKA_/) })
    await commit(next, a, (t) => next.savePositions(a, { data: 2 }, t))
    expect((await next.load(a))?.positions).toEqual({ data: 2 })
    await old.acquire(a, here)
    expect((await old.load(a))?.positions).toEqual({ data: 2 })
    await commit(old, a, (t) => old.savePositions(a, { data: 3 }, t))
    expect((await old.load(a))?.positions).toEqual({ data: 3 })
  })

  test('of a killed owner is loaded although the open transaction of another of its tasks lies in the same partition', async () => {
    const { open, task, topic } = world({ transactionTimeoutMs: 600_000 })
    const [killed, next] = [open(), open()]
    const tasks = [task('0/0'), task('2/0')]
    for (const one of tasks) {
      await killed.acquire(one, here)
      await commit(killed, one, (t) => killed.savePositions(one, { data: 1 }, t))
    }
    for (const one of tasks) {
      const open = killed.begin(one)
      if (!isKafkaSink(open)) throw new Error('no sink')
      await open.produce(topic, 0, changelogFrames([{ task: one, kind: 'positions', text: '{"data":99}' }], 0))
      await open.flush()
    }
    const loaded = await Promise.all(
      tasks.map(async (one) => {
        await next.acquire(one, here)
        return (await next.load(one))?.positions
      }),
    )
    expect(loaded).toEqual([{ data: 1 }, { data: 1 }])
  })

  test('keeps outputs and positions together with its checkpoint, and drops them together', async () => {
    const { open, task, topic } = world()
    const [store, a] = [open(), task('a')]
    const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
    onTestFinished(() => cluster.close())
    const out = await kafka.topic('out')
    await store.acquire(a, here)
    for (const isCommitted of [false, true]) {
      const transaction = store.begin(a)
      if (!isKafkaSink(transaction)) throw new Error('no sink')
      await transaction.produce(out, 0, framesOf(columnOf([Buffer.from('x')])))
      transaction.addPosition(noMembership(topic), out, 0, 7)
      store.savePositions(a, { data: 7 }, transaction)
      if (isCommitted) await transaction.commit()
      else transaction.abort()
    }
    expect((await store.load(a))?.positions).toEqual({ data: 7 })
    const [end] = await listOffsets(cluster, out, [0], 'latest')
    expect(end?.offset).toBeGreaterThanOrEqual(2)
  })

  test('that nobody acquired is kept by the instance alone', async () => {
    const { open, task } = world()
    const [store, other, versions] = [open(), open(), task('versions')]
    await commit(store, versions, (t) => store.saveState(versions, { known: [] }, t))
    expect(await store.load(versions)).toEqual({ ...none, state: { known: [] } })
    expect(await store.tasks()).toEqual([versions])
    expect(await other.load(versions)).toBeNull()
  })

  test('is saved in transactions of its own alone', async () => {
    const { open, task } = world()
    const [store, a] = [open(), task('a')]
    await store.acquire(a, here)
    const transaction = store.begin(a)
    expect(() => store.savePositions(task('b'), {}, transaction)).toThrow('cannot save a checkpoint')
    transaction.abort()
    await store.release(a)
    await store.release(a)
    expect(transactionalIdOf('iris/0/0/kafka:in')).toBe('millrace-iris/0/0/kafka:in')
  })
})
