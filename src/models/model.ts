import type { Component } from '../config/component.ts'
import type { OptionTable, OptionValues } from '../config/option.ts'
import type { ErrorReport, MillraceError } from '../core/errors.ts'
import type { Signature } from '../schema/signature.ts'
import type { TensorValue } from '../schema/tensor.ts'
import type { RecordValue } from '../schema/value.ts'

/** A version's bytes. */
export interface Artifact {
  readonly bytes: Uint8Array
  /** Lower-case hex SHA-256 of the bytes. */
  readonly digest: string
  /** Path or name for messages, for example `models/iris.pmml`. */
  readonly source: string
}

/** Rows shipped with a model and what it must answer on them (PMML ModelVerification, rows of the model message). */
export interface VerificationReport {
  readonly rows: number
  readonly differences: readonly {
    readonly row: number // zero-based
    readonly output: string
    readonly expected: string
    readonly actual: string
  }[]
}

/**
 * What is in an artifact, for people who look at it; nothing of it is needed to score.
 *
 * Example: a forest has the parts `{depth: 0, name: 'MiningModel', count: 1, detail: 'classification, average'}` and
 * `{depth: 1, name: 'TreeModel', count: 100, detail: 'classification'}`.
 */
export interface ModelDescription {
  /** Models by nesting, in document order. */
  readonly parts: readonly {
    readonly depth: number
    readonly name: string
    readonly count: number
    readonly detail: string
  }[]
  /** About the inputs of the signature, in its order. */
  readonly inputs: readonly {
    readonly name: string
    readonly optype: string
    /** What becomes of values that are missing, invalid or far out. */
    readonly treatments: readonly string[]
  }[]
  /** Fields that the model was trained to predict. */
  readonly targets: readonly {
    readonly name: string
    readonly optype: string | null
    readonly values: readonly string[]
  }[]
  /** Elements by name that tell how large the model is, the most numerous first. */
  readonly elements: Readonly<Record<string, number>>
  /** What the document says about itself: name, description, copyright, time. */
  readonly document: Readonly<Record<string, string>>
}

/**
 * A loaded artifact on its way between threads: structured-cloneable, checked, compiled, verified.
 *
 * Loading is split in two because a scorer (functions, native sessions) cannot cross threads. `prepare` does all that costs
 * CPU, on a loader thread; `open` makes a scorer of it on each scoring thread and takes a few milliseconds at the most.
 * Large arrays live in SharedArrayBuffers, so that all tasks of a process share one copy.
 */
export interface PreparedModel<P = unknown> {
  readonly signature: Signature
  /** Format's own structured-cloneable data. */
  readonly payload: P
  /** Approximate resident size of the payload in bytes. */
  readonly residentBytes: number
  readonly verification: VerificationReport | null
  /** Records that exercise the model, for warm-up (verification rows, or made up from the signature's domains). */
  readonly samples: readonly RecordValue[]
  /** True when a score may depend on earlier calls: such a scorer is not warmed with live records. */
  readonly isStateful: boolean
  /** Facts for people: element counts, producer, format version. */
  readonly facts: Readonly<Record<string, string | number>>
  readonly description?: ModelDescription
  /** What the artifact says and the format passes over, one sentence each; none when absent. */
  readonly notes?: readonly string[]
}

/** Predictions of one batch; `predictions[i]` answers record `i` and is null exactly where `errors` has an entry for it. */
export interface PredictionBatch {
  readonly predictions: readonly (RecordValue | null)[]
  /** Per-record errors by index, or null when all records were scored. */
  readonly errors: ReadonlyMap<number, MillraceError> | null
}

/**
 * A loaded version, on the thread that scores.
 *
 * `score` never throws for a record's fault: that record gets an error and the others a prediction. It may be called again
 * before an earlier promise resolved only when `isConcurrent` is true. It does not keep or change the records. Text
 * is cast to the type that the model declares. A prediction holds the signature's outputs by name, null where the
 * model gives no value. Records may share a prediction (a tree has one per leaf), which may be frozen: callers copy a
 * prediction that they want to change.
 */
export interface Scorer {
  readonly signature: Signature
  readonly isConcurrent?: boolean
  score(records: readonly (RecordValue | null)[]): PredictionBatch | Promise<PredictionBatch>
  /**
   * Tensor formats: runs the model on whole tensors by the name of the input and gives its outputs by name. `signature` names one of
   * several (SavedModel); by default the one that records are scored with. Rejects with a MillraceError of scope `record`.
   */
  run?(
    inputs: Readonly<Record<string, TensorValue>>,
    signature?: string,
  ): Promise<Readonly<Record<string, TensorValue>>>
  /** Tree formats: scores rows of numbers, see MatrixOptions. Throws a MillraceError of scope `record` when sizes do not fit. */
  predict?(matrix: Float64Array, rows: number, options: MatrixOptions): Float64Array
  /** Releases native memory; idempotent. The scorer is not used afterwards. */
  close(): void
}

/** How a tree model scores a matrix `[rows, features]`, row-major, NaN = missing, into `[rows, outputs]`, row-major. */
export interface MatrixOptions {
  /** `value`: the prediction of the library; `margin`: the raw score, before the objective's transform. */
  readonly output: 'value' | 'margin'
  /** Boosting iterations that count; all (or up to the model's own best iteration) when absent. */
  readonly iterations?: number
}

/** What the host allows and limits while a model is prepared. */
export interface PrepareContext {
  /** True when the operator allows models that are code (JavaScript, Python). */
  readonly allowsCode: boolean
  /** Artifacts above this many bytes are refused. */
  readonly maxArtifactBytes: number
}

/** A model format: artifact to scorer, in two steps (see PreparedModel). */
export interface ModelFormat<T extends OptionTable = OptionTable, P = unknown> extends Component<'format', T> {
  /** True when artifacts are executable code: refused unless the operator allows code. */
  readonly isCode: boolean
  /** File extensions, without the dot, by which the CLI guesses the format. */
  readonly extensions: readonly string[]
  /** True when a model may be a folder; its artifact is an archive of it then (core/archive.ts). */
  readonly takesFolders?: true
  /** True when the bytes look like an artifact of this format: for files whose extension says nothing or several formats use. */
  recognises?(bytes: Uint8Array): boolean
  /** Reads, checks, compiles and verifies. Throws a MillraceError of scope `model` with the place of the fault. May take seconds of CPU: never called on a scoring thread. */
  prepare(artifact: Artifact, options: OptionValues<T>, context: PrepareContext): Promise<PreparedModel<P>>
  /** Makes a scorer of what `prepare` gave, possibly after a structured clone. Cheap. */
  open(prepared: PreparedModel<P>): Scorer | Promise<Scorer>
}

/** What `loadModel` answers for one record. Records may share a prediction, which may be frozen: copy it to change it. */
export type ScoreResult =
  | { readonly prediction: RecordValue }
  | { readonly error: Pick<ErrorReport, 'code' | 'message'> }
