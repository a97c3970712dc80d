/** Stand-ins for versions, scorers and streams, so that each file of the engine is tested by itself. */
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import type { MillraceError } from '../../src/core/errors.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'
import { type HeldVersion, JoinState, type ModelUpdate } from '../../src/engine/join-state.ts'
import type { ModelCommand } from '../../src/engine/model-message.ts'
import type { VersionReference } from '../../src/engine/versions.ts'
import type { PredictionBatch, PreparedModel, Scorer } from '../../src/models/model.ts'
import type { RecordValue, Value } from '../../src/schema/value.ts'
import type { StreamWriter } from '../../src/streams/stream-writer.ts'

/** A reference; the digest is made of model and version when it is not given. */
export function reference(changes: Partial<VersionReference> = {}): VersionReference {
  const { model = 'tree', version = '1' } = changes
  const digest = Buffer.from(`${model}@${version}`).toString('hex').padEnd(64, '0').slice(0, 64)
  return {
    key: 'iris',
    model,
    version,
    digest,
    format: 'fake',
    description: '',
    modelPosition: 'models/0@0',
    options: {},
    ...changes,
  }
}

/** A prepared model without content. */
export function prepared(changes: Partial<PreparedModel> = {}): PreparedModel {
  return {
    signature: { inputs: [], outputs: [] },
    payload: null,
    residentBytes: 0,
    verification: null,
    samples: [],
    isStateful: false,
    facts: {},
    ...changes,
  }
}

/** A scorer that answers each record by a function; a thrown MillraceError is that record's error. */
export class FakeScorer implements Scorer {
  readonly signature = { inputs: [], outputs: [] }
  /** Every batch it was asked for. */
  readonly asked: (readonly (RecordValue | null)[])[] = []
  closed = 0
  readonly #answer: (record: RecordValue | null) => RecordValue

  constructor(answer: (record: RecordValue | null) => RecordValue = (record) => ({ scored: record as Value })) {
    this.#answer = answer
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch | Promise<PredictionBatch> {
    this.asked.push(records)
    const errors = new Map<number, MillraceError>()
    const predictions = records.map((record, i) => {
      try {
        return this.#answer(record)
      } catch (thrown) {
        errors.set(i, thrown as MillraceError)
        return null
      }
    })
    return { predictions, errors: errors.size > 0 ? errors : null }
  }

  close(): void {
    this.closed++
  }
}

/** A state that records what it announces. */
export function recordedState() {
  const cutOvers: string[] = []
  const moves: string[] = []
  const state = new JoinState({
    cutOver: ({ key, version, previous }) => cutOvers.push(`${key}: ${nameOf(previous)} -> ${nameOf(version)}`),
    moved: ({ model, version }, from, to) => moves.push(`${model}@${version}: ${from} -> ${to}`),
  })
  const admit = (changes: Partial<VersionReference> = {}, scorer: Scorer = new FakeScorer()) =>
    state.admit(reference(changes), prepared(), scorer)
  return { state, cutOvers, moves, admit }
}

function nameOf(version: HeldVersion | null): string {
  return version ? `${version.reference.model}@${version.reference.version}` : 'none'
}

/** A state in which these keys are served. */
export function servedState(scorers: Readonly<Record<string, Scorer>>): JoinState {
  const { state } = recordedState()
  for (const [key, scorer] of Object.entries(scorers))
    state.place('activate', state.admit(reference({ key, model: `of-${key}` }), prepared(), scorer), null)
  return state
}

/** An update as the keeper broadcasts it. */
export function update(changes: Partial<ModelUpdate> & Pick<ModelUpdate, 'outcome'>): ModelUpdate {
  const position = changes.position ?? 0
  return {
    position,
    end: position + 1,
    positionText: `models/0@${position}`,
    action: 'activate',
    key: 'iris',
    model: 'tree',
    version: '',
    effectiveFromMs: null,
    publishedMs: null,
    ...changes,
  }
}

/** An update that brings a version. */
export function loadedUpdate(
  changes: Partial<VersionReference>,
  rest: Partial<ModelUpdate> = {},
  model: PreparedModel = prepared(),
): ModelUpdate {
  const loaded = reference(changes)
  const { key, model: name, version } = loaded
  return update({ key, model: name, version, ...rest, outcome: { type: 'loaded', reference: loaded, prepared: model } })
}

/** A message of the model stream, checked. */
export function command(changes: Partial<ModelCommand> = {}): ModelCommand {
  return {
    action: 'activate',
    key: 'iris',
    model: 'tree',
    version: '1',
    digest: '',
    format: 'javascript',
    description: '',
    effectiveFromMs: null,
    data: null,
    location: '',
    options: {},
    verification: [],
    ...changes,
  }
}

/** Frames of texts, with whatever else a test needs. */
export function frames(texts: readonly string[], changes: Partial<FrameBatch> = {}, firstPosition = 0): FrameBatch {
  return { ...framesOf(columnOf(texts.map((text) => Buffer.from(text))), firstPosition), ...changes }
}

/** Texts of a batch's values. */
export function textsOf(batch: FrameBatch): string[] {
  return Array.from({ length: batch.length }, (_, i) => Buffer.from(bytesAt(batch.values, i) ?? []).toString())
}

/** A source of a function model: predictions carry `made`, and `y` as the expression says. */
export function source(made: number | string, expression = 'r.x', rest = ''): string {
  return `export function score(r) { return { made: ${JSON.stringify(made)}, y: ${expression} } }\n${rest}`
}

/** A writer that encodes as JSON and keeps what is written; values that `refuses` are encoding errors. */
export function fakeWriter(
  refuses: (value: Value) => MillraceError | null = () => null,
  changes: Partial<StreamWriter> = {},
): StreamWriter & { readonly written: FrameBatch[] } {
  const written: FrameBatch[] = []
  return {
    name: 'out',
    partition: 0,
    domain: null,
    guarantee: { level: 'at-least-once', condition: 'always' },
    carriesHeaders: true,
    hasFields: true,
    maxRecordBytes: null,
    encode: (values, echo) => {
      const errors = new Map<number, MillraceError>()
      const indexes: number[] = []
      const bytes: Buffer[] = []
      for (const [i, value] of values.entries()) {
        if (value === undefined) continue
        const error = refuses(value)
        if (error) errors.set(i, error)
        else {
          indexes.push(i)
          bytes.push(
            Buffer.from(
              JSON.stringify({ ...(echo?.records[i] as RecordValue | undefined), ...(value as RecordValue) }),
            ),
          )
        }
      }
      return {
        values: columnOf(bytes),
        indexes: indexes.length === values.length ? null : indexes,
        errors: errors.size > 0 ? errors : null,
      }
    },
    write: (batch) => {
      written.push(batch)
    },
    flush: async () => {},
    close: async () => {},
    ...changes,
    written,
  }
}
