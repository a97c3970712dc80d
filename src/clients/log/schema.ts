/*
 * Tables of a log file.
 *
 * A row of `batches` is one blob (batch-blob.ts). Its id is `partition id << 43 | first position`, so that finding, appending
 * and scanning are each one search in one tree: there is no second index to keep. The end of a partition is the end of
 * its last row; `partitions` is written only when rows go away, so that an append touches one page of one tree.
 */

/** Bits of a row id that hold the first position: 8.8e12 records per partition. */
export const POSITION_BITS = 43
/** Mask of those bits, for SQL. */
export const POSITION_MASK = 2 ** POSITION_BITS - 1

/** `PRAGMA user_version` of the layout below. */
export const LAYOUT_VERSION = 1
/** `PRAGMA application_id`: "Mill". */
export const APPLICATION_ID = 0x4d696c6c

export const TABLES = `
CREATE TABLE topics (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  partitions INTEGER NOT NULL,
  retention_ms REAL,                        -- null: kept for ever
  retention_bytes REAL,                     -- per partition; null: no limit
  is_compacted INTEGER NOT NULL,
  tombstone_retention_ms REAL NOT NULL
) STRICT;
CREATE TABLE partitions (
  id INTEGER PRIMARY KEY,
  topic_id INTEGER NOT NULL REFERENCES topics (id),
  partition INTEGER NOT NULL,
  start_position INTEGER NOT NULL DEFAULT 0,
  end_floor INTEGER NOT NULL DEFAULT 0,     -- end, highest_ms and appended when rows were last removed: they must not
  highest_floor REAL NOT NULL DEFAULT 0,    -- go back when the last row is among them
  appended_floor REAL NOT NULL DEFAULT 0,
  compacted_at REAL NOT NULL DEFAULT 0,     -- "appended" when the partition was last compacted
  clean_bytes REAL NOT NULL DEFAULT 0,      -- size after that
  UNIQUE (topic_id, partition)
) STRICT;
CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  span INTEGER NOT NULL,                    -- positions from the first to the last record, inclusive
  newest_ms REAL NOT NULL,                  -- highest timestamp in this row
  highest_ms REAL NOT NULL,                 -- highest timestamp in this row and all before it
  appended REAL NOT NULL,                   -- bytes ever appended to the partition, this row included
  blob BLOB NOT NULL
) STRICT;
CREATE TABLE positions (
  consumer_group TEXT NOT NULL,
  partition_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (consumer_group, partition_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE fences (
  name TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE state (
  namespace TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;
`

const first = `(?1 << ${POSITION_BITS})`
const at = `(?1 << ${POSITION_BITS} | ?2)`
const beyond = `((?1 + 1) << ${POSITION_BITS})`
const base = `id & ${POSITION_MASK}`
/** Id of the row that holds position ?2, else the first possible id after it. */
const holding = `coalesce((SELECT id FROM (SELECT id, span FROM batches WHERE id >= ${first} AND id <= ${at}
  ORDER BY id DESC LIMIT 1) WHERE (id & ${POSITION_MASK}) + span > ?2), ${at})`

/** Statements on `batches`; ?1 is the partition id, ?2 a position. */
export const SQL = {
  insertBatch: `INSERT INTO batches VALUES (${at}, ?3, ?4, ?5, ?6, ?7)`,
  lastBatch: `SELECT ${base}, span, highest_ms, appended FROM batches WHERE id >= ${first} AND id < ${beyond}
    ORDER BY id DESC LIMIT 1`,
  batchesFrom: `SELECT ${base}, span, blob FROM batches WHERE id >= ${holding} AND id < ${beyond} ORDER BY id`,
  /** Rows without their blobs, from the one that holds ?2. */
  outlinesFrom: `SELECT ${base}, span, newest_ms, highest_ms, appended, length(blob) FROM batches
    WHERE id >= ${holding} AND id < ${beyond} ORDER BY id`,
  /** Removes the rows that start in [?2, ?3). */
  deleteBatches: `DELETE FROM batches WHERE id >= ${at} AND id < (?1 << ${POSITION_BITS} | ?3)`,
  deletePartition: `DELETE FROM batches WHERE id >= ${first} AND id < ${beyond}`,
  partition: `SELECT start_position, end_floor, highest_floor, appended_floor FROM partitions WHERE id = ?1`,
  size: `SELECT coalesce(sum(length(blob)), 0) FROM batches WHERE id >= ${first} AND id < ${beyond}`,
} as const
