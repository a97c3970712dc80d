import { expect, test } from 'vitest'
import { bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { type FrameBatch, framesOf, pickFrames, sliceFrames } from '../../../src/core/frames.ts'
import {
  type ChangelogEntry,
  ChangelogTable,
  changelogFrames,
  changelogKinds,
} from '../../../src/state/kafka/changelog.ts'
import { seeded } from '../../random.ts'

const entry = (task: string, kind: ChangelogEntry['kind'], value: unknown): ChangelogEntry => ({
  task,
  kind,
  text: value === null ? null : JSON.stringify(value),
})

/** What compaction leaves: the last record of each key. */
function compacted(batch: FrameBatch): FrameBatch {
  const last = new Map<string, number>()
  for (let i = 0; i < batch.length; i++) last.set(Buffer.from(bytesAt(batch.keys!, i)!).toString(), i)
  return pickFrames(
    batch,
    [...last.values()].sort((a, b) => a - b),
  )
}

function tableOf(...batches: FrameBatch[]): ChangelogTable {
  const table = new ChangelogTable('state')
  for (const batch of batches) table.apply(batch)
  return table
}

test('a checkpoint is what its last records say, each kind apart', () => {
  const table = tableOf(
    changelogFrames([entry('a', 'positions', { data: 1 }), entry('a', 'state', { keys: ['ü'] })], 5),
    changelogFrames([entry('a', 'positions', { data: 2, models: 2 ** 50 }), entry('b', 'statistics', [1])], 6),
  )
  expect(table.get('a')).toEqual({ positions: { data: 2, models: 2 ** 50 }, state: { keys: ['ü'] }, statistics: null })
  expect(table.get('b')).toEqual({ positions: {}, state: null, statistics: [1] })
  expect(table.get('c')).toBeNull()
  expect(table.tasks().sort()).toEqual(['a', 'b'])
})

test('records say which task and kind they are of in plain JSON', () => {
  const frames = changelogFrames([entry('iris/0/3/kafka:orders', 'positions', { data: 1042 })], 5)
  expect(Buffer.from(bytesAt(frames.keys!, 0)!).toString()).toBe('["iris/0/3/kafka:orders","positions"]')
  expect(Buffer.from(bytesAt(frames.values, 0)!).toString()).toBe('{"data":1042}')
  expect([frames.headers, frames.timestampsMs]).toEqual([null, Float64Array.of(5)])
})

test('values of any length come back, however the records are cut, compacted or written again', () => {
  const random = seeded(3)
  for (let round = 0; round < 50; round++) {
    const latest = new Map<string, unknown>()
    let all = changelogFrames([], 0)
    const batches: FrameBatch[] = []
    for (let n = 0; n < 12; n++) {
      const kind = changelogKinds[Math.floor(random() * 3)]!
      const task = `task ${Math.floor(random() * 2)}`
      const value = random() < 0.15 ? null : { text: 'wörter '.repeat(Math.floor(random() * 20)), n }
      latest.set(`${task} ${kind}`, value)
      batches.push(changelogFrames([entry(task, kind, value)], n, 16))
    }
    all = joined(batches)
    for (const log of [all, compacted(all)]) {
      const cut = Math.floor(random() * log.length)
      const table = tableOf(sliceFrames(log, 0, cut), sliceFrames(log, cut, log.length))
      for (const [name, value] of latest) {
        const [task, kind] = [name.slice(0, 6), name.slice(7) as ChangelogEntry['kind']]
        const saved = table.get(task)
        const none = kind === 'positions' && saved !== null ? {} : null
        expect(saved?.[kind] ?? null).toEqual(value ?? none)
      }
    }
  }
})

test('a text of which a part is missing does not replace the one before', () => {
  const first = changelogFrames([entry('a', 'state', 'x'.repeat(40))], 0, 16)
  const second = changelogFrames([entry('a', 'state', 'y'.repeat(40))], 0, 16)
  const table = tableOf(first, sliceFrames(second, 0, 2))
  expect(table.stateOf('a')).toBe('x'.repeat(40))
  table.apply(sliceFrames(second, 2, 3))
  expect(table.stateOf('a')).toBe('y'.repeat(40))
})

test('a part that is removed was left over from a longer text: it removes nothing', () => {
  const table = tableOf(changelogFrames([entry('a', 'state', 'short')], 0))
  for (const part of [1, 2]) {
    const removed = { ...framesOf(columnOf([null])), keys: columnOf([Buffer.from(`["a","state",${part}]`)]) }
    expect([...table.apply(removed)]).toEqual([])
  }
  expect(table.stateOf('a')).toBe('short')
})

test('tells the tasks whose state changed, and not those of which only positions did', () => {
  const table = new ChangelogTable('state')
  const frames = changelogFrames([entry('a', 'positions', {}), entry('b', 'state', 1), entry('c', 'statistics', 1)], 0)
  expect([...table.apply(frames)]).toEqual(['b'])
  expect([...table.apply(changelogFrames([entry('b', 'state', null)], 0))]).toEqual(['b'])
})

test('records of others are passed over', () => {
  const random = seeded(9)
  const foreign = [
    '',
    '[',
    '[]',
    '["a"]',
    '["a","other"]',
    '[1,"state"]',
    '["a","state",-1]',
    '["a","state","1"]',
    'x',
    '{}',
    '[["a"],"state"]',
  ]
  const noise = Array.from({ length: 200 }, () => Buffer.from(Array.from({ length: 9 }, () => random() * 256)))
  const keys = [null, ...foreign.map((text) => Buffer.from(text)), ...noise]
  const values = columnOf(keys.map(() => Buffer.from('1')))
  const table = new ChangelogTable('state')
  table.apply({ ...framesOf(values), keys: columnOf(keys) })
  table.apply(framesOf(values))
  expect(table.tasks()).toEqual([])
})

test('what is no JSON names task and topic', () => {
  const table = tableOf(changelogFrames([{ task: 'a', kind: 'state', text: '{"half":' }], 0))
  expect(() => table.get('a')).toThrow('the checkpoint of task "a" in kafka topic "state" is damaged: ')
})

function joined(batches: readonly FrameBatch[]): FrameBatch {
  const column = (of: (batch: FrameBatch, i: number) => Uint8Array | null) =>
    columnOf(batches.flatMap((batch) => Array.from({ length: batch.length }, (_, i) => of(batch, i))))
  return {
    ...framesOf(column((batch, i) => bytesAt(batch.values, i))),
    keys: column((batch, i) => bytesAt(batch.keys!, i)),
    headers: column((batch, i) => batch.headers && bytesAt(batch.headers, i)),
  }
}
