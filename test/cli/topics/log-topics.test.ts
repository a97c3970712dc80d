import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogTopics } from '../../../src/cli/topics/log-topics.ts'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function topics(): LogTopics {
  return new LogTopics(EmbeddedLog.open(join(temporaryFolder(), 'log.db'), { isMaintained: false }), 'log.db')
}

const record = (text: string, timestampMs = 0) => ({
  ...framesOf(columnOf([Buffer.from(text)])),
  timestampsMs: Float64Array.of(timestampMs),
})

test('a topic tells where it begins and ends, and where a group stands', async () => {
  const store = topics()
  expect(await store.create('t', { partitions: 2 })).toEqual({ name: 't', partitions: 2, isNew: true })
  expect((await store.create('t', {})).isNew).toBe(false)
  const writer = await store.writer()
  for (const time of [10, 20, 30]) await writer.append('t', 1, record('x', time))
  expect(await store.positions('t', 'latest')).toEqual([0, 0])
  await writer.commit()
  expect(await store.positions('t', 'earliest')).toEqual([0, 0])
  expect(await store.positions('t', 'latest')).toEqual([0, 3])
  expect(await store.positions('t', { timestampMs: 15 })).toEqual([0, 1])
  await store.commit('g', 't', 1, 2)
  expect(await store.committed('g', 't')).toEqual([null, 2])
  expect(await store.topicsOf('g')).toEqual(['t'])
  expect((await store.view('t'))[0]?.partitions[1]).toMatchObject({ end: 3, groups: [{ group: 'g', lag: 1 }] })
  await store.close()
})

test('a reader waits for what comes later and can be woken', async () => {
  const store = topics()
  await store.create('t', {})
  const reader = await store.reader('t', 0, 0)
  const waiting = reader.next(10, 60_000)
  const writer = await store.writer()
  await writer.append('t', 0, record('late'))
  await writer.commit()
  expect((await waiting).length).toBe(1)
  const idle = reader.next(10, 60_000)
  reader.interrupt()
  expect((await idle).length).toBe(0)
  expect(reader.position).toBe(1)
  await store.close()
})

test('what was not committed is dropped', async () => {
  const store = topics()
  await store.create('t', {})
  const writer = await store.writer()
  await writer.append('t', 0, record('x'))
  await writer.close()
  expect(await store.positions('t', 'latest')).toEqual([0])
  await store.close()
})

test('settings of Kafka, and topics that are not there, are errors', async () => {
  const store = topics()
  await expect(store.create('t', { replication: 3 })).rejects.toThrow(/"--replication" is for topics of Kafka/)
  await expect(store.create('t', { configs: { a: 'b' } })).rejects.toThrow(/"--config" is for topics of Kafka/)
  await store.create('orders', {})
  await expect(store.partitions('order')).rejects.toThrow(/did you mean "orders"/)
  await expect(store.delete('order')).rejects.toThrow(/no topic "order"/)
  await store.close()
})
