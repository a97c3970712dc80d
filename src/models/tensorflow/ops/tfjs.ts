import { elementCount, type Tensor } from '../../../schema/tensor.ts'
import type { TfNode, TfShape } from '../graph.ts'
import { boolOf, dtypeOf, intsOf, textOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import type { Tfjs, TfjsTensor } from '../tfjs-runtime.ts'
import type { Value } from '../value.ts'
import { KernelFault, type KernelNode } from './operator.ts'
import { scalarOf } from './plain.ts'

/**
 * An operator that has no translation and is run by a kernel of tfjs 4.22, one node at a time. Only those are listed that give in tests
 * what TensorFlow gives; what tfjs computes otherwise is a KernelFault.
 */
export interface TfjsOperator {
  /** Types of its inputs that tfjs computes exactly as TensorFlow does, one set of alternatives per input. */
  readonly takes: readonly (readonly TfDtype[])[]
  /** Why a node cannot be run although its inputs can; null when it can. */
  readonly refuses?: (node: TfNode) => string | null
  readonly types: (node: TfNode, inputs: readonly TfDtype[]) => readonly TfDtype[]
  readonly infer?: (node: TfNode, inputs: readonly Value[]) => readonly TfShape[]
  /** What of the operator is refused, as the list of operators says it. */
  readonly except: string
  /**
   * Computes a node. Complex numbers are float32 tensors whose last dimension has 2 elements. Called inside `tidy`, which gives back
   * all that it makes.
   */
  readonly evaluate: (tf: Tfjs, node: KernelNode, inputs: readonly Tensor[]) => readonly Tensor[]
}

const float: readonly TfDtype[] = ['float32']
const complex: readonly TfDtype[] = ['complex64']
const whole: readonly TfDtype[] = ['int32']

/** Counts that are made at most. */
const maxCounts = 2 ** 24

/** Operators by TensorFlow's name; none of them has a translation. */
export const tfjsOperators: ReadonlyMap<string, TfjsOperator> = new Map(
  Object.entries({
    Bincount: {
      takes: [whole, whole, ['float32', 'int32']],
      types: (_node, inputs) => inputs.slice(2),
      except: 'weights of other types than 32-bit floats and integers',
      evaluate: (tf, _node, inputs) => {
        const [array, size, weights] = inputs as [Tensor, Tensor, Tensor]
        const count = scalarOf(size)
        if (!(count >= 0 && count <= maxCounts)) throw new KernelFault(`its size is ${count}`)
        if (isEmpty(array)) return [zeros({ ...weights, shape: [count] })]
        if (arrayOf(array).some((value) => value < 0)) throw new KernelFault('a value is negative')
        if (!isEmpty(weights) && elementCount(weights.shape) !== elementCount(array.shape))
          throw new KernelFault('weights and values are not as many')
        const flat = (one: Tensor) => made(tf, { ...one, shape: [elementCount(one.shape)] })
        return [told(tf.bincount(flat(array), flat(weights), count), weights.dtype)]
      },
    },
    Complex: {
      takes: [float, float],
      types: () => complex,
      infer: equalShape,
      except: '64-bit floats',
      evaluate: (tf, _node, inputs) => {
        const [real, imaginary] = inputs as [Tensor, Tensor]
        if (real.shape.join() !== imaginary.shape.join()) throw new KernelFault('its parts are of different shapes')
        return [pairs(tf.complex(made(tf, real), made(tf, imaginary)))]
      },
    },
    ComplexAbs: part((tf, x) => tf.abs(x)),
    Cumprod: {
      takes: [float, ['int32', 'int64']],
      types: (_node, inputs) => inputs.slice(0, 1),
      infer: (_node, inputs) => [inputs[0]?.shape ?? null],
      except: 'other types than 32-bit floats',
      evaluate: (tf, node, inputs) => {
        const [x, axis] = inputs as [Tensor, Tensor]
        const at = scalarOf(axis)
        const rank = x.shape.length
        if (!(at >= -rank && at < rank)) throw new KernelFault(`axis ${at} of ${rank} dimensions`)
        if (isEmpty(x)) return [x]
        const from = at < 0 ? at + rank : at
        const exclusive = boolOf(node as TfNode, 'exclusive', false)
        return [told(tf.cumprod(made(tf, x), from, exclusive, boolOf(node as TfNode, 'reverse', false)))]
      },
    },
    Dilation2D: {
      takes: [float, float],
      types: () => float,
      except: 'other types than 32-bit floats, strides or rates across batch or channels',
      refuses: (node) => acrossImages(node, ['strides', 'rates']),
      evaluate: (tf, node, inputs) => {
        const [x, filter] = inputs as [Tensor, Tensor]
        const { pad, pair } = window(node)
        if (x.shape.length !== 4 || filter.shape.length !== 3 || x.shape[3] !== filter.shape[2])
          throw new KernelFault(`input [${x.shape}] and filter [${filter.shape}] do not fit`)
        const result = told(tf.dilation2d(made(tf, x), made(tf, filter), pair('strides'), pad, pair('rates')))
        // What tfjs starts from, where TensorFlow starts from the lowest float: windows of NaN or of very low numbers.
        const start = Math.fround(Number.MIN_SAFE_INTEGER)
        if (arrayOf(result).some((value) => value <= start))
          throw new KernelFault('a window holds NaN or numbers below -9e15 only')
        return [result]
      },
    },
    Imag: part((tf, x) => tf.imag(x)),
    MaxPoolWithArgmax: {
      takes: [float],
      types: (node) => ['float32', dtypeOf(node, 'Targmax', 'int64')],
      except: 'other types than 32-bit floats, windows across batch or channels',
      refuses: (node) => {
        const dtype = dtypeOf(node, 'Targmax', 'int64')
        const isWhole = dtype === 'int64' || dtype === 'int32'
        return isWhole ? acrossImages(node, ['ksize', 'strides']) : `positions of ${dtype}`
      },
      evaluate: (tf, node, inputs) => {
        const x = inputs[0] as Tensor
        if (x.shape.length !== 4) throw new KernelFault(`its input has ${x.shape.length} dimensions`)
        // tfjs passes over NaN and has no position where all is -Infinity.
        if (!arrayOf(x).every(Number.isFinite)) throw new KernelFault('a number is not finite')
        const { pad, pair } = window(node)
        const includesBatch = boolOf(node as TfNode, 'include_batch_in_index', false)
        const { result, indexes } = tf.maxPoolWithArgmax(
          made(tf, x),
          pair('ksize'),
          pair('strides'),
          pad,
          includesBatch,
        )
        const positions = told(indexes, 'int32')
        const isLong = dtypeOf(node as TfNode, 'Targmax', 'int64') === 'int64'
        const argmax: Tensor = isLong
          ? { ...positions, dtype: 'int64', data: BigInt64Array.from(arrayOf(positions), BigInt) }
          : positions
        return [told(result), argmax]
      },
    },
    Real: part((tf, x) => tf.real(x)),
  } satisfies Record<string, TfjsOperator>),
)

/** A number of each complex number. */
function part(compute: (tf: Tfjs, x: TfjsTensor) => TfjsTensor): TfjsOperator {
  return {
    takes: [complex],
    types: () => float,
    infer: (_node, inputs) => [inputs[0]?.shape ?? null],
    except: 'other types than complex64',
    evaluate: (tf, _node, [x]) => {
      const given = x as Tensor
      const shape = given.shape.slice(0, -1)
      return isEmpty(given) ? [zeros({ ...given, shape })] : [told(compute(tf, complexOf(tf, given)))]
    },
  }
}

function equalShape(_node: TfNode, [a, b]: readonly Value[]): readonly TfShape[] {
  return [a?.shape ?? b?.shape ?? null]
}

/** Why windows cannot be taken: sizes of other dimensions than height and width. */
function acrossImages(node: TfNode, names: readonly string[]): string | null {
  const found = names.find((name) => {
    const sizes = intsOf(node, name)
    return sizes.length !== 4 || sizes[0] !== 1 || sizes[3] !== 1 || sizes.some((size) => size < 1)
  })
  if (found !== undefined) return `${found} of ${intsOf(node, found).join(', ')}`
  const padding = textOf(node, 'padding')
  return padding === 'SAME' || padding === 'VALID' ? null : `the padding ${padding.slice(0, 50)}`
}

function window(node: KernelNode) {
  const of = (name: string) => intsOf(node as TfNode, name)
  return {
    pad: textOf(node as TfNode, 'padding') === 'SAME' ? ('same' as const) : ('valid' as const),
    pair: (name: string) => [of(name)[1] as number, of(name)[2] as number] as const,
  }
}

function isEmpty({ shape }: Tensor): boolean {
  return elementCount(shape) === 0
}

function zeros(tensor: Tensor): Tensor {
  const size = elementCount(tensor.shape)
  return { ...tensor, data: tensor.dtype === 'int32' ? new Int32Array(size) : new Float32Array(size) }
}

function arrayOf({ data }: Tensor): Float32Array {
  return data as Float32Array
}

function made(tf: Tfjs, tensor: Tensor): TfjsTensor {
  return tf.tensor(arrayOf(tensor), tensor.shape, tensor.dtype === 'int32' ? 'int32' : 'float32')
}

function told(tensor: TfjsTensor, dtype: Tensor['dtype'] = 'float32'): Tensor {
  return { dtype, shape: [...tensor.shape], data: tensor.dataSync() }
}

function complexOf(tf: Tfjs, { shape, data }: Tensor): TfjsTensor {
  const all = data as Float32Array
  const take = (offset: number) =>
    Float32Array.from({ length: all.length / 2 }, (_, i) => all[2 * i + offset] as number)
  const size = shape.slice(0, -1)
  return tf.complex(tf.tensor(take(0), size, 'float32'), tf.tensor(take(1), size, 'float32'))
}

function pairs(tensor: TfjsTensor): Tensor {
  return { dtype: 'float32', shape: [...tensor.shape, 2], data: tensor.dataSync() }
}
