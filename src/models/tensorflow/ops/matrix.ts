import type { Tensor } from '../../../schema/tensor.ts'
import { attribute } from '../../onnx-graph/builder.ts'
import { broadcast, type Emission } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { boolOf, dtypeOf, floatOf, textOf } from '../node-attributes.ts'
import { transposed } from '../scope.ts'
import type { TfDtype } from '../tf-dtype.ts'
import type { Value } from '../value.ts'
import { operands } from './elementwise.ts'
import { needs, type Operator, type OperatorTable } from './operator.ts'

/** Name of a matrix (or a batch of them), its last two dimensions swapped where asked. */
function matrix(e: Emission, index: number, isSwapped: boolean): string {
  if (!isSwapped) return e.in(index)
  const rank = e.rank(index)
  const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i))
  return e.op('Transpose', [e.in(index)], { perm: attribute.ints(perm) })
}

function productShape(a: Value, b: Value, swapA: boolean, swapB: boolean): TfShape {
  if (!a.shape || !b.shape) return null
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? []
  return [...batch, a.shape.at(swapA ? -1 : -2) ?? null, b.shape.at(swapB ? -2 : -1) ?? null]
}

/**
 * Sums of this many products lose so many digits in 32 bits that two correct programs differ by more than 1e-6; they are made in 64 bits
 * for weights of up to `maxWide` numbers, which costs less than reading the record.
 */
const manyTerms = 512
const maxWide = 2 ** 16

function transposedIf(isSwapped: boolean, tensor: Tensor): Tensor {
  return isSwapped ? transposed(tensor, [1, 0]) : tensor
}

function multiply(swapA: string, swapB: string): Operator {
  return {
    accepts: needs('MatMul'),
    types: (node, inputs) => [node.attributes.has('Tout') ? dtypeOf(node, 'Tout') : (inputs[0] as TfDtype)],
    emit: (e) => {
      const [a, b] = [e.value(0), e.value(1)]
      const [isA, isB] = [boolOf(e.node, swapA, false), boolOf(e.node, swapB, false)]
      const to = e.node.attributes.has('Tout') ? dtypeOf(e.node, 'Tout') : a.dtype
      const widen = (name: string, from: TfDtype) => (from === to ? name : e.cast(name, to))
      const first = widen(matrix(e, 0, isA), a.dtype)
      const shape = productShape(a, b, isA, isB)
      const { constant } = b
      const terms = (constant?.shape.length === 2 && constant.shape.at(isB ? -1 : -2)) || 0
      if (to === 'float32' && constant && terms >= manyTerms && constant.data.length <= maxWide) {
        const wide = transposedIf(isB, {
          dtype: 'float64',
          shape: constant.shape,
          data: Float64Array.from(constant.data as Float32Array),
        })
        const product = e.op('MatMul', [e.cast(first, 'float64'), e.constant(wide)])
        return e.result(e.cast(product, to), to, shape)
      }
      return e.result(e.typed('MatMul', to, [first, widen(matrix(e, 1, isB), b.dtype)]), to, shape)
    },
  }
}

/** Letters of an equation for what `...` stands for. */
function spelledOut(e: Emission, equation: string): string {
  const [left, right] = equation.replaceAll(' ', '').split('->') as [string, string | undefined]
  if (!equation.includes('.')) return right === undefined ? left : `${left}->${right}`
  const spare = [...'ZYXWVUTSRQ'].filter((letter) => !equation.includes(letter))
  const parts = left.split(',')
  const counts = parts.map((part, i) => (part.includes('...') ? e.rank(i) - (part.length - 3) : 0))
  const most = Math.max(...counts)
  const letters = (count: number) => spare.slice(most - count, most).join('')
  const inputs = parts.map((part, i) => part.replace('...', letters(counts[i] as number)))
  return `${inputs.join(',')}->${(right ?? '').replace('...', letters(most))}`
}

function einsumShape(inputs: readonly Value[], equation: string): TfShape {
  const [left, right] = equation.split('->') as [string, string | undefined]
  if (right === undefined) return null
  const sizes = new Map<string, number | null>()
  left.split(',').forEach((part, i) => {
    ;[...part].forEach((letter, d) => {
      sizes.set(letter, sizes.get(letter) ?? inputs[i]?.shape?.[d] ?? null)
    })
  })
  return [...right].map((letter) => sizes.get(letter) ?? null)
}

