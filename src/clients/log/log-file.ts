import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Clock } from '../../core/clock.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { Bell } from './bell.ts'
import { APPLICATION_ID, LAYOUT_VERSION, TABLES } from './schema.ts'

/**
 * What a commit survives: `process` the end of the process in any way (kill -9 included); `power` also the end of power.
 * With `process`, power loss may take the last commits, but always whole ones and from the end: positions and outputs
 * that were committed together go together.
 */
export const durabilities = ['process', 'power'] as const
export type Durability = (typeof durabilities)[number]

/** How a log file is opened. */
export interface LogFileOptions {
  readonly clock: Clock
  readonly durability: Durability
  /** How long a commit waits for other writers before CLIENT_LOG_BUSY. */
  readonly busyTimeoutMs: number
}

/**
 * A commit writes whole pages, and a page costs five system calls on its way through the write-ahead log into the file. Twice SQLite's
 * size takes a quarter off batches (64 records of 8.4 KB: 1.1 ms of processor time for 1.5 ms) and nothing off small commits; four times its size
 * would make a commit of one such record dearer by two thirds. Files made with another size keep it.
 */
export const PAGE_BYTES = 8192
const CACHE_BYTES = 16 * 1024 * 1024
/**
 * The maintenance thread copies the write-ahead log back every few megabytes. At full speed it never quite catches up, and
 * without a pause the log grows: from 16 MB on, a commit stops to copy the rest itself, for some 10 ms (bench/swap.ts: at 128 MB the
 * pauses were rarer but near 0.1 s). Its file is cut only above 256 MB, because cutting takes up to 0.1 s.
 */
const AUTOCHECKPOINT_PAGES = (16 * 1024 * 1024) / PAGE_BYTES
const KEPT_WAL_BYTES = 256 * 1024 * 1024

const SQLITE_BUSY = 5
const isBusy = (thrown: unknown): boolean =>
  ((thrown as { errcode?: number } | null)?.errcode ?? 0) % 256 === SQLITE_BUSY
const isSqlite = (thrown: unknown): boolean => (thrown as { code?: string } | null)?.code === 'ERR_SQLITE_ERROR'

interface QueuedWrite {
  readonly attempt: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
  readonly sinceMs: number
}

/**
 * One thread's connection to a log file: statements, write transactions and waking. Everything on it is synchronous, so
 * transactions of one thread never overlap; writers of other threads and processes are waited for.
 */
export class LogFile {
  readonly path: string
  readonly clock: Clock
  readonly bell: Bell
  /** Counts since the file was opened here. */
  readonly counts = { commits: 0, busyRetries: 0 }
  readonly #busyTimeoutMs: number
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #version: StatementSync
  readonly #queue: QueuedWrite[] = []
  readonly #listeners: ((isRolledBack: boolean) => void)[] = []
  #isClosed = false
  #isWriting = false
  #versionOfWrite: number | null = null

  constructor(path: string, options: LogFileOptions) {
    this.path = path
    this.clock = options.clock
    this.#busyTimeoutMs = options.busyTimeoutMs
    this.#db = this.#blocking(() => openDatabase(path, options.durability))
    this.#begin = this.#db.prepare('BEGIN IMMEDIATE')
    this.#commit = this.#db.prepare('COMMIT')
    this.#version = this.statement('PRAGMA data_version')
    this.bell = new Bell(`${path}-bell`, options.clock)
  }

  /** The prepared statement of this text; rows are arrays. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.prepare(sql)
      statement.setReturnArrays(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Changes exactly when another connection has committed since the last call. */
  version(): number {
    // While this connection writes, nobody else can commit: one look is enough.
    if (this.#versionOfWrite !== null) return this.#versionOfWrite
    const [version] = this.#version.get() as unknown as [number]
    if (this.#isWriting) this.#versionOfWrite = version
    return version
  }

  /** Calls `listener` after every write of this connection; what it caches is void when that was rolled back. */
  onWrite(listener: (isRolledBack: boolean) => void): void {
    this.#listeners.push(listener)
  }

  /** Runs statements that only read. */
  read<T>(work: () => T): T {
    this.#check()
    try {
      return this.#blocking(work)
    } catch (error) {
      throw this.#told(error, 'CLIENT_LOG_UNREADABLE')
    }
  }

  /** Runs `work` in one write transaction, blocking while others write. Nothing stays when it throws. */
  write<T>(work: () => T): T {
    this.#check()
    try {
      return this.#blocking(() => this.#attempt(work))
    } catch (error) {
      throw this.#told(error, 'CLIENT_LOG_UNWRITABLE')
    }
  }

  /** Like `write`, but leaves the thread free while others write. Calls take effect in their order; the first try is at once. */
  writeSoon<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#check()
      const attempt = () => this.#attempt(work)
      const queued = { attempt, resolve, reject, sinceMs: this.clock.monotonicMs() } as QueuedWrite
      this.#queue.push(queued)
      if (this.#queue.length === 1) this.#drain(0)
    })
  }

