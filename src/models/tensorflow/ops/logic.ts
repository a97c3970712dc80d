import { elementCount, type Tensor, tensorArrays } from '../../../schema/tensor.ts'
import { broadcast, type Emission } from '../emission.ts'
import { dtypeOf, floatOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import { operands } from './elementwise.ts'
import { gives, givesAttribute, KernelFault, needs, type Operator, type OperatorTable } from './operator.ts'
import { generate, isLong, mapped, take, zipped } from './plain.ts'

const notText = (_node: unknown, inputs: readonly TfDtype[]) => !inputs.includes('string')

function comparison(op: string, isNegated: boolean, compare: (x: number, y: number) => boolean): Operator {
  return {
    types: gives('boolean'),
    accepts: (node, inputs) => notText(node, inputs) && needs(op)(node, inputs),
    emit: (e) => {
      const [a, b] = [e.value(0), e.value(1)]
      const { layout, names, shape } = operands(e, [a, b])
      const found = e.reading(op, a.dtype, names)
      return e.result(isNegated ? e.op('Not', [found]) : found, 'boolean', shape, layout)
    },
    evaluate: (_node, inputs) => {
      const [a, b] = [take(inputs, 0), take(inputs, 1)]
      return [zipped(a, b, 'boolean', ((x: number, y: number) => (compare(x, y) ? 1 : 0)) as never)]
    },
    infer: (_node, inputs) => [broadcast(inputs[0]?.shape ?? null, inputs[1]?.shape ?? null)],
  }
}

function logical(op: string, compute: (x: number, y: number) => boolean): Operator {
  return {
    types: gives('boolean'),
    emit: (e) => {
      const { layout, names, shape } = operands(e, [e.value(0), e.value(1)])
      return e.result(e.op(op, names), 'boolean', shape, layout)
    },
    evaluate: (_node, inputs) => [
      zipped(take(inputs, 0), take(inputs, 1), 'boolean', ((x: number, y: number) => (compute(x, y) ? 1 : 0)) as never),
    ],
  }
}

function bits(op: string | null, compute: (x: number, y: number) => number): Operator {
  return {
    ...(op === null
      ? {}
      : {
          emit: (e: Emission) => {
            const { layout, names, shape } = operands(e, [e.value(0), e.value(1)])
            return e.result(e.op(op, names), e.value(0).dtype, shape, layout)
          },
        }),
    evaluate: (_node, inputs) => {
      const [a, b] = [take(inputs, 0), take(inputs, 1)]
      return [zipped(a, b, a.dtype, compute as never)]
    },
  }
}

/** A shift by at most 63: more has no meaning that machines agree on. */
function shiftOf(y: number): number {
  if (y < 0 || y > 63) throw new KernelFault(`a shift by ${y}`)
  return y
}

/** A test of single numbers. */
function test(build: (e: Emission, x: string, dtype: TfDtype) => string, compute: (x: number) => boolean): Operator {
  return {
    types: gives('boolean'),
    accepts: needs('IsNaN'),
    emit: (e) => {
      const x = e.value(0)
      const { layout, names } = operands(e, [x])
      return e.result(build(e, names[0] as string, x.dtype), 'boolean', x.shape, layout)
    },
    evaluate: (_node, inputs) => [mapped(take(inputs, 0), 'boolean', ((x: number) => (compute(x) ? 1 : 0)) as never)],
  }
}

/** The types that Cast of onnxruntime knows. */
const castable = (dtype: TfDtype) => Object.hasOwn(tensorArrays, dtype) || dtype === 'bfloat16'

const cast: Operator = {
  types: givesAttribute('DstT'),
  accepts: (node, inputs) => inputs.every(castable) && castable(dtypeOf(node, 'DstT')),
  evaluates: (node, inputs) =>
    [...inputs, dtypeOf(node, 'DstT')].every((dtype) => Object.hasOwn(tensorArrays, dtype) && dtype !== 'float16'),
  emit: (e) => {
    const x = e.value(0)
    const to = dtypeOf(e.node, 'DstT')
    const { layout, names } = operands(e, [x])
    const name = names[0] as string
    if (to === x.dtype) return x
    // Numbers beyond a small type wrap around: in native code only whole numbers do.
    const isNarrow = /^u?int(8|16)$/.test(to) && /float/.test(x.dtype)
    const wide = isNarrow ? e.cast(name, 'int32') : name
    return e.result(e.cast(wide, to), to, x.shape, layout, x.known)
  },
  evaluate: (node, inputs) => {
    const x = take(inputs, 0)
    const to = dtypeOf(node as never, 'DstT') as Tensor['dtype']
    const data = x.data as ArrayLike<number | bigint>
    if (to === 'boolean') return [generate(to, x.shape, (i) => (Number(data[i]) !== 0 ? 1 : 0))]
    if (isLong(to))
      return [generate(to, x.shape, (i) => (typeof data[i] === 'bigint' ? data[i] : bigOf(data[i] as number)))]
    if (isLong(x.dtype) && !/float/.test(to))
      return [generate(to, x.shape, (i) => Number(BigInt.asIntN(32, data[i] as bigint)))]
    return [generate(to, x.shape, (i) => Number(data[i]))]
  },
  infer: (_node, inputs) => [inputs[0]?.shape ?? null],
}

function bigOf(x: number): bigint {
  return Number.isFinite(x) ? BigInt(Math.trunc(x)) : -(2n ** 63n)
}

/** Comparisons, logic, bits and casts. */
export const logicOperators: OperatorTable = {
  Equal: comparison('Equal', false, (x, y) => x === y),
  NotEqual: comparison('Equal', true, (x, y) => x !== y),
  Less: comparison('Less', false, (x, y) => x < y),
  LessEqual: comparison('LessOrEqual', false, (x, y) => x <= y),
  Greater: comparison('Greater', false, (x, y) => x > y),
  GreaterEqual: comparison('GreaterOrEqual', false, (x, y) => x >= y),
  ApproximateEqual: {
    types: gives('boolean'),
    accepts: needs('Sub Abs Less'),
    emit: (e) => {
      const { layout, names, shape } = operands(e, [e.value(0), e.value(1)])
      const { dtype } = e.value(0)
      const gap = e.typed('Abs', dtype, [e.typed('Sub', dtype, names)])
      const near = e.reading('Less', dtype, [gap, e.scalar(dtype, floatOf(e.node, 'tolerance', 1e-5))])
      return e.result(near, 'boolean', shape, layout)
    },
  },
  LogicalAnd: logical('And', (x, y) => x !== 0 && y !== 0),
  LogicalOr: logical('Or', (x, y) => x !== 0 || y !== 0),
  LogicalNot: {
    types: gives('boolean'),
    emit: (e) => {
      const { layout, names } = operands(e, [e.value(0)])
      return e.result(e.op('Not', names), 'boolean', e.value(0).shape, layout)
    },
    evaluate: (_node, inputs) => [mapped(take(inputs, 0), 'boolean', ((x: number) => (x === 0 ? 1 : 0)) as never)],
  },
  IsNan: test((e, x, dtype) => e.reading('IsNaN', dtype, [x]), Number.isNaN),
  IsInf: test(
    (e, x, dtype) => e.reading('IsInf', dtype, [x]),
    (x) => Math.abs(x) === Number.POSITIVE_INFINITY,
  ),
  IsFinite: test(
    (e, x, dtype) => e.op('Not', [e.op('Or', [e.reading('IsNaN', dtype, [x]), e.reading('IsInf', dtype, [x])])]),
    Number.isFinite,
  ),
  BitwiseAnd: bits('BitwiseAnd', (x, y) => x & y),
  BitwiseOr: bits('BitwiseOr', (x, y) => x | y),
  BitwiseXor: bits('BitwiseXor', (x, y) => x ^ y),
  LeftShift: bits(null, (x, y) => x << shiftOf(y)),
  RightShift: bits(null, (x, y) => x >> shiftOf(y)),
  Invert: {
    emit: (e) => e.result(e.op('BitwiseNot', [e.in(0)]), e.value(0).dtype, e.value(0).shape),
  },
  Cast: cast,
  Bitcast: {
    types: givesAttribute('type'),
    evaluate: (node, inputs) => {
      const x = take(inputs, 0)
      const dtype = dtypeOf(node as never, 'type')
      const type = tensorArrays[dtype as keyof typeof tensorArrays]
      const from = x.data as Float32Array
      if (!type || type.BYTES_PER_ELEMENT !== from.BYTES_PER_ELEMENT)
        throw new KernelFault(`a bit cast from ${x.dtype} to ${dtype}, which are not of one size`)
      const data = new type(from.slice().buffer, 0, elementCount(x.shape))
      return [{ dtype: dtype as Tensor['dtype'], shape: x.shape, data }]
    },
    infer: (_node, inputs) => [inputs[0]?.shape ?? null],
    except: 'types of different sizes',
  },
}