const biasAdd: Operator = {
  accepts: needs('Add'),
  emit: (e) => {
    const [x, bias] = [e.value(0), e.value(1)]
    if (textOf(e.node, 'data_format', 'NHWC').startsWith('NC')) {
      const rank = e.rank(0)
      const spread = e.op('Reshape', [e.in(1), e.ints([-1, ...new Array<number>(rank - 2).fill(1)])])
      return e.result(e.typed('Add', x.dtype, [e.in(0), spread]), x.dtype, x.shape)
    }
    const { layout, names } = operands(e, [x, bias])
    return e.result(e.typed('Add', x.dtype, names), x.dtype, x.shape, layout)
  },
}

/** True on the diagonal: of as many rows as the vector `rows` of one says, and columns. */
function diagonal(e: Emission, rows: string, columns: string): string {
  const count = (size: string) => e.op('Range', [e.scalar('int64', 0), e.op('Squeeze', [size]), e.scalar('int64', 1)])
  return e.op('Equal', [e.op('Unsqueeze', [count(rows), e.ints([1])]), count(columns)])
}

/** Diagonals other than the main one are refused. */
function mainOnly(e: Emission, index: number): void {
  if (e.inputs.length > index && e.numbers(index, 'a diagonal').some((k) => k !== 0))
    e.refuse('a diagonal that is not the main one')
}

function square(e: Emission): { readonly x: Value; readonly size: string } {
  const x = e.value(0)
  const [rows, columns] = [x.shape?.at(-2) ?? null, x.shape?.at(-1) ?? null]
  if (rows === null || rows !== columns) e.refuse('matrices that are not known to be square')
  return { x, size: e.ints([rows as number]) }
}

const matrixDiag: Operator = {
  accepts: needs('Where'),
  emit: (e) => {
    const x = e.value(0)
    mainOnly(e, 1)
    for (const index of [2, 3])
      if (e.inputs.length > index && (e.known(index)?.[0] ?? 0) !== -1) e.refuse('a number of rows or columns')
    const rank = e.rank(0)
    const size = e.dimension(e.in(0), rank - 1)
    const spread = e.op('Unsqueeze', [e.in(0), e.ints([rank])])
    const name = e.typed('Where', x.dtype, [
      diagonal(e, size, size),
      spread,
      e.inputs.length > 4 ? e.in(4) : e.scalar(x.dtype, 0),
    ])
    return e.result(name, x.dtype, x.shape ? [...x.shape, x.shape.at(-1) ?? null] : null)
  },
  except: 'diagonals that are not the main one, a number of rows or columns',
}

const matrixDiagPart: Operator = {
  accepts: needs('Where'),
  emit: (e) => {
    mainOnly(e, 1)
    const { x, size } = square(e)
    const kept = e.typed('Where', x.dtype, [diagonal(e, size, size), e.in(0), e.scalar(x.dtype, 0)])
    const name = e.typed('ReduceSum', x.dtype, [kept, e.ints([-1])], { keepdims: attribute.int(0) })
    return e.result(name, x.dtype, x.shape?.slice(0, -1) ?? null)
  },
  except: 'diagonals that are not the main one, matrices that are not square',
}

const matrixSetDiag: Operator = {
  accepts: needs('Where'),
  emit: (e) => {
    mainOnly(e, 2)
    const { x, size } = square(e)
    const spread = e.op('Unsqueeze', [e.in(1), e.ints([e.rank(1)])])
    return e.result(e.typed('Where', x.dtype, [diagonal(e, size, size), spread, e.in(0)]), x.dtype, x.shape)
  },
  except: 'diagonals that are not the main one, matrices that are not square',
}

/** One step of an LSTM: gates in the order i, ci, f, o (lstm_ops.h of TensorFlow 2.21). */
const lstmCell: Operator = {
  types: (_node, inputs) => new Array(7).fill(inputs[0] ?? 'float32'),
  accepts: (_node, [dtype]) => dtype === 'float32',
  emit: (e) => {
    if (boolOf(e.node, 'use_peephole', false)) e.refuse('peepholes')
    const clip = floatOf(e.node, 'cell_clip', 3)
    const shape = e.value(1).shape
    const joined = e.op('Concat', [e.in(0), e.in(2)], { axis: attribute.int(1) })
    const gates = e.op('Add', [e.op('MatMul', [joined, e.in(3)]), e.in(7)])
    const [i, ci, f, o] = e.ops('Split', [gates], { axis: attribute.int(1), num_outputs: attribute.int(4) }, 4) as [
      string,
      string,
      string,
      string,
    ]
    const input = e.op('Sigmoid', [i])
    const candidate = e.op('Tanh', [ci])
    const forget = e.op('Sigmoid', [e.op('Add', [f, e.scalar('float32', floatOf(e.node, 'forget_bias', 1))])])
    const sum = e.op('Add', [e.op('Mul', [forget, e.in(1)]), e.op('Mul', [input, candidate])])
    const cell = clip > 0 ? e.op('Clip', [sum, e.scalar('float32', -clip), e.scalar('float32', clip)]) : sum
    const output = e.op('Sigmoid', [o])
    const shown = e.op('Tanh', [cell])
    return [input, cell, forget, output, candidate, shown, e.op('Mul', [output, shown])].map((name) =>
      e.result(name, 'float32', shape),
    )
  },
  except: 'peepholes',
}

