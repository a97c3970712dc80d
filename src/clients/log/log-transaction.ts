import { MillraceError } from '../../core/errors.ts'
import type { FrameBatch } from '../../core/frames.ts'
import type { Transaction } from '../../core/transaction.ts'
import { encodeRows, insertRows } from './appender.ts'
import type { EncodedBatch } from './batch-blob.ts'
import type { BlobPool } from './blob-pool.ts'
import { checkFence, type Fence } from './fences.ts'
import { setPosition } from './groups.ts'
import type { LogFile } from './log-file.ts'
import type { Maintenance } from './maintenance.ts'
import { setState } from './state-table.ts'
import type { Tails } from './tails.ts'
import type { Topics } from './topics.ts'

/** What a transaction works with. */
export interface LogParts {
  readonly file: LogFile
  readonly tails: Tails
  readonly topics: Topics
  readonly maintenance: Maintenance
  readonly blobs: BlobPool
  readonly domain: string
}

/**
 * Appends, committed positions and state that become durable together. Until `commit` everything is kept in memory, already
 * encoded; the commit is one SQLite transaction and holds the file's write lock only for its inserts.
 */
export class LogTransaction implements Transaction {
  readonly domain: string
  readonly #parts: LogParts
  readonly #effects: (() => unknown)[] = []
  readonly #fences = new Map<string, Fence>()
  readonly #rows: EncodedBatch[] = []
  #appendedBytes = 0
  #isEnded = false

  constructor(parts: LogParts) {
    this.#parts = parts
    this.domain = parts.domain
  }

  /** Appends a batch; its bytes are copied now, its positions are given by the commit. */
  append(topic: string, partition: number, batch: FrameBatch): void {
    const { file, tails, topics, blobs } = this.#parts
    this.#check()
    const partitionId = topics.partitionId(topic, partition)
    const rows = encodeRows(batch, file.clock.now(), `${topic}/${partition}`, blobs.take)
    for (const row of rows) this.#appendedBytes += row.blob.length
    this.#rows.push(...rows)
    this.#effects.push(() => insertRows(file, tails, partitionId, rows))
  }

  /** Commits that a group has done everything before `position`; the last call for a partition counts. */
  commitPosition(group: string, topic: string, partition: number, position: number): void {
    this.#check()
    const partitionId = this.#parts.topics.partitionId(topic, partition)
    this.#effects.push(() => setPosition(this.#parts.file, group, partitionId, position))
  }

  /** Sets a value of the keyed state, or removes it with null. */
  putState(namespace: string, key: string, value: Uint8Array | null): void {
    this.#check()
    this.#effects.push(() => setState(this.#parts.file, namespace, key, value))
  }

  /** Makes the commit depend on still owning a name. */
  require(fence: Fence): void {
    this.#check()
    this.#fences.set(fence.name, fence)
  }

  /** Tries at once, on this call; only while others write does it wait, without blocking the thread. */
  async commit(): Promise<void> {
    const work = this.#end()
    if (work === null) return
    try {
      await this.#parts.file.writeSoon(work)
    } finally {
      this.#release()
    }
    this.#parts.maintenance.committed(this.#appendedBytes, this.#effects.length)
  }

  /** The same, blocking the thread while others write. */
  commitNow(): void {
    const work = this.#end()
    if (work === null) return
    try {
      this.#parts.file.write(work)
    } finally {
      this.#release()
    }
    this.#parts.maintenance.committed(this.#appendedBytes, this.#effects.length)
  }

  abort(): void {
    // A commit under way gives the rows back itself.
    if (!this.#isEnded) this.#release()
    this.#isEnded = true
    this.#effects.length = 0
  }

  /** Gives the memory of the rows back: they are written, or never will be. */
  #release(): void {
    for (const { blob } of this.#rows.splice(0)) this.#parts.blobs.give(blob)
  }

  /** Ends collecting; the returned function does everything inside a write transaction, or null when there is nothing. */
  #end(): (() => void) | null {
    this.#check()
    this.#isEnded = true
    if (this.#effects.length === 0 && this.#fences.size === 0) return null
    return () => {
      for (const fence of this.#fences.values()) checkFence(this.#parts.file, fence)
      for (const effect of this.#effects) effect()
    }
  }

  #check(): void {
    if (this.#isEnded) throw new MillraceError('CORE_CLOSED', { subject: `a transaction of ${this.domain}` })
  }
}
