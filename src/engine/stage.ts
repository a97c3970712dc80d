import { Transform } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Registry } from '../config/registry.ts'
import { columnOf } from '../core/bytes.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { type ErrorReport, MillraceError } from '../core/errors.ts'
import { type FrameBatch, framesOf } from '../core/frames.ts'
import type { PreparedModel, Scorer } from '../models/model.ts'
import type { RecordValue, Value } from '../schema/value.ts'
import type { FeatureFields } from './features.ts'
import { openScorer } from './hosted-task.ts'
import { JoinState } from './join-state.ts'
import type { LoadSettings } from './load-version.ts'
import { Loader } from './loader.ts'
import { readModelMessage } from './model-message.ts'
import type { KeySource } from './route.ts'
import { BatchScorer, startBatch } from './score-batch.ts'
import { KeyStats, type ModelStats, mergeStats } from './stats.ts'
import type { VersionReference } from './versions.ts'
import { openWarmUp } from './warm-up.ts'

/** Settings of a scoring stage. */
export interface StageOptions {
  /** Key of every record, or where it comes from. Default: the constant key `default`. */
  readonly key?: KeySource
  /** What a record without a model becomes: nothing (`drop`, the default) or an error result. */
  readonly noModel?: 'drop' | 'error'
  /** Fields that features are read from, by the name of the feature, where the names differ. */
  readonly features?: FeatureFields
  /** Most records scored in one call. Default 1,000. */
  readonly maxRecords?: number
  /** Accept models that are code. Default false. */
  readonly allowsCode?: boolean
  /** Folders and URL prefixes that models may come from by location. Default: the working directory. */
  readonly locations?: readonly string[]
  /** Longest time that loading a model may take, in ms. Default 60,000. */
  readonly loadTimeoutMs?: number
  readonly clock?: Clock
}

/** One result of the stage, in the order of the records; every prediction says which version made it. Records may share a prediction, which may be frozen. */
export type StageResult =
  | {
      readonly record: RecordValue
      readonly prediction: RecordValue
      readonly model: string
      readonly version: string
      readonly digest: string
    }
  | { readonly record: RecordValue; readonly error: Pick<ErrorReport, 'code' | 'message'> }

/** A model message as an object: the members of proto/model.proto, `data` as bytes. Example: `{name: 'iris', dataType: 'default', format: 'pmml', location: 'tree.pmml'}`. */
export type StageModel = Readonly<Record<string, unknown>>

/** What the hosting module binds a stage to. */
export interface StageHost {
  readonly registry: Registry
  /** URL of the module that exports the same registry, for the loader thread. */
  readonly registryUrl: string
}

const MAX_ARTIFACT_BYTES = 512 * 1024 * 1024

/**
 * The join as a stage of somebody's own program: records in, results out, models changing while it runs (what the book builds
 * as a custom graph stage with two inlets). Backpressure is that of the streams it stands between; nothing is kept on disk.
 *
 * Models are loaded on a thread of their own and take over between two records.
 */
export class ScoringStage {
  readonly #options: StageOptions
  readonly #host: StageHost
  readonly #clock: Clock
  readonly #loader: Loader
  readonly #state: JoinState
  readonly #scorer: BatchScorer
  readonly #stats = new Map<string, KeyStats>()
  #turn: Promise<unknown> = Promise.resolve()
  #publishing: Promise<unknown> = Promise.resolve()
  #isClosed = false
  #published = 0
  #scored = 0

