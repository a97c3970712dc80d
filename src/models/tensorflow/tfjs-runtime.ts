import { MillraceError, reasonOf } from '../../core/errors.ts'

/** A tensor of tfjs; it lives until the `tidy` that it is made in ends. */
export interface TfjsTensor {
  readonly shape: readonly number[]
  /** Elements, row-major; complex numbers as pairs. */
  dataSync(): Float32Array | Int32Array
}

type Padding = 'same' | 'valid'
type Pair = readonly [number, number]

/** What is used of @tensorflow/tfjs-core 4.22, which package.json pins. */
export interface Tfjs {
  enableProdMode(): void
  setBackend(name: 'cpu'): Promise<boolean>
  tidy<T>(run: () => T): T
  memory(): { readonly numTensors: number }
  tensor(data: Float32Array | Int32Array, shape: readonly number[], dtype: 'float32' | 'int32'): TfjsTensor
  complex(real: TfjsTensor, imaginary: TfjsTensor): TfjsTensor
  real(x: TfjsTensor): TfjsTensor
  imag(x: TfjsTensor): TfjsTensor
  abs(x: TfjsTensor): TfjsTensor
  cumprod(x: TfjsTensor, axis: number, exclusive: boolean, reverse: boolean): TfjsTensor
  bincount(x: TfjsTensor, weights: TfjsTensor, size: number): TfjsTensor
  dilation2d(x: TfjsTensor, filter: TfjsTensor, strides: Pair, pad: Padding, dilations: Pair): TfjsTensor
  maxPoolWithArgmax(
    x: TfjsTensor,
    size: Pair,
    strides: Pair,
    pad: Padding,
    includesBatch: boolean,
  ): { readonly result: TfjsTensor; readonly indexes: TfjsTensor }
}

/** Loads a package of tfjs. */
type Packages = readonly (readonly [name: string, load: () => Promise<unknown>])[]

const packages: Packages = [
  ['@tensorflow/tfjs-core', () => import('@tensorflow/tfjs-core')],
  ['@tensorflow/tfjs-backend-cpu', () => import('@tensorflow/tfjs-backend-cpu')],
]

let loading: Promise<Tfjs> | null = null

/** Loads tfjs once per thread, for models that need it. Rejects with MODEL_RUNTIME_MISSING where a package is absent. */
export function loadTfjs(source: string): Promise<Tfjs> {
  loading ??= openTfjs(source, packages)
  loading.catch(() => {
    loading = null
  })
  return loading
}

/** Loads the packages given, in order; the first is the core. */
export async function openTfjs(source: string, given: Packages): Promise<Tfjs> {
  const loaded: unknown[] = []
  for (const [name, load] of given) {
    try {
      loaded.push(await load())
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND')
        throw new MillraceError('MODEL_RUNTIME_MISSING', { format: 'tensorflow', package: name }, thrown)
      const reason = `it does not start: ${reasonOf(thrown)}`
      throw new MillraceError('MODEL_RUNTIME_REFUSED', { source, runtime: name, reason }, thrown)
    }
  }
  const tfjs = loaded[0] as Tfjs
  // Else it advises on the console to install another package.
  tfjs.enableProdMode()
  await tfjs.setBackend('cpu')
  return tfjs
}
