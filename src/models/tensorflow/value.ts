import type { Tensor } from '../../schema/tensor.ts'
import type { TfShape } from './graph.ts'
import type { Scope } from './scope.ts'
import type { TfDtype } from './tf-dtype.ts'

/**
 * How the elements of a value lie in the ONNX graph: `plain` as TensorFlow has them (channels last), `first` with the channels moved
 * behind the batch, as ONNX convolutions want them.
 */
export type Layout = 'plain' | 'first'

/**
 * A value of the graph while it is translated: what is known of it, and under which names ONNX graphs have it.
 *
 * `shape` is the shape in TensorFlow, whatever the layout. `known` holds the elements of a vector or scalar of whole numbers whose rest
 * depends on the input (NaN there). Example: the shape of a batch of images is known as `[NaN, 28, 28, 1]`.
 */
export class Value {
  readonly dtype: TfDtype
  readonly shape: TfShape
  readonly constant: Tensor | null
  readonly known: Tensor | null
  /** Dtype of the elements of a list of tensors; null for a tensor. */
  readonly element: TfDtype | null
  readonly #forms: { readonly scope: Scope; readonly layout: Layout; readonly name: string }[] = []

  constructor(facts: {
    readonly dtype: TfDtype
    readonly shape: TfShape
    readonly constant?: Tensor | null
    readonly known?: Tensor | null
    readonly element?: TfDtype | null
  }) {
    this.dtype = facts.dtype
    this.shape = facts.shape
    this.constant = facts.constant ?? null
    this.known = facts.known ?? null
    this.element = facts.element ?? null
  }

  /** A value that is known at load. */
  static of(constant: Tensor): Value {
    return new Value({ dtype: constant.dtype, shape: constant.shape, constant, known: floatsOf(constant) })
  }

  get rank(): number | null {
    return this.shape?.length ?? null
  }

  /** The name of the value in `scope` or one around it, or null. */
  find(scope: Scope, layout: Layout): string | null {
    for (let at: Scope | null = scope; at; at = at.outer)
      for (const form of this.#forms) if (form.scope === at && form.layout === layout) return form.name
    return null
  }

  add(scope: Scope, layout: Layout, name: string): this {
    this.#forms.push({ scope, layout, name })
    return this
  }

  /** True when the value exists with its channels first only, so that reading it plain costs a Transpose. */
  prefersFirst(scope: Scope): boolean {
    return this.find(scope, 'plain') === null && this.find(scope, 'first') !== null
  }
}

const maxKnown = 64

/** Small constants of whole numbers as 64-bit floats: shape arithmetic is done on them. */
function floatsOf({ dtype, shape, data }: Tensor): Tensor | null {
  if ((dtype !== 'int32' && dtype !== 'int64') || data.length > maxKnown) return null
  return { dtype: 'float64', shape, data: Float64Array.from(data as ArrayLike<number>, Number) }
}

/** The values of a constant as numbers. */
export function numbersOf(tensor: Tensor): number[] {
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number)
}
