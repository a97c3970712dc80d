import type { Clock } from '../core/clock.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import type { PredictionBatch } from '../models/model.ts'
import type { RecordValue, Value } from '../schema/value.ts'
import type { HeldVersion, JoinState } from './join-state.ts'
import { describeKeySource, type KeySource, type Router, routerOf } from './route.ts'
import { versionName } from './versions.ts'

/** A record that becomes no prediction, and why. */
export interface Fault {
  readonly index: number
  readonly error: MillraceError
  readonly version: HeldVersion | null
}

/** What scoring made of a batch: every record is a prediction, a fault or dropped. */
export interface ScoredBatch {
  /** `[batch.length]`; null where there is none. */
  readonly predictions: (RecordValue | null)[]
  /** The version that scored each record. */
  readonly owners: (HeldVersion | null)[]
  readonly faults: Fault[]
  /** Records passed over because no version was active (policy `drop`). */
  dropped: number
}

/** A batch with nothing scored yet; records that could not be decoded are faults already. */
export function startBatch(batch: FrameBatch, errors: ReadonlyMap<number, MillraceError> | null): ScoredBatch {
  const scored: ScoredBatch = {
    predictions: new Array(batch.length).fill(null),
    owners: new Array(batch.length).fill(null),
    faults: [],
    dropped: 0,
  }
  if (errors) for (const [index, error] of errors) scored.faults.push({ index, error, version: null })
  return scored
}

/** What happens to a record whose key has no active version. `hold` is dealt with by the task before it scores. */
export type Unserved = 'drop' | 'deadLetter'

/** Told how long a version took for how many records, for statistics. */
export type DurationListener = (version: HeldVersion, records: number, durationMs: number) => void

/**
 * Routes and scores records: the join itself, free of I/O. Used by tasks, by replay and by the library stage alike, so that
 * all of them give the same answers.
 */
export class BatchScorer {
  readonly #source: KeySource
  readonly #router: Router
  readonly #unserved: Unserved
  readonly #positionPrefix: string
  readonly #clock: Clock
  readonly #listener: DurationListener

  /** `positionPrefix` is the text before a position number in messages: `iris/0@`. */
  constructor(
    join: { readonly source: KeySource; readonly unserved: Unserved },
    positionPrefix: string,
    clock: Clock,
    listener: DurationListener,
  ) {
    this.#source = join.source
    this.#router = routerOf(join.source)
    this.#unserved = join.unserved
    this.#positionPrefix = positionPrefix
    this.#clock = clock
    this.#listener = listener
  }