  /** Closes the connection; what is still queued is rejected. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.bell.close()
    for (const queued of this.#queue.splice(0)) queued.reject(this.#closed())
    this.#db.close()
  }

  /** Tries the queued writes in order; when the file is busy, comes back later. */
  #drain(retries: number): void {
    while (this.#queue.length > 0) {
      const queued = this.#queue[0] as QueuedWrite
      try {
        const value = queued.attempt()
        queued.resolve(value as never)
      } catch (error) {
        const waitedMs = Math.round(this.clock.monotonicMs() - queued.sinceMs)
        if (isBusy(error) && waitedMs < this.#busyTimeoutMs) {
          this.counts.busyRetries++
          const again = () => this.#isClosed || this.#drain(retries + 1)
          // Commits take microseconds: come back on the next turns of the event loop before giving up a millisecond.
          if (retries < 4) setImmediate(again)
          else void this.clock.sleep(1).then(again)
          return
        }
        queued.reject(isBusy(error) ? this.#busy(waitedMs) : this.#told(error, 'CLIENT_LOG_UNWRITABLE'))
      }
      this.#queue.shift()
      retries = 0
    }
  }

  /** One try: BEGIN IMMEDIATE, the work, COMMIT; throws SQLite's BUSY when somebody else writes. */
  #attempt<T>(work: () => T): T {
    this.#begin.run()
    this.#isWriting = true
    let value: T
    try {
      value = work()
      this.#commit.run()
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      for (const listener of this.#listeners) listener(true)
      throw error
    } finally {
      this.#isWriting = false
      this.#versionOfWrite = null
    }
    this.counts.commits++
    for (const listener of this.#listeners) listener(false)
    this.bell.ring()
    return value
  }

  /** Repeats `work` while SQLite is busy, sleeping a random part of a growing time (equal writers then alternate). */
  #blocking<T>(work: () => T): T {
    let waitedMs = 0
    for (let retries = 0; ; retries++) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error)) throw error
        if (waitedMs >= this.#busyTimeoutMs) throw this.#busy(Math.round(waitedMs))
        this.counts.busyRetries++
        const sleepMs = Math.random() * Math.min(5, 0.05 * 2 ** retries)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, sleepMs)
        waitedMs += sleepMs
      }
    }
  }

  #busy(waitedMs: number): MillraceError {
    return new MillraceError('CLIENT_LOG_BUSY', { path: this.path, waitedMs })
  }

  #told(error: unknown, code: 'CLIENT_LOG_UNREADABLE' | 'CLIENT_LOG_UNWRITABLE'): unknown {
    return isSqlite(error) ? new MillraceError(code, { path: this.path, reason: reasonOf(error) }, error) : error
  }

  #check(): void {
    if (this.#isClosed) throw this.#closed()
  }

  #closed(): MillraceError {
    return new MillraceError('CORE_CLOSED', { subject: `log ${this.path}` })
  }
}

/** Opens or creates the file; throws SQLite's BUSY when another process is at the same. */
function openDatabase(path: string, durability: Durability): DatabaseSync {
  const refuse = (reason: string, cause?: unknown) =>
    new MillraceError('CLIENT_LOG_UNOPENABLE', { path, reason }, cause)
  let db: DatabaseSync
  try {
    if (!existsSync(path)) mkdirSync(dirname(path), { recursive: true })
    db = new DatabaseSync(path)
  } catch (error) {
    throw refuse(reasonOf(error), error)
  }
  try {
    // Waiting is done in LogFile, with finer sleeps than SQLite's.
    db.exec(`PRAGMA busy_timeout = 0; PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}; PRAGMA secure_delete = OFF;
      PRAGMA cache_size = ${-CACHE_BYTES / 1024}; PRAGMA temp_store = MEMORY;
      PRAGMA wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${KEPT_WAL_BYTES}`)
    if (layoutOf(db) === 0) createTables(db)
    const layout = layoutOf(db)
    if (pragma(db, 'application_id') !== APPLICATION_ID) throw refuse('it is a database of another application')
    if (layout !== LAYOUT_VERSION) throw refuse(`its layout is version ${layout}, this release reads ${LAYOUT_VERSION}`)
    return db
  } catch (error) {
    db.close()
    if (error instanceof MillraceError || isBusy(error)) throw error
    throw refuse(reasonOf(error), error)
  }
}

function createTables(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
    if (layoutOf(db) === 0 && isEmpty) {
      db.exec(`${TABLES} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}`)
    }
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK') // a full disk has ended it already
    throw error
  }
}

const layoutOf = (db: DatabaseSync): number => pragma(db, 'user_version')

function pragma(db: DatabaseSync, name: string): number {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0] as number
}
