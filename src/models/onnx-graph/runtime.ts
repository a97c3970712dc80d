import { isMainThread } from 'node:worker_threads'
import { MillraceError, reasonOf } from '../../core/errors.ts'

/** Package that runs ONNX graphs. */
const runtimePackage = 'onnxruntime-node'

/**
 * onnxruntime-node's native binding (`dist/binding.js` of 1.30, which package.json pins). The public wrapper adds checks of every
 * feed, an event-loop turn and a second copy of every output object to each call; the session checks feeds once, by itself.
 */
export interface NativeBinding {
  readonly InferenceSession: new () => NativeSession
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[]
  initOrtOnce(logLevel: number, tensor: typeof NativeTensor, isMainThread: boolean): void
}

export interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: Readonly<Record<string, unknown>>): void
  readonly inputMetadata: readonly NativeMetadata[]
  readonly outputMetadata: readonly NativeMetadata[]
  run(
    feeds: Readonly<Record<string, NativeFeed>>,
    fetches: Readonly<Record<string, NativeFeed | null>>,
    options: Readonly<Record<string, unknown>>,
  ): Record<string, NativeTensor>
  dispose(): void
}

export interface NativeMetadata {
  readonly name: string
  readonly isTensor: boolean
  /** Number of TensorProto.DataType. */
  readonly type: number
  readonly shape: readonly number[] // -1 = any size
  readonly symbolicDimensions: readonly string[]
}

/** What the binding reads of a tensor. */
export interface NativeFeed {
  readonly location: 'cpu'
  readonly type: string
  readonly data: unknown
  readonly dims: readonly number[]
}

/** What the binding makes of each output. */
class NativeTensor {
  readonly type: string
  readonly data: unknown
  readonly dims: readonly number[]

  constructor(type: string, data: unknown, dims: readonly number[]) {
    this.type = type
    this.data = data
    this.dims = dims
  }
}

/** Only what ends the process is logged: all else comes back as an error. */
export const fatalOnly = 4

let loading: Promise<NativeBinding> | null = null

/** Loads the native binding; `format` and `source` are for messages. Rejects with MODEL_RUNTIME_MISSING where the package is absent. */
export async function loadRuntime(format: string, source: string): Promise<NativeBinding> {
  try {
    return await (loading ??= importBinding())
  } catch (thrown) {
    loading = null
    if (isAbsent(thrown)) throw new MillraceError('MODEL_RUNTIME_MISSING', { format, package: runtimePackage }, thrown)
    const reason = `it does not start on ${process.platform} ${process.arch}: ${reasonOf(thrown)}`
    throw new MillraceError('MODEL_RUNTIME_REFUSED', { source, runtime: runtimePackage, reason }, thrown)
  }
}

async function importBinding(): Promise<NativeBinding> {
  const { binding } = (await import('onnxruntime-node/dist/binding.js')) as unknown as { binding: NativeBinding }
  binding.initOrtOnce(fatalOnly, NativeTensor, isMainThread)
  return binding
}

function isAbsent(thrown: unknown): boolean {
  const { code, message } = thrown as { code?: unknown; message?: unknown }
  return code === 'ERR_MODULE_NOT_FOUND' && String(message).includes(runtimePackage)
}
