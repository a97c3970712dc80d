import { MillraceError } from '../../src/core/errors.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
import type { EngineReport, EngineState } from '../../src/engine/engine.ts'
import type { ServedEngine, ServedInstance } from '../../src/server/server-context.ts'
import { SlotQueue } from '../../src/streams/slot-queue.ts'
import type { SlotRecord } from '../../src/transports/transport.ts'
import { ManualClock } from '../support/manual-clock.ts'

type Plan = ServedEngine['plan']
type Stats = EngineReport['stats'][string]
type Snapshot = EngineReport['tasks'][number]['keys'][number]
type Known = EngineReport['versions'][number]
type Reference = NonNullable<Snapshot['active']>

/** A version by name. */
export function reference(key: string, model: string, version: string): Reference {
  const digest = `${model}${version}`
  const modelPosition = 'models/0@1'
  return { key, model, version, digest, format: 'pmml', description: `about ${model}`, modelPosition, options: {} }
}

/** A message of the model stream that was dealt with. */
export function known(
  { key, model, version, digest, format, description }: Reference,
  at: number,
  code?: string,
): Known {
  const rejection =
    code === undefined ? null : new MillraceError('ENGINE_MESSAGE_WRONG', { position: '', reason: code })
  const facts = { key, model, version, digest, format, description, options: {} }
  return { ...facts, position: `models/0@${at}`, atMs: 1000 + at, rejection: rejection?.toReport() ?? null }
}

/** What one task holds for a key. */
export function snapshot(key: string, active: Reference | null, more: Partial<Snapshot> = {}): Snapshot {
  const none = { waiting: null, scheduled: [], candidates: [], shadows: [] }
  return { key, active, activeSinceMs: active ? 5000 : 0, isPinned: false, ...none, ...more }
}

export const wineStats: Stats = {
  name: 'tree',
  description: 'about tree',
  modelType: 'pmml',
  version: '3',
  since: 1548715296000,
  usage: 42,
  duration: 13,
  min: 0,
  max: 5,
  mean: 13 / 42,
  p50: 0.2,
  p95: 0.5,
  p99: 0.9,
}

export const noStats: Stats = {
  name: '',
  description: '',
  modelType: '',
  version: '',
  since: 0,
  usage: 0,
  duration: 0,
  min: 0,
  max: 0,
  mean: 0,
  p50: 0,
  p95: 0,
  p99: 0,
}

/** A report of an engine with these tasks' keys. */
export function reportOf(tasks: readonly (readonly Snapshot[])[], more: Partial<EngineReport> = {}): EngineReport {
  const counts = { read: 10, predicted: 8, deadLettered: 1, dropped: 1 }
  const keys = new Set(tasks.flat().map((s) => s.key))
  return {
    name: 'wine',
    state: 'running',
    counts,
    stats: Object.fromEntries([...keys].map((key) => [key, wineStats])),
    latency: { p50: 1, p95: 2, p99: 3 },
    tasks: tasks.map((own, rank) => ({
      task: `0/${rank}`,
      position: 7,
      modelPosition: 2,
      counts,
      keys: own,
      stats: [],
      latency: new Float64Array(3),
    })),
    versions: [],
    ...more,
  }
}

/** What the fake engine makes of a record: a prediction, a fault, or nothing because it is dropped. */
export type Scoring = (text: string) => string | MillraceError | null

const planned = (slot: number, transport: { readonly type: string; readonly [option: string]: unknown }) => ({
  slot,
  place: `engine.yaml: slots.${slot}`,
  descriptor: {
    version: '1',
    name: `slot-${slot}`,
    description: '',
    transport,
    envelope: null,
    encoding: { type: 'json' },
    schema: null,
    batching: { maxRecords: 100, maxDelayMs: 0 },
    loop: false,
    start: 'earliest' as const,
    lingerMs: 0,
    controlRecords: false,
  },
})

/**
 * An engine of one thread: slots 0 and 1 are REST, 2 and 3 are REST byte streams, 4 is a log in, 5 a log out. `work` does the job
 * of a task on slots 0 and 1, batch after batch, in the order of calls that the real one has.
 */
export class FakeEngine implements ServedEngine {
  readonly telemetry = new Telemetry()
  readonly clock = new ManualClock()
  readonly slots: ReadonlyMap<number, SlotQueue>
  readonly plan: Plan
  state: EngineState = 'running'
  current: EngineReport = reportOf([])
  instances?: () => Promise<readonly ServedInstance[]>
  #isStopped = false

  constructor(limits: { readonly maxRecords?: number } = {}) {
    this.slots = new Map([0, 1, 2, 3].map((slot) => [slot, new SlotQueue(`slot ${slot}`, this.clock, limits)]))
    const rest = { type: 'rest', mode: 'simple' }
    const chunked = { type: 'rest', mode: 'chunked' }
    const log = { type: 'log', topic: 'wine' }
    this.plan = {
      name: 'wine',
      description: 'scores wines',
      inputs: [planned(0, rest), planned(2, chunked), planned(4, log)],
      outputs: [planned(1, rest), planned(3, chunked), planned(5, log)],
    }
  }

  slot(number: number): SlotQueue {
    return this.slots.get(number) as SlotQueue
  }

  async report(): Promise<EngineReport> {
    return { ...this.current, state: this.state }
  }

  async stats(key: string): Promise<Stats> {
    return Object.hasOwn(this.current.stats, key) ? (this.current.stats[key] as Stats) : noStats
  }

  /** Scores slot 0 to slot 1 until `stop`. */
  async work(score: Scoring, maxRecords = 100): Promise<void> {
    while (!this.#isStopped) {
      const records = await this.slot(0).receive(maxRecords, Number.POSITIVE_INFINITY)
      if (records === null) return
      await this.#process(records, score)
    }
  }

  stop(): void {
    this.#isStopped = true
    this.slot(0).interrupt()
    for (const slot of this.slots.values()) slot.close('the engine has stopped')
  }

  async #process(records: readonly SlotRecord[], score: Scoring): Promise<void> {
    const predictions: SlotRecord[] = []
    for (const record of records) {
      const result = score(Buffer.from(record.bytes).toString())
      if (result instanceof MillraceError) this.slot(0).reject(record.sequence, result.toReport())
      else if (result !== null) {
        const stamp = encodeHeaders([
          ['model', 'tree'],
          ['modelPosition', 'models/0@12'],
        ])
        const headers = record.headers ? Buffer.concat([record.headers, stamp]) : stamp
        predictions.push({ ...record, bytes: Buffer.from(result), headers })
      }
    }
    if (predictions.length > 0) await this.slot(1).send(predictions)
    const last = records.at(-1)
    if (last) this.slot(0).acknowledge(last.sequence)
  }
}
