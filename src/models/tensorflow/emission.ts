import type { Tensor } from '../../schema/tensor.ts'
import { tensorArrays } from '../../schema/tensor.ts'
import { type Attributes, attribute } from '../onnx-graph/builder.ts'
import { elementNumbers } from '../onnx-graph/dtypes.ts'
import type { TfFunction, TfNode, TfShape } from './graph.ts'
import { kernelTypes } from './kernel-types.ts'
import type { Scope } from './scope.ts'
import type { TfDtype } from './tf-dtype.ts'
import { Untranslatable } from './untranslatable.ts'
import { type Layout, Value } from './value.ts'

/** Functions that control flow names. */
export interface Bodies {
  function(name: string): TfFunction
  /** Adds the nodes of a function to `scope`, its arguments being these values, and gives its results. */
  emit(body: TfFunction, args: readonly Value[], scope: Scope): Value[]
}

/** One node of TensorFlow on its way into an ONNX graph: its inputs, and ways to add ONNX nodes. */
export class Emission {
  readonly node: TfNode
  readonly inputs: readonly Value[]
  readonly scope: Scope
  readonly bodies: Bodies

  constructor(node: TfNode, inputs: readonly Value[], scope: Scope, bodies: Bodies) {
    this.node = node
    this.inputs = inputs
    this.scope = scope
    this.bodies = bodies
  }

  /** Refuses the node: `reason` ends the sentence "node uses …". */
  refuse(reason: string): never {
    throw new Untranslatable(reason)
  }

  value(index: number): Value {
    const value = this.inputs[index]
    return value ?? this.refuse(`${this.inputs.length} inputs, expected more than ${index}`)
  }

  /** Name of an input. */
  in(index: number, layout: Layout = 'plain'): string {
    return this.scope.nameOf(this.value(index), layout)
  }

  /** Elements of an input that must be a constant, as numbers. */
  numbers(index: number, what: string): number[] {
    return this.known(index) ?? this.refuse(`${what} that is computed, not a constant`)
  }

  /** Elements of an input as far as it is a constant, else null. */
  known(index: number): number[] | null {
    const { constant } = this.value(index)
    return constant ? Array.from(constant.data as ArrayLike<number>, Number) : null
  }

  /** Rank of an input, which must be known. */
  rank(index: number): number {
    return this.value(index).rank ?? this.refuse(`input ${index} of unknown rank`)
  }

  /** Adds an ONNX node with one output. */
  op(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.scope.builder.node(op, inputs, attributes)
  }

  ops(op: string, inputs: readonly string[], attributes: Attributes, outputs: number): readonly string[] {
    return this.scope.builder.nodes(op, inputs, attributes, { outputs })
  }

  /** Adds an ONNX node whose inputs and output are of `dtype`, by way of another type where onnxruntime has no code for it. */
  typed(op: string, dtype: TfDtype, inputs: readonly string[], attributes: Attributes = {}): string {
    const working = workingType(op, dtype)
    if (working === null) return this.refuse(`${op} of ${dtype}`)
    if (working === dtype) return this.op(op, inputs, attributes)
    const isData = (i: number) => i === 0 || !(op.startsWith('Reduce') || listInputs.has(op))
    const cast = inputs.map((name, i) =>
      name === '' || !isData(i) || (op === 'Where' && i === 0) ? name : this.cast(name, working),
    )
    return this.cast(this.op(op, cast, attributes), dtype)
  }

  /** The same for nodes whose output is of another type: comparisons, ArgMax. */
  reading(op: string, dtype: TfDtype, inputs: readonly string[], attributes: Attributes = {}): string {
    const working = workingType(op, dtype)
    if (working === null) return this.refuse(`${op} of ${dtype}`)
    return this.op(op, working === dtype ? inputs : inputs.map((name) => this.cast(name, working)), attributes)
  }

  cast(name: string, dtype: TfDtype): string {
    return this.op('Cast', [name], { to: attribute.int(elementNumber(dtype)) })
  }

  constant(tensor: Tensor): string {
    return this.scope.constant(tensor)
  }

