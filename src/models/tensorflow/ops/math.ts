import { attribute } from '../../onnx-graph/builder.ts'
import type { Emission } from '../emission.ts'
import { floatOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import type { Value } from '../value.ts'
import { operands } from './elementwise.ts'
import { KernelFault, needs, type Operator, type OperatorTable } from './operator.ts'
import { isLong, mapped, take, zipped } from './plain.ts'

/** Emits a function of one value, element by element: `build` gets the name of the input and gives that of the result. */
export function unary(
  build: (e: Emission, x: string, dtype: TfDtype) => string,
  ops: string,
  compute: ((x: number) => number) | null = null,
): Operator {
  return {
    accepts: needs(ops),
    emit: (e) => {
      const x = e.value(0)
      const { layout, names } = operands(e, [x])
      return e.result(build(e, names[0] as string, x.dtype), x.dtype, x.shape, layout)
    },
    infer: (_node, inputs) => [inputs[0]?.shape ?? null],
    ...(compute
      ? { evaluate: (_node, inputs) => [mapped(take(inputs, 0), take(inputs, 0).dtype, compute as never)] }
      : {}),
  }
}

/** A function of one value that ONNX has under the name `op`. */
function direct(op: string, compute: ((x: number) => number) | null = null): Operator {
  return unary((e, x, dtype) => e.typed(op, dtype, [x]), op, compute)
}

/** Emits a function of two values that are broadcast. */
export function binary(
  build: (e: Emission, x: string, y: string, dtype: TfDtype, values: readonly [Value, Value]) => string,
  ops: string,
  compute: ((x: number, y: number) => number) | null = null,
): Operator {
  return {
    accepts: needs(ops),
    emit: (e) => {
      const [a, b] = [e.value(0), e.value(1)]
      const { layout, names, shape } = operands(e, [a, b])
      const [x, y] = names as [string, string]
      return e.result(build(e, x, y, a.dtype, [a, b]), a.dtype, shape, layout)
    },
    ...(compute
      ? {
          evaluate: (_node, inputs) => {
            const [a, b] = [take(inputs, 0), take(inputs, 1)]
            return [zipped(a, b, a.dtype, compute as never)]
          },
        }
      : {}),
  }
}

const whole: ReadonlySet<TfDtype> = new Set(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'])
const isWhole = (dtype: TfDtype) => whole.has(dtype)

/** Bigints and numbers alike. */
const add = (x: number, y: number) => x + y
const sub = (x: number, y: number) => x - y
/** Products of 32-bit whole numbers may need more digits than a double has. */
const mul = (x: number, y: number) => {
  const product = x * y
  return typeof product === 'number' && Number.isInteger(product) && !Number.isSafeInteger(product) && x === (x | 0)
    ? Math.imul(x, y)
    : product
}

/** Whole numbers divide the machine's way in native code, where a 0 would end the process: it is made an error of the run instead. */
function divisor(e: Emission, y: string, value: Value, dtype: TfDtype): string {
  if (!isWhole(dtype)) return y
  if (value.constant) {
    if (Array.from(value.constant.data as ArrayLike<number>, Number).includes(0)) e.refuse('a division by 0')
    return y
  }
  const zeros = e.cast(e.reading('Equal', dtype, [y, e.scalar(dtype, 0)]), 'int64')
  const count = e.op('ReduceSum', [zeros], { keepdims: attribute.int(0) })
  // The index 0 is there, all others are out of bounds.
  const none = e.op('Gather', [e.ints([0]), count])
  return e.typed('Add', dtype, [y, e.cast(none, dtype)])
}

function floorMod(e: Emission, x: string, y: string, dtype: TfDtype): string {
  if (isWhole(dtype)) return e.typed('Mod', dtype, [x, y])
  const rest = e.typed('Mod', dtype, [x, y], { fmod: attribute.int(1) })
  const zero = e.scalar(dtype, 0)
  const isOther = e.op('Xor', [e.reading('Less', dtype, [rest, zero]), e.reading('Less', dtype, [y, zero])])
  const isSome = e.op('Not', [e.reading('Equal', dtype, [rest, zero])])
  return e.typed('Where', dtype, [e.op('And', [isOther, isSome]), e.typed('Add', dtype, [rest, y]), rest])
}

const floorDivision: Operator = binary(
  (e, x, y, dtype, [, b]) => {
    if (!isWhole(dtype)) return e.typed('Floor', dtype, [e.typed('Div', dtype, [x, y])])
    const safe = divisor(e, y, b, dtype)
    return e.typed('Div', dtype, [e.typed('Sub', dtype, [x, e.typed('Mod', dtype, [x, safe])]), safe])
  },
  'Div Sub Mod',
  (x, y) => (typeof x === 'bigint' ? bigFloorDiv(x, y as never) : Math.floor(x / y)),
)

function bigFloorDiv(x: bigint, y: bigint): number {
  const quotient = x / y
  return (x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient) as unknown as number
}

function bigFloorMod(x: bigint, y: bigint): number {
  const rest = x % y
  return (rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest) as unknown as number
}

const trueDivision: Operator = binary(
  (e, x, y, dtype, [, b]) => e.typed('Div', dtype, [x, divisor(e, y, b, dtype)]),
  'Div',
  (x, y) => x / y,
)

const wholeDivision: Operator = {
  ...trueDivision,
  evaluate: (_node, inputs) => {
    const [a, b] = [take(inputs, 0), take(inputs, 1)]
    const isFloat = a.dtype === 'float32' || a.dtype === 'float64'
    return [
      zipped(
        a,
        b,
        a.dtype,
        (isFloat || isLong(a.dtype)
          ? (x: number, y: number) => x / y
          : (x: number, y: number) => Math.trunc(x / y)) as never,
      ),
    ]
  },
}

const truncateMod = binary(
  (e, x, y, dtype, [, b]) => e.typed('Mod', dtype, [x, divisor(e, y, b, dtype)], { fmod: attribute.int(1) }),
  'Mod',
  (x, y) => x % y,
)

/** Gives `value` where the second operand is 0. */
function whereZero(build: (e: Emission, x: string, y: string, dtype: TfDtype) => string, index: 0 | 1, ops: string) {
  return binary((e, x, y, dtype) => {
    const zero = e.scalar(dtype, 0)
    const isZero = e.reading('Equal', dtype, [index === 0 ? x : y, zero])
    return e.typed('Where', dtype, [isZero, zero, build(e, x, y, dtype)])
  }, `${ops} Equal Where`)
}

/** In 64-bit floats, so that no digits are lost next to 0. */
function inDouble(build: (e: Emission, x: string, one: string) => string, compute: (x: number) => number): Operator {
  const operator = unary(
    (e, x, dtype) => e.cast(build(e, e.cast(x, 'float64'), e.scalar('float64', 1)), dtype),
    'Add',
    compute,
  )
  return {
    ...operator,
    accepts: (_node, [dtype]) => dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16',
  }
}

/** A function that only a kernel knows. */
function computed(compute: (x: number) => number): Operator {
  return {
    evaluate: (_node, inputs) => [mapped(take(inputs, 0), take(inputs, 0).dtype, compute as never)],
    infer: (_node, inputs) => [inputs[0]?.shape ?? null],
  }
}

const isFloatType = (dtype: TfDtype | undefined) =>
  dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16'

function clip(min: number, max: number): Operator {
  return unary(
    (e, x, dtype) => e.typed('Min', dtype, [e.typed('Max', dtype, [x, e.scalar(dtype, min)]), e.scalar(dtype, max)]),
    'Max Min',
    (x) => (Number.isNaN(x) ? x : Math.min(Math.max(x, min), max)),
  )
}

const reciprocal = unary(
  (e, x, dtype) => e.typed('Reciprocal', dtype, [x]),
  'Reciprocal',
  (x) => 1 / x,
)
const addition = binary((e, x, y, dtype) => e.typed('Add', dtype, [x, y]), 'Add', add)
const maximum = (x: number, y: number) => (x > y || Number.isNaN(x) ? x : y)
const minimum = (x: number, y: number) => (x < y || Number.isNaN(x) ? x : y)

const sum: Operator = {
  accepts: needs('Add'),
  emit: (e) => {
    const { layout, names, shape } = operands(e, e.inputs)
    const { dtype } = e.value(0)
    let total = names[0] as string
    for (const name of names.slice(1)) total = e.typed('Add', dtype, [total, name])
    return e.result(total, dtype, shape, layout)
  },
  evaluate: (_node, inputs) => [inputs.reduce((a, b) => zipped(a, b, a.dtype, add as never))],
}

const clipByValue: Operator = {
  accepts: needs('Max Min'),
  emit: (e) => {
    const { layout, names, shape } = operands(e, [e.value(0), e.value(1), e.value(2)])
    const [x, min, max] = names as [string, string, string]
    const { dtype } = e.value(0)
    return e.result(e.typed('Max', dtype, [e.typed('Min', dtype, [x, max]), min]), dtype, shape, layout)
  },
}

/** Functions of one or two numbers, element by element. */
export const mathOperators: OperatorTable = {
  Abs: direct('Abs', (x) => (x < 0 ? -x : x)),
  Neg: direct('Neg', (x) => -x),
  Sign: unary(
    (e, x, dtype) => {
      const sign = e.typed('Sign', dtype, [x])
      if (!isFloatType(dtype)) return sign
      return e.typed('Where', dtype, [e.reading('Equal', dtype, [x, x]), sign, x])
    },
    'Sign',
    (x) => (typeof x === 'bigint' ? ((x > 0n ? 1n : x < 0n ? -1n : 0n) as never) : Math.sign(x)),
  ),
  Exp: direct('Exp', Math.exp),
  Expm1: inDouble((e, x, one) => e.op('Sub', [e.op('Exp', [x]), one]), Math.expm1),
  Log: direct('Log', Math.log),
  Log1p: inDouble((e, x, one) => e.op('Log', [e.op('Add', [x, one])]), Math.log1p),
  Sqrt: direct('Sqrt', Math.sqrt),
  Rsqrt: unary(
    (e, x, dtype) => e.typed('Reciprocal', dtype, [e.typed('Sqrt', dtype, [x])]),
    'Sqrt',
    (x) => 1 / Math.sqrt(x),
  ),
  Reciprocal: reciprocal,
  Inv: reciprocal,
  Square: unary(
    (e, x, dtype) => e.typed('Mul', dtype, [x, x]),
    'Mul',
    (x) => mul(x, x),
  ),
  Sigmoid: direct('Sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  Tanh: direct('Tanh', Math.tanh),
  Erf: direct('Erf'),
  Erfc: unary((e, x, dtype) => e.typed('Sub', dtype, [e.scalar(dtype, 1), e.typed('Erf', dtype, [x])]), 'Erf'),
  Sin: direct('Sin', Math.sin),
  Cos: direct('Cos', Math.cos),
  Tan: direct('Tan', Math.tan),
  Asin: direct('Asin', Math.asin),
  Acos: direct('Acos', Math.acos),
  Atan: direct('Atan', Math.atan),
  Sinh: direct('Sinh', Math.sinh),
  Cosh: direct('Cosh', Math.cosh),
  Asinh: computed(Math.asinh),
  Acosh: direct('Acosh', Math.acosh),
  Atanh: direct('Atanh', Math.atanh),
  Ceil: direct('Ceil', Math.ceil),
  Floor: direct('Floor', Math.floor),
  Round: unary(
    (e, x, dtype) => (isFloatType(dtype) ? e.typed('Round', dtype, [x]) : e.op('Identity', [x])),
    'Identity',
    roundToEven,
  ),
  Rint: direct('Round', roundToEven),
  Relu: unary(
    (e, x, dtype) =>
      dtype === 'float32' || dtype === 'float64' || dtype === 'int32'
        ? e.op('Relu', [x])
        : e.typed('Max', dtype, [x, e.scalar(dtype, 0)]),
    'Max',
    (x) => (x < 0 ? (typeof x === 'bigint' ? (0n as never) : 0) : x),
  ),
  Relu6: clip(0, 6),
  Elu: direct('Elu', (x) => (x < 0 ? Math.expm1(x) : x)),
  Selu: direct('Selu', (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x)),
  Softplus: direct('Softplus', (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)))),
  Softsign: direct('Softsign', (x) =>
    Number.isFinite(x) ? x / (1 + Math.abs(x)) : x / Math.abs(x) / Number.POSITIVE_INFINITY,
  ),
  LeakyRelu: {
    ...unary(
      (e, x, dtype) => e.typed('LeakyRelu', dtype, [x], { alpha: attribute.float(floatOf(e.node, 'alpha', 0.2)) }),
      'LeakyRelu',
    ),
    evaluate: (node, inputs) => {
      const alpha = floatOf(node as never, 'alpha', 0.2)
      return [mapped(take(inputs, 0), take(inputs, 0).dtype, ((x: number) => (x < 0 ? alpha * x : x)) as never)]
    },
  },
  Add: addition,
  AddV2: addition,
  Sub: binary((e, x, y, dtype) => e.typed('Sub', dtype, [x, y]), 'Sub', sub),
  Mul: binary((e, x, y, dtype) => e.typed('Mul', dtype, [x, y]), 'Mul', mul),
  Div: wholeDivision,
  RealDiv: trueDivision,
  TruncateDiv: wholeDivision,
  FloorDiv: floorDivision,
  FloorMod: binary(
    (e, x, y, dtype, [, b]) => floorMod(e, x, divisor(e, y, b, dtype), dtype),
    'Mod Less Equal Where',
    (x, y) => (typeof x === 'bigint' ? bigFloorMod(x, y as never) : x - y * Math.floor(x / y)),
  ),
  Mod: truncateMod,
  TruncateMod: truncateMod,
  Maximum: binary((e, x, y, dtype) => e.typed('Max', dtype, [x, y]), 'Max', maximum),
  Minimum: binary((e, x, y, dtype) => e.typed('Min', dtype, [x, y]), 'Min', minimum),
  SquaredDifference: binary(
    (e, x, y, dtype) => {
      const difference = e.typed('Sub', dtype, [x, y])
      return e.typed('Mul', dtype, [difference, difference])
    },
    'Sub Mul',
    (x, y) => mul(sub(x, y), sub(x, y)),
  ),
  Pow: binary((e, x, y, dtype) => e.typed('Pow', dtype, [x, y]), 'Pow', power),
  DivNoNan: whereZero((e, x, y, dtype) => e.typed('Div', dtype, [x, y]), 1, 'Div'),
  MulNoNan: whereZero((e, x, y, dtype) => e.typed('Mul', dtype, [x, y]), 1, 'Mul'),
  Xdivy: whereZero((e, x, y, dtype) => e.typed('Div', dtype, [x, y]), 0, 'Div'),
  Xlogy: whereZero((e, x, y, dtype) => e.typed('Mul', dtype, [x, e.typed('Log', dtype, [y])]), 0, 'Log'),
  Xlog1py: whereZero(
    (e, x, y, dtype) =>
      e.typed('Mul', dtype, [x, e.typed('Log', dtype, [e.typed('Add', dtype, [y, e.scalar(dtype, 1)])])]),
    0,
    'Log',
  ),
  Atan2: {
    evaluate: (_node, inputs) => {
      const [a, b] = [take(inputs, 0), take(inputs, 1)]
      return [zipped(a, b, a.dtype, Math.atan2 as never)]
    },
  },
  AddN: sum,
  AccumulateNV2: sum,
  ClipByValue: clipByValue,
}

/** Powers of whole numbers wrap like products: they are never larger than 64 bits on the way. */
function power(x: number, y: number): number {
  if (typeof x !== 'bigint') return x ** y
  let [base, left, result]: [bigint, bigint, bigint] = [x, y as never, 1n]
  if (left < 0n) throw new KernelFault(`a whole number to the power of ${left}`)
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * base)
    base = BigInt.asIntN(64, base * base)
  }
  return result as never
}

/** Halves go to the even neighbour. */
function roundToEven(x: number): number {
  if (typeof x === 'bigint') return x
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return Object.is(x, -0) ? x : Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}