  /** Keys of records `[from, to)` for which no version is active. */
  unservedKeys(
    batch: FrameBatch,
    values: readonly (Value | undefined)[],
    state: JoinState,
    from: number,
    to: number,
  ): Set<string> {
    const keys = new Set<string>()
    if (this.#source.type === 'constant') {
      if (state.active(this.#source.value) === null) keys.add(this.#source.value)
      return keys
    }
    for (let i = from; i < to; i++) {
      if (values[i] === undefined) continue
      const key = this.#router(batch, values, i)
      if (key !== '' && state.active(key) === null) keys.add(key)
    }
    return keys
  }

  /** Scores records `[from, to)` by the versions that are active now, into `scored`. */
  async score(
    batch: FrameBatch,
    values: readonly (Value | undefined)[],
    state: JoinState,
    scored: ScoredBatch,
    from: number,
    to: number,
  ): Promise<void> {
    if (from === to) return
    if (this.#source.type === 'constant') {
      await this.#scoreKey(batch, values, state, this.#source.value, rowsOf(values, from, to), scored)
      return
    }
    for (const [key, indexes] of this.#groups(batch, values, scored, from, to)) {
      await this.#scoreKey(batch, values, state, key, { length: indexes.length, from: 0, indexes }, scored)
    }
  }

  #groups(
    batch: FrameBatch,
    values: readonly (Value | undefined)[],
    scored: ScoredBatch,
    from: number,
    to: number,
  ): Map<string, number[]> {
    const groups = new Map<string, number[]>()
    for (let i = from; i < to; i++) {
      if (values[i] === undefined) continue
      const key = this.#router(batch, values, i)
      if (key === '') {
        const error = new MillraceError('ENGINE_KEY_MISSING', {
          position: this.#at(batch, i),
          source: describeKeySource(this.#source),
        })
        scored.faults.push({ index: i, error, version: null })
        continue
      }
      const group = groups.get(key)
      if (group) group.push(i)
      else groups.set(key, [i])
    }
    return groups
  }

  async #scoreKey(
    batch: FrameBatch,
    values: readonly (Value | undefined)[],
    state: JoinState,
    key: string,
    rows: Rows,
    scored: ScoredBatch,
  ): Promise<void> {
    if (rows.length === 0) return
    const version = state.active(key)
    if (version === null) {
      this.#passOver(batch, key, rows, scored)
      return
    }
    const records = recordsOf(values, rows)
    const start = this.#clock.monotonicMs()
    const result = await this.#ask(version, records as readonly (RecordValue | null)[], batch, indexOf(rows, 0))
    this.#listener(version, records.length, this.#clock.monotonicMs() - start)
    for (let r = 0; r < rows.length; r++) {
      const i = indexOf(rows, r)
      const prediction = result.predictions[r] ?? null
      scored.owners[i] = version
      scored.predictions[i] = prediction
      if (prediction === null) {
        const error = result.errors?.get(r) ?? this.#scorerError(version, batch, i, 'it gives no prediction')
        scored.faults.push({ index: i, error, version })
      }
    }
    await this.#scoreShadows(state, key, records as readonly (RecordValue | null)[])
  }

  /** A scorer that throws, against its contract, makes every record of the call a fault; none is lost. */
  async #ask(
    version: HeldVersion,
    records: readonly (RecordValue | null)[],
    batch: FrameBatch,
    first: number,
  ): Promise<PredictionBatch> {
    try {
      const answer = version.scorer.score(records)
      return answer instanceof Promise ? await answer : answer
    } catch (thrown) {
      const error = this.#scorerError(version, batch, first, reasonOf(thrown), thrown)
      return { predictions: records.map(() => null), errors: new Map(records.map((_, r) => [r, error])) }
    }
  }

  #scorerError(version: HeldVersion, batch: FrameBatch, index: number, reason: string, cause?: unknown): MillraceError {
    const parameters = { model: versionName(version.reference), position: this.#at(batch, index), reason }
    return new MillraceError('ENGINE_SCORER_ERROR', parameters, cause)
  }

  /** Shadows score the same records; their answers are only counted. */
  async #scoreShadows(state: JoinState, key: string, records: readonly (RecordValue | null)[]): Promise<void> {
    const shadows = state.get(key)?.shadows
    if (!shadows || shadows.size === 0) return
    for (const shadow of shadows) {
      const start = this.#clock.monotonicMs()
      try {
        await shadow.scorer.score(records)
      } catch {
        continue
      }
      this.#listener(shadow, records.length, this.#clock.monotonicMs() - start)
    }
  }

  #passOver(batch: FrameBatch, key: string, rows: Rows, scored: ScoredBatch): void {
    if (this.#unserved === 'drop') {
      scored.dropped += rows.length
      return
    }
    for (let r = 0; r < rows.length; r++) {
      const index = indexOf(rows, r)
      const error = new MillraceError('ENGINE_NO_MODEL', { position: this.#at(batch, index), key })
      scored.faults.push({ index, error, version: null })
    }
  }

  #at(batch: FrameBatch, index: number): string {
    return this.#positionPrefix + (batch.positions[index] as number)
  }
}

/** Records of a batch that one version scores: a stretch of it, which needs no list, or those of a list. */
interface Rows {
  readonly length: number
  /** First record of a stretch. */
  readonly from: number
  /** Null for a stretch. */
  readonly indexes: readonly number[] | null
}

/** Records `[from, to)` that were decoded. */
function rowsOf(values: readonly (Value | undefined)[], from: number, to: number): Rows {
  let decoded = 0
  for (let i = from; i < to; i++) if (values[i] !== undefined) decoded++
  if (decoded === to - from) return { length: decoded, from, indexes: null }
  const indexes: number[] = []
  for (let i = from; i < to; i++) if (values[i] !== undefined) indexes.push(i)
  return { length: decoded, from, indexes }
}

/** Index in the batch of a row. */
function indexOf({ from, indexes }: Rows, row: number): number {
  return indexes === null ? from + row : (indexes[row] as number)
}

function recordsOf(values: readonly (Value | undefined)[], { length, from, indexes }: Rows) {
  if (length === values.length) return values
  return indexes === null ? values.slice(from, from + length) : indexes.map((i) => values[i])
}
