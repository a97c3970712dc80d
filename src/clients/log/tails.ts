import type { LogFile } from './log-file.ts'
import { SQL } from './schema.ts'

/** Where a partition begins and ends, and what its next row continues. */
export interface Tail {
  /** First position that retention has left. */
  start: number
  /** Position that the next record gets. */
  end: number
  /** Highest timestamp so far in ms since the epoch. */
  highestMs: number
  /** Bytes ever appended. */
  appendedBytes: number
}

type PartitionRow = [start: number, endFloor: number, highestFloor: number, appendedFloor: number]
type LastRow = [base: number, span: number, highestMs: number, appended: number]

/** Tails by partition id, kept as long as no other connection commits. */
export class Tails {
  readonly #file: LogFile
  readonly #tails = new Map<number, Tail>()
  #version = -1

  constructor(file: LogFile) {
    this.#file = file
    file.onWrite((isRolledBack) => {
      if (isRolledBack) this.#tails.clear()
    })
  }

  /** The tail as of the last commit; inside a write transaction, as of its own changes, and the caller may advance it. */
  of(partitionId: number): Tail {
    const version = this.#file.version()
    if (version !== this.#version) {
      this.#tails.clear()
      this.#version = version
    }
    let tail = this.#tails.get(partitionId)
    if (!tail) {
      tail = this.#load(partitionId)
      this.#tails.set(partitionId, tail)
    }
    return tail
  }

  /** Forgets what is known of a partition whose rows this connection has removed. */
  forget(partitionId: number): void {
    this.#tails.delete(partitionId)
  }

  #load(partitionId: number): Tail {
    const row = this.#file.statement(SQL.partition).get(partitionId) as unknown as PartitionRow
    const last = this.#file.statement(SQL.lastBatch).get(partitionId) as unknown as LastRow | undefined
    const [start, endFloor, highestFloor, appendedFloor] = row
    if (!last) return { start, end: endFloor, highestMs: highestFloor, appendedBytes: appendedFloor }
    const [base, span, highestMs, appended] = last
    return {
      start,
      end: Math.max(endFloor, base + span),
      highestMs: Math.max(highestFloor, highestMs),
      appendedBytes: Math.max(appendedFloor, appended),
    }
  }
}