  /** A vector of 64-bit whole numbers. */
  ints(values: readonly number[]): string {
    return this.constant({ dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) })
  }

  /** A scalar of the type, or a tensor of `shape` that holds it everywhere. */
  scalar(dtype: TfDtype, value: number, shape: readonly number[] = []): string {
    if (dtype === 'float16' || dtype === 'bfloat16') return this.cast(this.scalar('float32', value, shape), dtype)
    return this.constant(filled(dtype, value, shape))
  }

  /** The value that this node gives, under a name in this graph. */
  result(name: string, dtype: TfDtype, shape: TfShape, layout: Layout = 'plain', known: Tensor | null = null): Value {
    return new Value({ dtype, shape, known }).add(this.scope, layout, name)
  }

  /** An input as vector of 64-bit whole numbers, as ONNX wants shapes and axes. */
  long(index: number): string {
    const value = this.value(index)
    const { constant } = value
    if (constant) {
      const data = BigInt64Array.from(constant.data as ArrayLike<number>, BigInt)
      return this.constant({ dtype: 'int64', shape: constant.shape, data })
    }
    return value.dtype === 'int64' ? this.in(index) : this.cast(this.in(index), 'int64')
  }

  /** The same, as a vector also where the input is a scalar. */
  longVector(index: number): string {
    const { rank, constant } = this.value(index)
    if (rank === 1 && !constant) return this.long(index)
    if (constant) return this.ints(Array.from(constant.data as ArrayLike<number>, Number))
    return this.op('Reshape', [this.long(index), this.ints([-1])])
  }

  /** Shape of a named value at run time. */
  shapeOf(name: string): string {
    return this.op('Shape', [name])
  }

  /** A dimension of a named value at run time, as vector of one. */
  dimension(name: string, axis: number): string {
    return this.op('Shape', [name], { start: attribute.int(axis), end: attribute.int(axis + 1) })
  }
}

/** ONNX operators whose inputs after the first are axes, sizes or indices. */
const listInputs: ReadonlySet<string> = new Set(['CumSum', 'Tile', 'Expand', 'Slice', 'Gather', 'Pad'])

/** A tensor that holds `value` everywhere. */
export function filled(dtype: TfDtype, value: number, shape: readonly number[]): Tensor {
  const type = tensorArrays[dtype as keyof typeof tensorArrays]
  if (!type) throw new Untranslatable(`constants of ${dtype}`)
  const data = new type(shape.reduce((a, b) => a * b, 1))
  data.fill((dtype === 'int64' || dtype === 'uint64' ? BigInt(value) : value) as never)
  return { dtype: dtype as Tensor['dtype'], shape, data }
}

/** Number of the type in ONNX. */
export function elementNumber(dtype: TfDtype): number {
  const number = (elementNumbers as Readonly<Record<string, number>>)[dtype]
  if (number === undefined) throw new Untranslatable(`the type ${dtype}`)
  return number
}

/**
 * The type in which onnxruntime computes `op` for values of `dtype` without losing any: the type itself, a larger whole number, 32-bit
 * floats for 16-bit ones, as TensorFlow does; null where there is none.
 */
export function workingType(op: string, dtype: TfDtype): TfDtype | null {
  const types = kernelTypes[op]
  if (!types) throw new Error(`no types are known of ${op}`)
  if (types.has(dtype)) return dtype
  switch (dtype) {
    case 'float16':
    case 'bfloat16':
      return types.has('float32') ? 'float32' : null
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
    case 'boolean':
      return types.has('int32') ? 'int32' : types.has('int64') ? 'int64' : types.has('uint8') ? 'uint8' : null
    case 'int32':
    case 'uint32':
      return types.has('int64') ? 'int64' : null
    default:
      return null
  }
}

/** Shape of the result of operands that are broadcast. */
export function broadcast(...shapes: readonly TfShape[]): TfShape {
  let result: TfShape = []
  for (const shape of shapes) {
    if (shape === null || result === null) return null
    const [long, short]: [readonly (number | null)[], readonly (number | null)[]] =
      shape.length >= result.length ? [shape, result] : [result, shape]
    const gap = long.length - short.length
    result = long.map((size, i) => {
      if (i < gap) return size
      const other = short[i - gap] as number | null
      if (size === 1) return other
      if (other === 1) return size
      return size ?? other
    })
  }
  return result
}
