import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { registry } from './components.ts'
import { closest } from './config/closest.ts'
import { objectSchema } from './config/option.ts'
import { MillraceError, reasonOf } from './core/errors.ts'
import { readFileOrFolder } from './core/file-or-folder.ts'
import { readingFields } from './engine/features.ts'
import { guessFormat } from './models/guess-format.ts'
import type { Artifact, MatrixOptions, ModelFormat, ScoreResult, Scorer } from './models/model.ts'
import { type PlainTensor, readTensor } from './schema/plain-tensor.ts'
import type { Signature } from './schema/signature.ts'
import type { TensorValue } from './schema/tensor.ts'
import type { RecordValue } from './schema/value.ts'

/** How to load a model. */
export interface LoadOptions {
  /** Name of the format (`pmml`); by default the file's extension tells, or its first bytes. */
  readonly format?: string
  /** Options of the format. */
  readonly options?: Readonly<Record<string, unknown>>
  /** True to allow models that are code. */
  readonly allowsCode?: boolean
  readonly maxArtifactBytes?: number
}

/** A loaded model for use inside a process, without streams. */
export interface Model {
  readonly signature: Signature
  /** One result per record, in order; a record's fault is its result, never a rejection. */
  score(records: readonly (RecordValue | null)[]): Promise<ScoreResult[]>
  /**
   * Tensor formats (ONNX, TensorFlow): the model's outputs by name for whole tensors by the name of the input. Elements may be plain
   * lists: `{x: {dtype: 'float32', shape: [1, 2], data: [1, 2]}}`. `signature` names one of a SavedModel's.
   */
  run(
    inputs: Readonly<Record<string, PlainTensor>>,
    options?: { readonly signature?: string },
  ): Promise<Readonly<Record<string, TensorValue>>>
  /** Tree formats (XGBoost, LightGBM): `[rows, outputs]`, row-major, for a matrix `[rows, features]`, row-major, NaN = missing. */
  predict(matrix: Float64Array, rows: number, options?: Partial<MatrixOptions>): Promise<Float64Array>
  /** Releases native memory; idempotent. */
  close(): Promise<void>
}

const defaultMaxArtifactBytes = 2 ** 30

/** Loads a model from its bytes, from a file, or from a folder (a SavedModel of TensorFlow). Takes CPU time: a server loads on a worker instead. */
export async function loadModel(source: Uint8Array | string, load: LoadOptions = {}): Promise<Model> {
  const maxArtifactBytes = load.maxArtifactBytes ?? defaultMaxArtifactBytes
  const artifact = await artifactOf(source, maxArtifactBytes)
  const format = formatOf(source, artifact.bytes, load.format)
  const context = {
    allowsCode: load.allowsCode ?? false,
    maxArtifactBytes,
  }
  if (format.isCode && !context.allowsCode) {
    throw new MillraceError('MODEL_CODE_NOT_ALLOWED', { source: artifact.source, format: format.name })
  }
  const options = parseOptions(format, load.options ?? {})
  const opened = await format.open(await format.prepare(artifact, options, context))
  const scorer = readingFields(opened, {})
  return {
    signature: scorer.signature,
    async run(inputs, { signature } = {}) {
      if (!opened.run) throw unsupported(format, 'run')
      const tensors = Object.entries(inputs).map(([name, plain]) => [name, readTensor(name, plain)])
      return opened.run(Object.fromEntries(tensors), signature)
    },
    async predict(matrix, rows, { output = 'value', iterations } = {}) {
      if (!opened.predict) throw unsupported(format, 'predict')
      return opened.predict(matrix, rows, { output, ...(iterations === undefined ? {} : { iterations }) })
    },
    async score(records) {
      const { predictions, errors } = await scorer.score(records)
      return predictions.map((prediction, i): ScoreResult => {
        if (prediction !== null) return { prediction }
        const { code, message } = errors?.get(i) ?? MillraceError.from('no prediction', `record ${i}`)
        return { error: { code, message } }
      })
    },
    async close() {
      scorer.close()
    },
  }
}

function unsupported(format: ModelFormat, method: keyof Scorer): MillraceError {
  return new MillraceError('MODEL_METHOD_UNSUPPORTED', { format: format.name, method })
}

async function artifactOf(source: Uint8Array | string, maxBytes: number): Promise<Artifact> {
  let bytes: Uint8Array
  try {
    bytes = typeof source === 'string' ? await readFileOrFolder(source, maxBytes) : source
  } catch (cause) {
    throw new MillraceError('CONFIG_UNREADABLE', { path: String(source), reason: reasonOf(cause) }, cause)
  }
  const digest = createHash('sha256').update(bytes).digest('hex')
  return { bytes, digest, source: typeof source === 'string' ? source : 'the model' }
}

function formatOf(source: Uint8Array | string, bytes: Uint8Array, name: string | undefined): ModelFormat {
  if (name !== undefined) return registry.get<ModelFormat>('format', name, 'loadModel')
  const formats = registry.list('format') as unknown as ModelFormat[]
  const extension = typeof source === 'string' ? extname(source).slice(1).toLowerCase() : ''
  const found = guessFormat(formats, extension, bytes)
  if (found) return found
  const names = formats.map((format) => format.name)
  const hint = closest('', names)
  throw new MillraceError('CONFIG_COMPONENT_UNKNOWN', { place: 'loadModel', kind: 'format', name: extension, hint })
}

function parseOptions(
  format: ModelFormat,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const parsed = objectSchema(format.options).safeParse(options)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new MillraceError('CONFIG_OPTION_WRONG', {
    place: `loadModel: format "${format.name}"`,
    option: issue?.path.join('.') || 'options',
    value: JSON.stringify(options),
    expected: issue?.message ?? 'valid options',
  })
}
