import { type EmbeddedLog, type Fence, LogTransaction } from '../../clients/log/log.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { Checkpoint, CheckpointStore, TaskPlace } from '../state.ts'

/** Namespaces of the log's keyed state; the key is the task. */
const POSITIONS = 'checkpoint/positions'
const STATE = 'checkpoint/state'
const STATISTICS = 'checkpoint/statistics'

/** Checkpoints in the keyed state of an embedded log. */
export class LogCheckpoints implements CheckpointStore {
  readonly domain: string
  readonly commitIntervalMs = 0
  readonly #log: EmbeddedLog
  readonly #fences = new Map<string, Fence>()

  constructor(log: EmbeddedLog) {
    this.#log = log
    this.domain = log.domain
  }

  begin(_task: string): Transaction {
    return this.#log.begin()
  }

  async acquire(task: string, _place: TaskPlace): Promise<void> {
    this.#fences.set(task, await this.#log.acquire(`task ${task}`))
  }

  async load(task: string): Promise<Checkpoint | null> {
    const positions = this.#read(POSITIONS, task)
    const state = this.#read(STATE, task)
    const statistics = this.#read(STATISTICS, task)
    if (positions === undefined && state === undefined && statistics === undefined) return null
    return {
      positions: (positions ?? {}) as Checkpoint['positions'],
      state: state ?? null,
      statistics: statistics ?? null,
    }
  }

  savePositions(task: string, positions: Readonly<Record<string, number>>, transaction: Transaction): void {
    this.#put(POSITIONS, task, Buffer.from(JSON.stringify(positions)), transaction)
  }

  saveState(task: string, state: unknown, transaction: Transaction): void {
    this.#put(STATE, task, Buffer.from(JSON.stringify(state ?? null)), transaction)
  }

  saveStatistics(task: string, statistics: unknown, transaction: Transaction): void {
    this.#put(STATISTICS, task, Buffer.from(JSON.stringify(statistics ?? null)), transaction)
  }

  async tasks(): Promise<string[]> {
    const names = [POSITIONS, STATE, STATISTICS].flatMap((namespace) => [...this.#log.stateKeys(namespace)])
    return [...new Set(names)].sort()
  }

  remove(task: string, transaction: Transaction): void {
    for (const namespace of [POSITIONS, STATE, STATISTICS]) this.#put(namespace, task, null, transaction)
  }

  async close(): Promise<void> {
    this.#log.close()
  }

  #read(namespace: string, task: string): unknown {
    const bytes = this.#log.getState(namespace, task)
    if (bytes === null) return undefined
    try {
      return JSON.parse(Buffer.from(bytes).toString('utf8'))
    } catch (error) {
      const parameters = { task, store: this.#log.path, reason: reasonOf(error) }
      throw new MillraceError('STATE_CHECKPOINT_DAMAGED', parameters, error)
    }
  }

  #put(namespace: string, task: string, value: Buffer | null, transaction: Transaction): void {
    if (!(transaction instanceof LogTransaction) || transaction.domain !== this.domain) {
      const parameters = { actual: transaction.domain, expected: this.domain }
      throw new MillraceError('STATE_FOREIGN_TRANSACTION', parameters)
    }
    const fence = this.#fences.get(task)
    if (fence) transaction.require(fence)
    transaction.putState(namespace, task, value)
  }
}
