import { MillraceError } from '../../core/errors.ts'
import type { Transaction } from '../../core/transaction.ts'
import { checkDigest, digestOf } from '../artifacts.ts'
import type { ArtifactStore, Checkpoint, CheckpointStore, TaskPlace } from '../state.ts'

/** A checkpoint as JSON texts; null what was not saved. */
interface SavedTexts {
  readonly positions: string | null
  readonly state: string | null
  readonly statistics: string | null
}

/** Checkpoints that end with the process. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly domain: string
  readonly commitIntervalMs: number
  readonly #checkpoints = new Map<string, SavedTexts>()
  readonly #epochs = new Map<string, number>()

  /** `name` tells this store's transactions from those of others. */
  constructor(name: string, commitIntervalMs = 0) {
    this.domain = `memory:${name}`
    this.commitIntervalMs = commitIntervalMs
  }

  begin(_task: string): Transaction {
    return new MemoryTransaction(this.domain)
  }

  /** There can be no other owner of memory: kept for the contract. */
  async acquire(task: string, _place: TaskPlace): Promise<void> {
    this.#epochs.set(task, (this.#epochs.get(task) ?? 0) + 1)
  }

  async load(task: string): Promise<Checkpoint | null> {
    const saved = this.#checkpoints.get(task)
    if (!saved) return null
    return {
      positions: JSON.parse(saved.positions ?? '{}'),
      state: JSON.parse(saved.state ?? 'null'),
      statistics: JSON.parse(saved.statistics ?? 'null'),
    }
  }

  savePositions(task: string, positions: Readonly<Record<string, number>>, transaction: Transaction): void {
    const text = JSON.stringify(positions)
    this.#effect(task, transaction, () => this.#checkpoints.set(task, { ...this.#of(task), positions: text }))
  }

  saveState(task: string, state: unknown, transaction: Transaction): void {
    const text = JSON.stringify(state ?? null)
    this.#effect(task, transaction, () => this.#checkpoints.set(task, { ...this.#of(task), state: text }))
  }

  saveStatistics(task: string, statistics: unknown, transaction: Transaction): void {
    const text = JSON.stringify(statistics ?? null)
    this.#effect(task, transaction, () => this.#checkpoints.set(task, { ...this.#of(task), statistics: text }))
  }

  async tasks(): Promise<string[]> {
    return [...this.#checkpoints.keys()].sort()
  }

  remove(task: string, transaction: Transaction): void {
    this.#effect(task, transaction, () => this.#checkpoints.delete(task))
  }

  async close(): Promise<void> {}

  #of(task: string): SavedTexts {
    return this.#checkpoints.get(task) ?? { positions: null, state: null, statistics: null }
  }

  #effect(task: string, transaction: Transaction, effect: () => void): void {
    if (!(transaction instanceof MemoryTransaction) || transaction.domain !== this.domain) {
      const parameters = { actual: transaction.domain, expected: this.domain }
      throw new MillraceError('STATE_FOREIGN_TRANSACTION', parameters)
    }
    const expected = this.#epochs.get(task) ?? 0
    transaction.add({
      check: () => {
        const actual = this.#epochs.get(task) ?? 0
        if (actual !== expected) throw new MillraceError('STATE_FENCED', { task, actual, expected })
      },
      apply: effect,
    })
  }
}

interface Effect {
  readonly check: () => void
  readonly apply: () => void
}

/** Effects on memory that happen together at the commit. */
class MemoryTransaction implements Transaction {
  readonly domain: string
  readonly #effects: Effect[] = []
  #isEnded = false

  constructor(domain: string) {
    this.domain = domain
  }

  add(effect: Effect): void {
    this.#check()
    this.#effects.push(effect)
  }

  async commit(): Promise<void> {
    this.#check()
    this.#isEnded = true
    for (const effect of this.#effects) effect.check()
    for (const effect of this.#effects) effect.apply()
  }

  abort(): void {
    this.#isEnded = true
  }

  #check(): void {
    if (this.#isEnded) throw new MillraceError('CORE_CLOSED', { subject: `a transaction of ${this.domain}` })
  }
}

/** Artifacts that end with the process. */
export class MemoryArtifacts implements ArtifactStore {
  readonly #artifacts = new Map<string, Uint8Array>()

  async put(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes)
    if (!this.#artifacts.has(digest)) this.#artifacts.set(digest, new Uint8Array(bytes))
    return digest
  }

  async get(digest: string): Promise<Uint8Array | null> {
    checkDigest(digest)
    return this.#artifacts.get(digest) ?? null
  }

  async has(digest: string): Promise<boolean> {
    checkDigest(digest)
    return this.#artifacts.has(digest)
  }

  async list(): Promise<string[]> {
    return [...this.#artifacts.keys()].sort()
  }

  async delete(digest: string): Promise<void> {
    checkDigest(digest)
    this.#artifacts.delete(digest)
  }
}
