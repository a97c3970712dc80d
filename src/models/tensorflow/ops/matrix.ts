import { attribute } from '../../onnx-graph/builder.ts'
import { broadcast, type Emission } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { boolOf, dtypeOf, textOf } from '../node-attributes.ts'
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

function multiply(swapA: string, swapB: string): Operator {
  return {
    accepts: needs('MatMul'),
    types: (node, inputs) => [node.attributes.has('Tout') ? dtypeOf(node, 'Tout') : (inputs[0] as TfDtype)],
    emit: (e) => {
      const [a, b] = [e.value(0), e.value(1)]
      const [isA, isB] = [boolOf(e.node, swapA, false), boolOf(e.node, swapB, false)]
      const to = e.node.attributes.has('Tout') ? dtypeOf(e.node, 'Tout') : a.dtype
      const widen = (name: string, from: TfDtype) => (from === to ? name : e.cast(name, to))
      const names = [widen(matrix(e, 0, isA), a.dtype), widen(matrix(e, 1, isB), b.dtype)]
      return e.result(e.typed('MatMul', to, names), to, productShape(a, b, isA, isB))
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
  MatrixDeterminant: {
    accepts: needs('Det'),
    emit: (e) =>
      e.result(e.typed('Det', e.value(0).dtype, [e.in(0)]), e.value(0).dtype, e.value(0).shape?.slice(0, -2) ?? null),
  },
}
