import { expect, it } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { newPath, openLog, openParts } from './open-log.ts'

it('makes a topic once and changes only the settings that are given', () => {
  const { topics } = openParts()
  const made = topics.create('t', { partitions: 3, retentionMs: 1000 })
  expect(made).toEqual({
    name: 't',
    partitions: 3,
    retentionMs: 1000,
    retentionBytes: null,
    isCompacted: false,
    tombstoneRetentionMs: 86_400_000,
  })
  expect(topics.create('t', {})).toEqual(made)
  expect(topics.create('t', { isCompacted: true, retentionMs: null })).toEqual({
    ...made,
    isCompacted: true,
    retentionMs: null,
  })
  expect(topics.list()).toEqual([topics.get('t')])
  expect(topics.get('u')).toBeNull()
})

it('does not change the number of partitions', () => {
  const { topics } = openParts()
  topics.create('t', { partitions: 3 })
  expect(() => topics.create('t', { partitions: 4 })).toThrow(/topic "t" of log .* has 3 partitions, not 4/)
  expect(topics.ids('t').ids).toHaveLength(3)
})

it('finds a topic that another process made', () => {
  const path = newPath()
  const a = openLog(path)
  const b = openLog(path, { durability: 'power' }) // another connection
  expect(() => b.endPosition('t', 0)).toThrow(/no topic "t"/)
  a.createTopic('t', { partitions: 2 })
  expect(b.endPosition('t', 1)).toBe(0)
})

it('refuses settings that make no sense, with value and expectation', () => {
  const { topics } = openParts()
  expect(() => topics.create('', {})).toThrow(/expected from 1 to 255 characters/)
  expect(() => topics.create('t', { partitions: 0 })).toThrow(
    /cannot have 0 as its partitions, expected a whole number/,
  )
  expect(() => topics.create('t', { partitions: 1.5 })).toThrow(/1\.5/)
  expect(() => topics.create('t', { retentionMs: -1 })).toThrow(/-1 as its retentionMs/)
  expect(() => topics.create('t', { retentionBytes: Number.NaN })).toThrow(/NaN/)
  expect(topics.list()).toEqual([])
})

it('gives every partition of every topic its own id', () => {
  const { topics } = openParts()
  const ids = ['a', 'b', 'c'].flatMap((name) => {
    topics.create(name, { partitions: 5 })
    return topics.ids(name).ids
  })
  expect(new Set(ids).size).toBe(15)
})

it('removes a topic with its records and positions, and a topic of the same name begins anew', async () => {
  const log = openLog(newPath())
  log.createTopic('t', { partitions: 2 })
  log.append('t', 1, framesOf(columnOf([Buffer.from('old')])))
  const transaction = log.begin()
  transaction.commitPosition('g', 't', 1, 1)
  await transaction.commit()
  const cursor = log.cursor('t', 1, 0)
  log.deleteTopic('t')
  expect(log.topics()).toEqual([])
  expect(log.groups()).toEqual([])
  expect(() => log.deleteTopic('t')).toThrow(/no topic "t"/)
  log.createTopic('t', { partitions: 2 })
  expect(log.endPosition('t', 1)).toBe(0)
  expect(log.committed('g', 't', 1)).toBeNull()
  log.append('t', 1, framesOf(columnOf([Buffer.from('new')])))
  expect(cursor.read(10)).toHaveLength(0) // the reader of the topic that is gone sees nothing of the new one
})

it('makes no topic under the name of a deleted one', () => {
  expect(() => openParts().topics.create('\u00071', {})).toThrow(/cannot have .* as its name/)
})
