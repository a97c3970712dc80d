import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  chunkRecords,
  type ModelSubject,
  modelMessageKey,
  modelPartition,
  tombstonesFor,
} from '../../src/cli/model-topic.ts'

import { LogTopics } from '../../src/cli/topics/log-topics.ts'
import { partitionOfKey } from '../../src/clients/kafka/partition-of-key.ts'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { type BytesColumn, bytesAt } from '../../src/core/bytes.ts'
import { chunkOf } from '../../src/engine/chunk-assembler.ts'
import { seeded } from '../random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const keyOf = (action: ModelSubject['action'], version = '2') =>
  modelMessageKey({ action, dataType: 'iris', name: 'tree', version })
const textAt = (column: BytesColumn | null, i: number) =>
  Buffer.from(bytesAt(column as BytesColumn, i) ?? []).toString()

test('compaction keeps the artifact of a version, the last word about it and the last word about the pin apart', () => {
  expect([keyOf('activate'), keyOf('publish'), keyOf('shadow')]).toEqual(Array(3).fill('iris/tree/2'))
  expect([keyOf('retire'), keyOf('retire', '')]).toEqual(['iris/tree/2#retire', 'iris/tree#retire'])
  expect([keyOf('pin'), keyOf('unpin', '')]).toEqual(['iris#pin', 'iris#pin'])
})

test('models go where the records of their key go', () => {
  expect(modelPartition('iris', 1)).toBe(0)
  for (const key of ['a', 'b', 'c', 'wine']) expect(modelPartition(key, 7)).toBe(partitionOfKey(Buffer.from(key), 7))
})

test('an artifact in parts is whole again in the order of their numbers, for any sizes', () => {
  const random = seeded(9)
  for (let round = 0; round < 50; round++) {
    const artifact = Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)))
    const digest = createHash('sha256').update(artifact).digest('hex')
    const records = [...chunkRecords('k', artifact, digest, 1 + Math.floor(random() * 40))]
    const parts = records.map((record, index) => {
      expect(chunkOf(record.headers, 0)).toEqual({ digest, index, count: records.length })
      expect(textAt(record.keys, 0)).toBe(`k#${index}`)
      return bytesAt(record.values, 0) as Uint8Array
    })
    expect(Buffer.concat(parts)).toEqual(artifact)
  }
})

test('a version is erased with the parts that the topic holds of it, and no others', async () => {
  const log = EmbeddedLog.open(join(temporaryFolder(), 'log.db'), { isMaintained: false })
  const store = new LogTopics(log, 'log.db')
  await store.create('models', {})
  const writer = await store.writer()
  for (const [key, bytes] of [
    ['iris/tree/2', 5],
    ['iris/tree/22', 3],
    ['iris/tree/2#retire', 1],
  ] as const)
    for (const record of chunkRecords(key, Buffer.alloc(bytes), '0'.repeat(64), 2))
      await writer.append('models', 0, record)
  await writer.commit()
  const { keys, values, length } = await tombstonesFor({ store, topic: 'models' }, 0, 'iris/tree/2')
  expect(Array.from({ length }, (_, i) => textAt(keys, i))).toEqual([
    'iris/tree/2',
    'iris/tree/2#0',
    'iris/tree/2#1',
    'iris/tree/2#2',
  ])
  expect(Array.from({ length }, (_, i) => bytesAt(values, i))).toEqual(Array(4).fill(null))
  await store.close()
})
