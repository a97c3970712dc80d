import { isTensorDtype, type Tensor } from '../../schema/tensor.ts'
import { GraphBuilder } from '../onnx-graph/builder.ts'
import { elementNumbers } from '../onnx-graph/dtypes.ts'
import type { ValueInfo, ValueType } from '../onnx-graph/graph.ts'
import { Untranslatable } from './untranslatable.ts'
import type { Layout, Value } from './value.ts'

/** Order of dimensions that moves channels behind the batch, and back. */
export function toFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]
}
export function toLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]
}

/**
 * An ONNX graph that is being built, or a branch or body inside one.
 *
 * Values come in by name: those of an outer graph are read as they are, constants become initializers of the outermost graph, and what
 * no graph around has becomes one of its inputs.
 */
export class Scope {
  readonly builder: GraphBuilder
  readonly outer: Scope | null
  readonly #root: Scope
  readonly #names: Set<string>
  readonly #constants: Map<Tensor | string, string>
  /** Values that the outermost graph takes from outside. */
  readonly taken: { readonly value: Value; readonly name: string }[] = []

  constructor(outer: Scope | null = null) {
    this.outer = outer
    this.#root = outer ? outer.#root : this
    this.#names = outer ? outer.#names : new Set()
    this.#constants = outer ? outer.#constants : new Map()
    this.builder = new GraphBuilder('graph', this.#names)
  }

  /** Name of `value` in this graph, in the layout that is wanted; adds what it takes to have it. */
  nameOf(value: Value, layout: Layout = 'plain'): string {
    const found = value.find(this, layout)
    if (found !== null) return found
    const { rank } = value
    if (value.constant) {
      const tensor = layout === 'plain' ? value.constant : transposed(value.constant, toFirst(rank as number))
      const name = this.constant(tensor)
      value.add(this.#root, layout, name)
      return name
    }
    if (layout === 'first') {
      const name = this.builder.node('Transpose', [this.nameOf(value)], {
        perm: { kind: 'ints', value: toFirst(rank as number) },
      })
      value.add(this, layout, name)
      return name
    }
    if (value.find(this, 'first') !== null) {
      const name = this.builder.node('Transpose', [this.nameOf(value, 'first')], {
        perm: { kind: 'ints', value: toLast(rank as number) },
      })
      value.add(this, layout, name)
      return name
    }
    return this.#root.#take(value)
  }

  /** A constant, one of its kind per graph. */
  constant(tensor: Tensor): string {
    const key = tensor.data.length > 16 ? tensor : constantKey(tensor)
    const found = this.#constants.get(key)
    if (found !== undefined) return found
    const name = this.#root.builder.constant(tensor, 'c')
    this.#constants.set(key, name)
    return name
  }

  /** A graph inside this one. */
  nested(): Scope {
    return new Scope(this)
  }

  #take(value: Value): string {
    const name = this.builder.fresh('in')
    const dtype = value.dtype === 'bfloat16' ? 'float32' : value.dtype
    if (!isTensorDtype(dtype)) throw new Untranslatable(`a value of ${dtype} between a kernel and a graph`)
    this.builder.input(name, dtype, value.shape)
    this.taken.push({ value, name })
    const own =
      dtype === value.dtype
        ? name
        : this.builder.node('Cast', [name], { to: { kind: 'int', value: elementNumbers.bfloat16 } })
    value.add(this, 'plain', own)
    return own
  }
}

function constantKey({ dtype, shape, data }: Tensor): string {
  const parts = Array.from(data as ArrayLike<number | bigint>, (x) => (Object.is(x, -0) ? '-0' : String(x)))
  return `${dtype}[${shape.join()}]${parts.join()}`
}

/** Type of a value of a nested graph. */
export function typeOf(value: Pick<Value, 'dtype' | 'element'>, shape: Value['shape'] = null): ValueType {
  const tensor = (dtype: string): ValueType => ({ kind: 'tensor', dtype: dtype as never, shape })
  return value.element === null ? tensor(value.dtype) : { kind: 'sequence', element: tensor(value.element) }
}

/** An input or output of a nested graph. */
export function infoOf(name: string, value: Pick<Value, 'dtype' | 'element'>, shape: Value['shape'] = null): ValueInfo {
  return { name, type: typeOf(value, shape) }
}

/** The tensor with its dimensions in the order `perm`. */
export function transposed(tensor: Tensor, perm: readonly number[]): Tensor {
  const { shape, data } = tensor
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i] as number
  }
  const target = perm.map((p) => shape[p] as number)
  const steps = perm.map((p) => strides[p] as number)
  const result = Array.isArray(data)
    ? new Array<string>(data.length)
    : new (data.constructor as Float32ArrayConstructor)(data.length)
  const index = new Array<number>(target.length).fill(0)
  let from = 0
  for (let to = 0; to < data.length; to++) {
    result[to] = data[from] as never
    for (let d = target.length - 1; d >= 0; d--) {
      const at = (index[d] as number) + 1
      if (at < (target[d] as number)) {
        index[d] = at
        from += steps[d] as number
        break
      }
      index[d] = 0
      from -= (steps[d] as number) * (at - 1)
    }
  }
  return { dtype: tensor.dtype, shape: target, data: result as Tensor['data'] }
}
