import { MillraceError, reasonOf } from '../../core/errors.ts'
import {
  elementCount,
  isTensorDtype,
  type Tensor,
  type TensorData,
  type TensorDtype,
  tensorArrays,
} from '../../schema/tensor.ts'
import { elementTypeOf } from './dtypes.ts'
import {
  fatalOnly,
  loadRuntime,
  type NativeBinding,
  type NativeFeed,
  type NativeMetadata,
  type NativeSession,
} from './runtime.ts'

/** How a graph is run. */
export interface SessionOptions {
  /** Threads that one operator may use; 1 by default: faster for models below some 10 MFLOP, and scoring threads do not fight. */
  readonly threads?: number
  /** Threads that run operators beside each other; only with `executionMode: 'parallel'`. */
  readonly interOpThreads?: number
  readonly executionMode?: 'sequential' | 'parallel'
  /** How far the graph is rewritten when the session is made; `all` by default. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all'
  /** Execution providers by preference; `cpu` by default. */
  readonly providers?: readonly string[]
  /** Sizes for dimensions that the model leaves open, by name. */
  readonly freeDimensions?: Readonly<Record<string, number>>
}

/** An input or output of a session. */
export interface SessionValue {
  readonly name: string
  readonly dtype: TensorDtype
  readonly shape: readonly (number | string | null)[]
}

/** A graph ready to run, on one thread. */
export interface OnnxSession {
  readonly inputs: readonly SessionValue[]
  readonly outputs: readonly SessionValue[]
  /**
   * Runs the graph; blocks this thread while it runs. Every input must be fed; `outputs` limits what is fetched. Throws
   * MODEL_RUN_ERROR. Feeds are not kept; results are fresh.
   */
  runNow(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Record<string, Tensor>
  /** The same as a promise. */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>
  /** Gives the native memory back; idempotent. The session is not used afterwards. */
  release(): void
}

/** Names for messages. */
export interface SessionSource {
  readonly source: string
  readonly format: string
}

/**
 * Makes a session of a ModelProto's bytes: native code reads the graph, checks and optimises it (milliseconds for small models).
 * Rejects with MODEL_RUNTIME_MISSING or MODEL_RUNTIME_REFUSED. All inputs and outputs must be tensors.
 */
export async function openSession(
  model: Uint8Array,
  options: SessionOptions,
  { source, format }: SessionSource,
): Promise<OnnxSession> {
  const binding = await loadRuntime(format, source)
  try {
    return new NativeOnnxSession(binding, model, options)
  } catch (thrown) {
    const reason = runtimeReason(thrown)
    throw new MillraceError('MODEL_RUNTIME_REFUSED', { source, runtime: 'onnxruntime', reason }, thrown)
  }
}

class NativeOnnxSession implements OnnxSession {
  readonly inputs: readonly SessionValue[]
  readonly outputs: readonly SessionValue[]
  readonly #session: NativeSession
  readonly #fetches: Readonly<Record<string, null>>
  #isReleased = false

  constructor(binding: NativeBinding, model: Uint8Array, options: SessionOptions) {
    this.#session = new binding.InferenceSession()
    // The binding takes no shared memory.
    const bytes = model.buffer instanceof ArrayBuffer ? model : new Uint8Array(model)
    this.#session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, nativeOptions(options))
    this.inputs = this.#session.inputMetadata.map(sessionValue)
    this.outputs = this.#session.outputMetadata.map(sessionValue)
    this.#fetches = Object.fromEntries(this.outputs.map(({ name }) => [name, null]))
  }

  runNow(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Record<string, Tensor> {
    const native: Record<string, NativeFeed> = {}
    for (const { name, dtype } of this.inputs) native[name] = feedOf(name, dtype, feeds[name])
    const fetches = outputs ? Object.fromEntries(outputs.map((name) => [name, null])) : this.#fetches
    let results: ReturnType<NativeSession['run']>
    try {
      results = this.#session.run(native, fetches, {})
    } catch (thrown) {
      throw new MillraceError('MODEL_RUN_ERROR', { reason: runtimeReason(thrown) }, thrown)
    }
    const tensors: Record<string, Tensor> = {}
    for (const name in results) tensors[name] = tensorOf(results[name] as (typeof results)[string])
    return tensors
  }

  async run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>> {
    return this.runNow(feeds, outputs)
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#session.dispose()
  }
}

/** What the runtime says, without the place in its source. Example: `…/graph/model.cc:202 Model::Model(…) Unsupported model IR version: 14`. */
function runtimeReason(thrown: unknown): string {
  return reasonOf(thrown)
    .replace(/\/onnxruntime_src\/\S+:\d+ .*?\)(?: const)?(?: \[with [^\]]*\])? (?=\S)/g, '')
    .trim()
}

