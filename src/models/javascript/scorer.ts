import { MillraceError } from '../../core/errors.ts'
import type { Signature } from '../../schema/signature.ts'
import type { RecordValue } from '../../schema/value.ts'
import type { PredictionBatch, Scorer } from '../model.ts'
import { type Converters, compileConverters } from './convert.ts'
import { type Declaration, readDeclaration } from './declaration.ts'
import { instantiate, type ModuleInstance, type ModuleScript } from './realm.ts'
import { describeThrown, describeValue } from './thrown.ts'

/** What crosses threads: the rewritten module and how to run it. */
export interface FunctionPayload {
  readonly script: ModuleScript
  /** Path or name of the artifact, for messages. */
  readonly source: string
  /** 0 = no limit. */
  readonly timeoutMs: number
}

/** One run over a batch: where it is and what it has. */
interface Run {
  /** Index of the record being scored. */
  at: number
  readonly predictions: (RecordValue | null)[]
  errors: Map<number, MillraceError> | null
}

type ScoreAll = (records: readonly (RecordValue | null)[], start: number, run: Run) => void

/** A function model's scorer. Its realm is collected with it. */
export class FunctionScorer implements Scorer {
  readonly signature: Signature
  readonly declaration: Declaration
  readonly #source: string
  readonly #timeoutMs: number
  readonly #instance: ModuleInstance
  readonly #scoreAll: ScoreAll
  #isClosed = false

  /** Evaluates the module and runs its `begin`. Without a signature the declared one counts, undeclared parts being empty. */
  constructor(payload: FunctionPayload, signature: Signature | null) {
    const { source, script, timeoutMs } = payload
    this.#source = source
    this.#timeoutMs = timeoutMs
    this.#instance = instantiate(script, source)
    start(readDeclaration(this.#instance.readExports(), source).begin, source)
    // read again: `begin` may have filled what the module exports
    const declaration = readDeclaration(this.#instance.readExports(), source)
    this.declaration = declaration
    this.signature = signature ?? { inputs: declaration.inputs ?? [], outputs: declaration.outputs ?? [] }
    const known = this.signature.outputs.map((output) => output.name)
    const converters = compileConverters(source, declaration.inputs, declaration.outputs, known)
    this.#scoreAll = declaration.scoreBatch
      ? (records, start, run) => this.#scoreTogether(records, start, run, converters)
      : compileLoop(declaration.score as (record: RecordValue) => unknown, converters, this.#fail)
  }

  score(records: readonly (RecordValue | null)[]): PredictionBatch {
    if (this.#isClosed) throw new MillraceError('CORE_CLOSED', { subject: this.#source })
    const run: Run = { at: 0, predictions: new Array(records.length).fill(null), errors: null }
    if (this.#timeoutMs === 0) this.#scoreAll(records, 0, run)
    else this.#scoreLimited(records, run)
    return { predictions: run.predictions, errors: run.errors }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      this.declaration.end?.()
    } catch {
      // the version is leaving: what its `end` throws has nobody to act on it
    }
  }

  /** The record on which the time runs out gets an error, and scoring goes on behind it: good records are not lost. */
  #scoreLimited(records: readonly (RecordValue | null)[], run: Run): void {
    for (let start = 0; start < records.length; start = run.at + 1) {
      run.at = start
      if (this.#instance.runLimited(() => this.#scoreAll(records, start, run), this.#timeoutMs)) return
      // scoreBatch answers for all at once, so all of them ran out of time
      const last = this.declaration.scoreBatch ? records.length - 1 : run.at
      const name = this.declaration.scoreBatch ? 'scoreBatch' : 'score'
      for (run.at = start; run.at <= last; run.at++) {
        if (run.predictions[run.at] !== null || run.errors?.has(run.at)) continue
        const parameters = { source: this.#source, function: name, timeoutMs: this.#timeoutMs }
        this.#fail(run, run.at, new MillraceError('MODEL_FUNCTION_TIMEOUT', parameters))
      }
      run.at = last
    }
  }

  #scoreTogether(records: readonly (RecordValue | null)[], start: number, run: Run, converters: Converters): void {
    const indexes: number[] = []
    const inputs: RecordValue[] = []
    for (let i = start; i < records.length; i++) {
      try {
        inputs.push(converters.input(presentRecord(records[i])))
        indexes.push(i)
      } catch (thrown) {
        this.#fail(run, i, thrown)
      }
    }
    if (inputs.length === 0) return
    const results = this.#callBatch(inputs, indexes, run)
    if (results === null) return
    for (let k = 0; k < indexes.length; k++) {
      const i = indexes[k] as number
      try {
        const result = results[k]
        if (isError(result)) throw result
        run.predictions[i] = converters.output(result)
      } catch (thrown) {
        this.#fail(run, i, thrown)
      }
    }
  }

  /** The model's results, one for each input, or null after failing all records. */
  #callBatch(inputs: readonly RecordValue[], indexes: readonly number[], run: Run): readonly unknown[] | null {
    try {
      const results = this.declaration.scoreBatch?.(inputs)
      if (Array.isArray(results) && results.length === inputs.length) return results
      throw new MillraceError('MODEL_FUNCTION_RESULT', {
        source: this.#source,
        what: 'the result of scoreBatch',
        value: describeValue(results),
        expected: `an array of ${inputs.length}`,
      })
    } catch (thrown) {
      for (const i of indexes) this.#fail(run, i, thrown)
      return null
    }
  }

  readonly #fail = (run: Run, index: number, thrown: unknown): void => {
    run.errors ??= new Map()
    run.errors.set(index, thrown instanceof MillraceError ? thrown : this.#threw(thrown))
  }

  #threw(thrown: unknown): MillraceError {
    const { reason, place } = describeThrown(thrown, this.#source)
    const name = this.declaration.scoreBatch ? 'scoreBatch' : 'score'
    return new MillraceError('MODEL_FUNCTION_THREW', { place, function: name, reason })
  }
}

/** The loop over a batch, compiled for this version so that its calls are to known functions. */
function compileLoop(
  score: (record: RecordValue) => unknown,
  converters: Converters,
  fail: (run: Run, index: number, thrown: unknown) => void,
): ScoreAll {
  const body = `return function(records,start,run){
const predictions=run.predictions
for(let i=start;i<records.length;i++){
run.at=i
try{predictions[i]=output(score(input(present(records[i]))))}catch(thrown){fail(run,i,thrown)}
}}`
  return new Function('score', 'input', 'output', 'present', 'fail', body)(
    score,
    converters.input,
    converters.output,
    presentRecord,
    fail,
  ) as ScoreAll
}

function presentRecord(record: RecordValue | null | undefined): RecordValue {
  if (typeof record === 'object' && record !== null && !Array.isArray(record)) return record
  throw new MillraceError('MODEL_RECORD_ABSENT', { value: describeValue(record) })
}

/** An Error of any realm. */
function isError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Error]'
}

function start(begin: (() => unknown) | null, source: string): void {
  try {
    begin?.()
  } catch (thrown) {
    const { reason, place } = describeThrown(thrown, source)
    throw new MillraceError('MODEL_FUNCTION_START', { place, function: 'begin', reason }, thrown)
  }
}
