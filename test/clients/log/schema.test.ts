import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { POSITION_BITS, POSITION_MASK, SQL, TABLES } from '../../../src/clients/log/schema.ts'

it('keeps partitions apart at the first and the last position', () => {
  const db = new DatabaseSync(':memory:')
  db.exec(TABLES)
  expect(POSITION_MASK).toBe(2 ** POSITION_BITS - 1)
  const insert = db.prepare(SQL.insertBatch)
  const places = [1, 2, 3].flatMap((partition) =>
    [0, 1, 2 ** 40, POSITION_MASK - 1].map((at) => [partition, at] as const),
  )
  for (const [partition, at] of places) insert.run(partition, at, 1, 0, 0, 0, new Uint8Array([partition]))
  for (const [partition, at] of places) {
    const rows = db.prepare(SQL.batchesFrom).all(partition, at) as { blob: Uint8Array }[]
    expect(rows.map((row) => row.blob[0])).toEqual(
      places.filter((p) => p[0] === partition && p[1] >= at).map((p) => p[0]),
    )
    const last = db.prepare(SQL.lastBatch).get(partition) as Record<string, number>
    expect(Object.values(last)[0]).toBe(POSITION_MASK - 1)
  }
  db.prepare(SQL.deleteBatches).run(2, 0, POSITION_MASK)
  expect(db.prepare('SELECT count(*) AS n FROM batches').get()).toEqual({ n: 8 })
})