/** One step of a GRU (gru_ops.h of TensorFlow 2.21). */
const gruCell: Operator = {
  types: (_node, inputs) => new Array(4).fill(inputs[0] ?? 'float32'),
  accepts: (_node, [dtype]) => dtype === 'float32',
  emit: (e) => {
    const shape = e.value(1).shape
    const joined = (h: string) => e.op('Concat', [e.in(0), h], { axis: attribute.int(1) })
    const gates = e.op('Sigmoid', [e.op('Add', [e.op('MatMul', [joined(e.in(1)), e.in(2)]), e.in(4)])])
    const [r, u] = e.ops('Split', [gates], { axis: attribute.int(1), num_outputs: attribute.int(2) }, 2) as [
      string,
      string,
    ]
    const c = e.op('Tanh', [e.op('Add', [e.op('MatMul', [joined(e.op('Mul', [r, e.in(1)])), e.in(3)]), e.in(5)])])
    const kept = e.op('Mul', [e.op('Sub', [e.scalar('float32', 1), u]), c])
    return [r, u, c, e.op('Add', [e.op('Mul', [u, e.in(1)]), kept])].map((name) => e.result(name, 'float32', shape))
  },
}

/** Products of matrices. */
export const matrixOperators: OperatorTable = {
  MatMul: multiply('transpose_a', 'transpose_b'),
  BatchMatMul: multiply('adj_x', 'adj_y'),
  BatchMatMulV2: multiply('adj_x', 'adj_y'),
  BatchMatMulV3: multiply('adj_x', 'adj_y'),
  BiasAdd: biasAdd,
  BiasAddV1: biasAdd,
  Einsum: {
    accepts: needs('Einsum'),
    emit: (e) => {
      const equation = spelledOut(e, textOf(e.node, 'equation'))
      const names = e.inputs.map((_, i) => e.in(i))
      const { dtype } = e.value(0)
      return e.result(
        e.typed('Einsum', dtype, names, { equation: attribute.text(equation) }),
        dtype,
        einsumShape(e.inputs, equation),
      )
    },
  },
  MatrixBandPart: {
    emit: (e) => {
      const x = e.value(0)
      const [lower, upper] = [
        e.numbers(1, 'a number of diagonals')[0] as number,
        e.numbers(2, 'a number of diagonals')[0] as number,
      ]
      const wide = x.dtype === 'boolean' || /^(u?int(8|16)|uint)/.test(x.dtype) ? 'int64' : x.dtype
      let name = wide === x.dtype ? e.in(0) : e.cast(e.in(0), wide)
      const cut = (k: number, isUpper: number) =>
        e.op('Trilu', [name, e.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(k)) })], {
          upper: attribute.int(isUpper),
        })
      if (upper >= 0) name = cut(upper, 0)
      if (lower >= 0) name = cut(-lower, 1)
      return e.result(wide === x.dtype ? name : e.cast(name, x.dtype), x.dtype, x.shape)
    },
    except: 'a computed number of diagonals',
  },
  MatrixDiag: matrixDiag,
  MatrixDiagV2: matrixDiag,
  MatrixDiagV3: matrixDiag,
  MatrixDiagPart: matrixDiagPart,
  MatrixDiagPartV2: matrixDiagPart,
  MatrixDiagPartV3: matrixDiagPart,
  MatrixSetDiag: matrixSetDiag,
  MatrixSetDiagV2: matrixSetDiag,
  MatrixSetDiagV3: matrixSetDiag,
  LSTMBlockCell: lstmCell,
  GRUBlockCell: gruCell,
  MatrixDeterminant: {
    accepts: needs('Det'),
    emit: (e) =>
      e.result(e.typed('Det', e.value(0).dtype, [e.in(0)]), e.value(0).dtype, e.value(0).shape?.slice(0, -2) ?? null),
  },
}
