/** What a task stands in: scripted records in, kept batches out, checkpoints in memory that outlive the task. */
import { Registry } from '../../src/config/registry.ts'
import type { Clock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { FrameBatch } from '../../src/core/frames.ts'
import { Telemetry, type TelemetryEvents } from '../../src/core/telemetry.ts'
import type { Transaction } from '../../src/core/transaction.ts'
import { StampFactory } from '../../src/engine/assemble.ts'
import type { KeySnapshot, ModelUpdate } from '../../src/engine/join-state.ts'
import type { KeySource } from '../../src/engine/route.ts'
import { BatchScorer } from '../../src/engine/score-batch.ts'
import { type SavedTask, Task, type TaskCounts, type TaskSettings } from '../../src/engine/task.ts'
import type { VersionReference } from '../../src/engine/versions.ts'
import { referenceId } from '../../src/engine/versions.ts'
import { MemoryCheckpoints } from '../../src/state/memory/store.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { openStreamReader, type StreamReader } from '../../src/streams/stream-reader.ts'
import type { StreamWriter } from '../../src/streams/stream-writer.ts'
import { ManualClock } from '../support/manual-clock.ts'
import type { Script } from '../support/scripted-transport.ts'
import { standInComponents } from '../support/stand-ins.ts'
import { contextFor } from '../support/transport-context.ts'
import { FakeScorer, fakeWriter, prepared, textsOf } from './fakes.ts'

const CHECKPOINT = 'numbers/0/0'

export interface TaskWorldSettings {
  readonly source?: KeySource
  readonly unserved?: 'drop' | 'deadLetter'
  readonly settings?: Partial<TaskSettings>
  readonly clock?: Clock
  /** True: the outputs take part in the checkpoint's transaction. */
  readonly isTransactional?: boolean
  readonly commitIntervalMs?: number
  /** Changes of the reader, for example to one that cannot seek. */
  readonly reader?: (reader: StreamReader) => StreamReader
}

export class TaskWorld {
  readonly store: MemoryCheckpoints
  readonly clock: Clock
  readonly predictions: StreamWriter & { readonly written: FrameBatch[] }
  readonly deadLetters: StreamWriter & { readonly written: FrameBatch[] }
  readonly activations: StreamWriter & { readonly written: FrameBatch[] }
  readonly batches: TelemetryEvents['batchScored'][] = []
  /** The next this many commits break. */
  commitsToBreak = 0
  /** What they wait for before they do. */
  breaking: Promise<void> = Promise.resolve()
  readonly #script: Script
  readonly #settings: TaskWorldSettings

  constructor(script: Script, settings: TaskWorldSettings = {}) {
    this.#script = script
    this.#settings = settings
    this.store = new MemoryCheckpoints('test', settings.commitIntervalMs)
    this.clock = settings.clock ?? new ManualClock()
    const open = () => {
      const writer = fakeWriter()
      return settings.isTransactional
        ? { ...writer, domain: this.store.domain, write: inTransaction(writer.written) }
        : writer
    }
    this.predictions = open()
    this.deadLetters = open()
    this.activations = open()
  }

  /** What was predicted: `<id> by <version>`, in order. */
  get predicted(): string[] {
    return this.predictions.written.flatMap(textsOf).map((text) => {
      const { id, by } = JSON.parse(text) as { id: number; by: string }
      return `${id} by ${by}`
    })
  }

  get letters(): string[] {
    return this.deadLetters.written.flatMap(textsOf)
  }

  get cutOvers(): string[] {
    return this.activations.written.flatMap(textsOf).map((text) => {
      const { from, key, version } = JSON.parse(text) as { from: number; key: string; version: VersionReference | null }
      return `${key} from ${from}: ${version?.version ?? 'none'}`
    })
  }

  async saved(): Promise<SavedTask | null> {
    return (await this.store.load(CHECKPOINT)) as SavedTask | null
  }

  async counts(): Promise<TaskCounts | null> {
    const saved = await this.saved()
    if (!saved) return null
    const { read, predicted, deadLettered, dropped } = saved.positions as unknown as TaskCounts
    return { read, predicted, deadLettered, dropped }
  }

  /** Starts a task from the last checkpoint, as a host does. */
  async start(...updates: ModelUpdate[]) {
    const { source = { type: 'constant', value: 'iris' }, unserved = 'drop', settings } = this.#settings
    const components = new Registry([...standInComponents, this.#script.transport])
    const descriptor = normalise({ transport: 'scripted', name: 'in' }, { source: 'test' }, components)
    const { isLooping: _isLooping, start: _start, ...context } = contextFor({ clock: this.clock })
    const opened = await openStreamReader(descriptor, components, context)
    const reader = this.#settings.reader?.(opened) ?? opened
    const telemetry = new Telemetry()
    telemetry.listen((name, payload) => {
      if (name === 'batchScored') this.batches.push(payload as TelemetryEvents['batchScored'])
    })
    const scorer = new BatchScorer({ source, unserved }, 'in/0@', this.clock, (version, records, ms) =>
      task.recordDuration(version, records, ms),
    )
    const task: Task = new Task(
      {
        name: '0/0',
        checkpoint: CHECKPOINT,
        engine: 'numbers',
        reader,
        positionPrefix: 'in/0@',
        predictions: [this.predictions],
        deadLetters: this.deadLetters,
        activations: this.activations,
        store: this.#breakable(),
        scorer,
        stamps: new StampFactory('headers', 'in/0@'),
        open: async ({ reference }) => scorerOf(reference),
        clock: this.clock,
        telemetry,
      },
      { maxRecords: 100, holdMs: 0, echoesRecord: false, ...settings },
    )
    const saved = await this.saved()
    const versions = new Map(
      (saved?.state?.keys ?? [])
        .flatMap(referencesIn)
        .map((reference) => [referenceId(reference), task.versions.admit(reference, prepared(), scorerOf(reference))]),
    )
    await task.restore(saved, versions, false)
    for (const update of updates) task.push(update)
    return task
  }

  /** Starts and runs to the end; resolves with how it ended, or rejects with the error. */
  async run(...updates: ModelUpdate[]): Promise<boolean> {
    const task = await this.start(...updates)
    try {
      return await task.run(
        () => {},
        () => {},
      )
    } finally {
      task.close()
    }
  }

  /** The store, whose transactions break while `commitsToBreak` says so. */
  #breakable(): MemoryCheckpoints {
    const { store } = this
    const begin = () => {
      const transaction = store.begin(CHECKPOINT)
      if (this.commitsToBreak === 0) return transaction
      this.commitsToBreak--
      const commit = async () => {
        await this.breaking
        const reason = 'the power is gone'
        throw new MillraceError('TRANSPORT_IO', { place: 'state', direction: 'writing', subject: 'the store', reason })
      }
      return Object.assign(transaction, { commit })
    }
    return new Proxy(store, {
      get: (target, name) => {
        if (name === 'begin') return begin
        const member = Reflect.get(target, name) as unknown
        return typeof member === 'function' ? (member as () => unknown).bind(target) : member
      },
    })
  }
}

/** Predictions say which version made them. */
function scorerOf(reference: VersionReference): FakeScorer {
  return new FakeScorer((record) => {
    if (record?.['bad']) throw new MillraceError('MODEL_INPUT_MISSING', { field: 'x' })
    return { id: record?.['id'] ?? null, by: reference.version }
  })
}

function referencesIn({ active, waiting, scheduled, candidates, shadows }: KeySnapshot): VersionReference[] {
  const single = [active, waiting].filter((reference) => reference !== null)
  return [...single, ...scheduled.map((s) => s.reference), ...candidates, ...shadows]
}

/** Keeps a batch when its transaction commits. */
function inTransaction(written: FrameBatch[]) {
  return (batch: FrameBatch, transaction: Transaction | null) => {
    const effects = transaction as unknown as { add(effect: { check(): void; apply(): void }): void }
    effects.add({ check: () => {}, apply: () => void written.push(batch) })
  }
}

/** Records `{"id": n}` for each number; `t` is added as the event time by `timed`. */
export function numbered(from: number, to: number, fields: object = {}): string[] {
  return Array.from({ length: to - from }, (_, i) => JSON.stringify({ id: from + i, ...fields }))
}

/** A reader whose records have their field `t` as event time. */
export function timed(reader: StreamReader): StreamReader {
  const next = async (maxRecords: number, waitMs: number) => {
    const batch = await reader.next(maxRecords, waitMs)
    if (!batch || batch.length === 0) return batch
    const timestampsMs = Float64Array.from(textsOf(batch), (text) => (JSON.parse(text) as { t: number }).t)
    return { ...batch, timestampsMs }
  }
  return Object.assign(Object.create(reader) as StreamReader, { next })
}