/**
 * Rewritings of onnxruntime 1.30 that change results, by their names with `;` between them: MatmulTransposeFusion gives scikit-learn's Gaussian
 * processes with deviations other means (1.31 does not).
 */
const wrongOptimizers = 'MatmulTransposeFusion'

function nativeOptions(options: SessionOptions): Readonly<Record<string, unknown>> {
  const { threads = 1, interOpThreads = 1, executionMode = 'sequential', graphOptimization = 'all' } = options
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: interOpThreads,
    executionMode,
    graphOptimizationLevel: graphOptimization,
    logSeverityLevel: fatalOnly,
    extra: { optimization: { disable_specified_optimizers: wrongOptimizers } },
    ...(options.providers ? { executionProviders: options.providers } : {}),
    ...(options.freeDimensions ? { freeDimensionOverrides: options.freeDimensions } : {}),
  }
}

function sessionValue({ name, isTensor, type, shape, symbolicDimensions }: NativeMetadata): SessionValue {
  const dtype = isTensor ? elementTypeOf(type) : null
  if (dtype === null || !isTensorDtype(dtype))
    throw new Error(
      `"${name}" is ${isTensor ? `of element type ${dtype ?? type}` : 'no tensor'}, expected a tensor of numbers or text`,
    )
  return { name, dtype, shape: shape.map((size, i) => (size >= 0 ? size : symbolicDimensions[i] || null)) }
}

function feedOf(name: string, dtype: TensorDtype, tensor: Tensor | undefined): NativeFeed {
  const fail = (reason: string): never => {
    throw new MillraceError('MODEL_RUN_ERROR', { reason: `input "${name}" ${reason}` })
  }
  if (!tensor) return fail('is missing')
  if (tensor.dtype !== dtype) fail(`is of ${tensor.dtype}, expected ${dtype}`)
  const { shape } = tensor
  const { data } = tensor
  // The binding trusts shapes: too few elements would be refused, too many passed over.
  if (data.length !== elementCount(shape))
    fail(`has ${data.length} elements, its shape [${shape.join(', ')}] holds ${elementCount(shape)}`)
  if (dtype === 'string') return { location: 'cpu', type: 'string', data: textsOf(data, fail), dims: shape }
  if (!(data instanceof tensorArrays[dtype])) fail(`has data that is no ${tensorArrays[dtype].name}`)
  return { location: 'cpu', type: nativeNames[dtype] ?? dtype, data: ownMemory(data as ArrayBufferView), dims: shape }
}

const nativeNames: Partial<Record<TensorDtype, string>> = { boolean: 'bool' }
const ourNames: Readonly<Record<string, TensorDtype>> = { bool: 'boolean' }

/** The binding takes no views of shared memory. */
function ownMemory(data: ArrayBufferView): ArrayBufferView {
  return data.buffer instanceof ArrayBuffer ? data : (data as Uint8Array).slice()
}

const strict = new TextDecoder('utf-8', { fatal: true })

/** The binding takes text up to its first NUL character, so that text which has one is refused. */
function textsOf(data: TensorData, fail: (reason: string) => never): readonly string[] {
  const list = data as readonly (string | Uint8Array)[]
  const isPlain = (entry: string | Uint8Array) => typeof entry === 'string' && !entry.includes('\0')
  if (list.every(isPlain)) return list as readonly string[]
  return list.map((entry, i) => {
    const text = typeof entry === 'string' ? entry : textOf(entry)
    if (text === null) return fail(`has bytes that are not UTF-8 as element ${i}`)
    return text.includes('\0') ? fail(`has text with a NUL character as element ${i}`) : text
  })
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

function tensorOf({ type, data, dims }: { type: string; data: unknown; dims: readonly number[] }): Tensor {
  const dtype = ourNames[type] ?? (type as TensorDtype)
  return { dtype, shape: dims, data: data as TensorData }
}