  constructor(host: StageHost, options: StageOptions = {}) {
    this.#host = host
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const settings: LoadSettings = {
      allowsCode: options.allowsCode ?? false,
      maxArtifactBytes: MAX_ARTIFACT_BYTES,
      locations: options.locations ?? ['.'],
      baseFolder: process.cwd(),
      features: options.features ?? {},
    }
    this.#loader = new Loader(
      { registryUrl: host.registryUrl, settings, state: { type: 'memory' } },
      options.loadTimeoutMs ?? 60_000,
    )
    this.#state = new JoinState({
      cutOver: ({ key, version }) => this.#statsOf(key).begin(version?.reference ?? null, this.#clock.now()),
      moved: () => {},
    })
    const join = { source: this.#keySource, unserved: options.noModel === 'error' ? 'deadLetter' : 'drop' } as const
    this.#scorer = new BatchScorer(join, 'record ', this.#clock, (version, records, durationMs) => {
      const { key } = version.reference
      if (this.#state.active(key) === version) this.#statsOf(key).record(records, durationMs)
    })
  }

  /**
   * Loads, verifies and warms a model and lets it take over (or whatever its `action` says). Resolves with the version when it
   * has been placed; rejects with the reason, and then nothing has changed. `dataType` defaults to the stage's constant key.
   * Models take their places in the order of the calls.
   */
  publish(model: StageModel): Promise<VersionReference | null> {
    const result = this.#publishing.then(() => this.#publishNow(model))
    this.#publishing = result.catch(() => {})
    return result
  }

  async #publishNow(model: StageModel): Promise<VersionReference | null> {
    const position = `model ${this.#published++}`
    const source = this.#keySource
    const withKey = source.type === 'constant' && !model['dataType'] ? { ...model, dataType: source.value } : model
    const command = readModelMessage(withKey as Value, position)
    const { action, key } = command
    if (
      action === 'retire' ||
      action === 'unpin' ||
      (action === 'pin' && command.data === null && command.location === '')
    ) {
      await this.#exclusive(async () => this.#state.command(action, { ...command, key }))
      return null
    }
    const { reference, prepared } = await this.#loader.load({ command, position, known: null })
    const scorer = await this.#openWarm(reference, prepared)
    await this.#exclusive(async () => this.#state.place(action, this.#state.admit(reference, prepared, scorer), null))
    return reference
  }

  async #openWarm(reference: VersionReference, prepared: PreparedModel): Promise<Scorer> {
    const scorer = await openScorer(this.#host.registry, reference, prepared, this.#options.features ?? {})
    try {
      const warmUp = openWarmUp({ reference, prepared }, scorer, [], this.#clock)
      while (!warmUp.isDone) {
        await warmUp.slice()
        await nextTurn()
      }
      return scorer
    } catch (thrown) {
      scorer.close()
      throw thrown
    }
  }

  /** Publishes every model of a stream, one after another; one that is rejected is handed to `onRejected` and changes nothing. */
  async follow(
    models: AsyncIterable<StageModel>,
    onRejected: (error: MillraceError) => void = () => {},
  ): Promise<void> {
    for await (const model of models) {
      try {
        await this.publish(model)
      } catch (thrown) {
        onRejected(MillraceError.from(thrown, 'publishing a model'))
      }
    }
  }

  /** Scores one batch. Records that are dropped have no result. */
  scoreBatch(records: readonly RecordValue[]): Promise<StageResult[]> {
    return this.#exclusive(() => this.#scoreNow(records))
  }

  /** Scores a stream; records that are there together are scored together. */
  async *score(
    records: AsyncIterable<RecordValue> | Iterable<RecordValue>,
  ): AsyncGenerator<StageResult, void, undefined> {
    for await (const batch of gathered(records, this.#options.maxRecords ?? 1_000)) yield* await this.scoreBatch(batch)
  }

  /** The stage as a Web TransformStream of records to results. */
  toWebStream(): TransformStream<RecordValue, StageResult> {
    return new TransformStream({
      transform: async (record, controller) => {
        for (const result of await this.scoreBatch([record])) controller.enqueue(result)
      },
    })
  }

  /** The stage as a Node Transform in object mode. */
  toNodeStream(): Transform {
    const stage = this
    return new Transform({
      objectMode: true,
      transform(record: RecordValue, _encoding, done) {
        stage.scoreBatch([record]).then(
          (results) => {
            for (const result of results) this.push(result)
            done()
          },
          (thrown: unknown) => done(MillraceError.from(thrown, 'scoring stage')),
        )
      },
    })
  }

  /** Statistics of the model that serves `key`: readable while the stage runs. */
  stats(key = 'default'): ModelStats {
    return mergeStats([this.#statsOf(key).snapshot()])
  }

  /** Releases scorers and threads after the batch in hand; later calls are rejected. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    await this.#exclusive(async () => {
      this.#isClosed = true
      this.#state.close()
    })
    await this.#loader.close()
  }

  get #keySource(): KeySource {
    return this.#options.key ?? { type: 'constant', value: 'default' }
  }

  /** Batches and placements take turns, so that versions change only between two batches. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      if (this.#isClosed) throw new MillraceError('CORE_CLOSED', { subject: 'the scoring stage' })
      return work()
    })
    this.#turn = result.catch(() => {})
    return result
  }

  async #scoreNow(records: readonly RecordValue[]): Promise<StageResult[]> {
    const batch = bareFrames(records.length, this.#scored)
    this.#scored += records.length
    const scored = startBatch(batch, null)
    await this.#scorer.score(batch, records, this.#state, scored, 0, records.length)
    const faults = new Map(scored.faults.map((fault) => [fault.index, fault.error]))
    const results: StageResult[] = []
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as RecordValue
      const prediction = scored.predictions[i]
      const error = faults.get(i)
      const reference = scored.owners[i]?.reference
      if (error) results.push({ record, error: { code: error.code, message: error.message } })
      else if (prediction && reference) {
        results.push({
          record,
          prediction,
          model: reference.model,
          version: reference.version,
          digest: reference.digest,
        })
      }
    }
    return results
  }

  #statsOf(key: string): KeyStats {
    let stats = this.#stats.get(key)
    if (!stats) {
      stats = new KeyStats(key)
      this.#stats.set(key, stats)
    }
    return stats
  }
}

/** Frames without bytes, for records that were never encoded. */
function bareFrames(length: number, firstPosition: number): FrameBatch {
  const empty = columnOf([])
  return {
    ...framesOf({ ...empty, starts: new Int32Array(length), ends: new Int32Array(length), length }, firstPosition),
  }
}

/** Batches of what is there: at least one record, more when the source has them without waiting. */
async function* gathered(
  source: AsyncIterable<RecordValue> | Iterable<RecordValue>,
  maxRecords: number,
): AsyncGenerator<RecordValue[]> {
  if (Symbol.iterator in source) {
    let batch: RecordValue[] = []
    for (const record of source) {
      batch.push(record)
      if (batch.length < maxRecords) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
    return
  }
  const iterator = source[Symbol.asyncIterator]()
  try {
    let pending = keep(iterator.next())
    for (;;) {
      const first = await pending
      if (first.done) return
      const batch = [first.value]
      pending = keep(iterator.next())
      const turn = nextTurn('later' as const)
      while (batch.length < maxRecords) {
        // An error of the source is told in the next round, behind the results of what came before it.
        const next = await Promise.race([pending, turn]).catch(() => 'later' as const)
        if (next === 'later' || next.done) break
        batch.push(next.value)
        pending = keep(iterator.next())
      }
      yield batch
    }
  } finally {
    // Not awaited: a source that waits for its next record ends when that comes.
    iterator.return?.()?.catch(() => {})
  }
}

/** A promise that is awaited later: its rejection is not unhandled meanwhile. */
function keep<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
