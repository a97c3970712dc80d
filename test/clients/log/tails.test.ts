import { expect, it } from 'vitest'
import { encodeRows, insertRows } from '../../../src/clients/log/appender.ts'
import { texts } from './generated.ts'
import { newPath, openParts } from './open-log.ts'

it('sees what other connections append, and forgets what was rolled back', () => {
  const path = newPath()
  const a = openParts(path)
  const b = openParts(path)
  a.topics.create('t', {})
  const id = a.topics.partitionId('t', 0)
  const rows = encodeRows(texts(['x', 'y'], { timestampsMs: [9, 5] }), 0, 't/0')
  expect(a.file.write(() => insertRows(a.file, a.tails, id, rows))).toBe(0)
  expect(b.file.write(() => insertRows(b.file, b.tails, id, rows))).toBe(2)
  expect(a.tails.of(id)).toMatchObject({ start: 0, end: 4, highestMs: 9 })
  expect(a.tails.of(id).appendedBytes).toBe(2 * (rows[0]?.blob.length ?? 0))
  expect(() =>
    a.file.write(() => {
      insertRows(a.file, a.tails, id, rows)
      throw new RangeError('no')
    }),
  ).toThrow(RangeError)
  expect(a.tails.of(id).end).toBe(4)
})

it('keeps the end when all rows are gone', () => {
  const { file, tails, topics } = openParts()
  topics.create('t', {})
  const id = topics.partitionId('t', 0)
  file.write(() => file.statement('UPDATE partitions SET start_position = 7, end_floor = 7 WHERE id = ?').run(id))
  expect(tails.of(id)).toMatchObject({ start: 7, end: 7 })
  tails.forget(id)
  expect(tails.of(id).end).toBe(7)
})
