import { attribute } from '../../onnx-graph/builder.ts'
import type { Emission } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { boolOf, dtypeOf, intOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import type { Layout } from '../value.ts'
import { gives, needs, type Operator, type OperatorTable } from './operator.ts'
import { axisIn, firstAxis } from './shape.ts'

function reducedShape(shape: TfShape, axes: readonly number[], keeps: boolean): TfShape {
  if (!shape) return null
  return keeps ? shape.map((size, i) => (axes.includes(i) ? 1 : size)) : shape.filter((_, i) => !axes.includes(i))
}

/** A reduction over the dimensions that the second input names. */
function reduction(
  op: string,
  wrap: (e: Emission, dtype: TfDtype, name: string, build: (x: string) => string) => string = (_e, _d, name, build) =>
    build(name),
): Operator {
  return {
    accepts: needs(op === 'ReduceMaxBool' ? 'ReduceMax' : op),
    emit: (e) => {
      const x = e.value(0)
      const keeps = boolOf(e.node, 'keep_dims', boolOf(e.node, 'keepdims', false))
      const given = e.known(1)
      const run = (name: string, axes: string, keep: boolean) =>
        wrap(e, x.dtype, name, (inner) =>
          e.typed(op, x.dtype, [inner, axes], {
            keepdims: attribute.int(keep ? 1 : 0),
            noop_with_empty_axes: attribute.int(1),
          }),
        )
      if (!given)
        return e.result(
          run(e.in(0), e.longVector(1), keeps),
          x.dtype,
          keeps && x.shape ? x.shape.map(() => null) : null,
        )
      if (given.length === 0) return x
      const { rank } = x
      if (rank === null) return e.result(run(e.in(0), e.ints(given), keeps), x.dtype, null)
      const axes = [...new Set(given.map((axis) => axisIn(e, axis, rank)))]
      const shape = reducedShape(x.shape, axes, keeps)
      if (rank === 0) return x
      const isSpatial = axes.every((axis) => axis > 0 && axis < rank - 1)
      if (x.prefersFirst(e.scope) && (keeps || (isSpatial && axes.length === rank - 2))) {
        const layout: Layout = keeps ? 'first' : 'plain'
        return e.result(
          run(e.in(0, 'first'), e.ints(axes.map((axis) => firstAxis(axis, rank))), keeps),
          x.dtype,
          shape,
          layout,
        )
      }
      return e.result(run(e.in(0), e.ints(axes), keeps), x.dtype, shape)
    },
  }
}

/** Of truth values, as bytes. */
const anyOf = (op: string): Operator => ({ ...reduction(op), accepts: () => true })

function extreme(op: 'ArgMax' | 'ArgMin'): Operator {
  return {
    accepts: needs(op),
    types: (node) => [dtypeOf(node, 'output_type', 'int64')],
    emit: (e) => {
      const x = e.value(0)
      const axis = e.numbers(1, 'a dimension')[0] as number
      const to = dtypeOf(e.node, 'output_type', 'int64')
      const found = e.reading(op, x.dtype, [e.in(0)], { axis: attribute.int(axis), keepdims: attribute.int(0) })
      const { rank } = x
      const shape = rank === null ? null : reducedShape(x.shape, [axisIn(e, axis, rank)], false)
      return e.result(to === 'int64' ? found : e.cast(found, to), to, shape)
    },
    except: 'a computed dimension',
  }
}

const cumulative: Operator = {
  accepts: needs('CumSum'),
  emit: (e) => {
    const x = e.value(0)
    const axis = e.value(1).constant ? e.scalar('int64', e.numbers(1, 'a dimension')[0] as number) : e.long(1)
    const attributes = {
      exclusive: attribute.int(boolOf(e.node, 'exclusive', false) ? 1 : 0),
      reverse: attribute.int(boolOf(e.node, 'reverse', false) ? 1 : 0),
    }
    return e.result(e.typed('CumSum', x.dtype, [e.in(0), axis], attributes), x.dtype, x.shape)
  },
}

const topK: Operator = {
  accepts: needs('TopK'),
  types: (node, inputs) => [inputs[0] ?? 'float32', dtypeOf(node, 'index_type', 'int32')],
  emit: (e) => {
    const x = e.value(0)
    const count = e.node.op === 'TopK' ? intOf(e.node, 'k') : (e.known(1)?.[0] ?? null)
    const k = count === null ? e.longVector(1) : e.ints([count])
    const attributes = { axis: attribute.int(-1), sorted: attribute.int(1) }
    const [values, at] = e.ops('TopK', [e.in(0), k], attributes, 2) as [string, string]
    const to = dtypeOf(e.node, 'index_type', 'int32')
    const shape = x.shape ? [...x.shape.slice(0, -1), count] : null
    return [e.result(values, x.dtype, shape), e.result(to === 'int64' ? at : e.cast(at, to), to, shape)]
  },
}

function softmax(op: 'Softmax' | 'LogSoftmax'): Operator {
  return {
    accepts: needs(op),
    emit: (e) => {
      const x = e.value(0)
      if (x.prefersFirst(e.scope))
        return e.result(e.typed(op, x.dtype, [e.in(0, 'first')], { axis: attribute.int(1) }), x.dtype, x.shape, 'first')
      return e.result(e.typed(op, x.dtype, [e.in(0)], { axis: attribute.int(-1) }), x.dtype, x.shape)
    },
  }
}

/** Losses appear in exported graphs where a model gives them as output. */
const sparseCrossEntropy: Operator = {
  accepts: needs('LogSoftmax'),
  emit: (e) => {
    const x = e.value(0)
    const logs = e.typed('LogSoftmax', x.dtype, [e.in(0)], { axis: attribute.int(-1) })
    const at = e.op('Unsqueeze', [e.long(1), e.ints([1])])
    const picked = e.op('Squeeze', [e.op('GatherElements', [logs, at], { axis: attribute.int(1) }), e.ints([1])])
    return e.result(e.typed('Neg', x.dtype, [picked]), x.dtype, x.shape?.slice(0, 1) ?? null)
  },
  except: 'the output backprop',
}

const crossEntropy: Operator = {
  accepts: needs('LogSoftmax'),
  emit: (e) => {
    const x = e.value(0)
    const logs = e.typed('LogSoftmax', x.dtype, [e.in(0)], { axis: attribute.int(-1) })
    const sum = e.typed('ReduceSum', x.dtype, [e.typed('Mul', x.dtype, [logs, e.in(1)]), e.ints([-1])], {
      keepdims: attribute.int(0),
    })
    return e.result(e.typed('Neg', x.dtype, [sum]), x.dtype, x.shape?.slice(0, 1) ?? null)
  },
  except: 'the output backprop',
}

const inTopK: Operator = {
  types: gives('boolean'),
  emit: (e) => {
    const isV2 = e.node.op === 'InTopKV2'
    const k = isV2 ? e.long(2) : e.scalar('int64', intOf(e.node, 'k'))
    const at = e.op('Unsqueeze', [e.long(1), e.ints([1])])
    const own = e.op('GatherElements', [e.in(0), at], { axis: attribute.int(1) })
    const above = e.cast(e.op('Greater', [e.in(0), own]), 'int64')
    const rank = e.op('ReduceSum', [above, e.ints([1])], { keepdims: attribute.int(0) })
    return e.result(e.op('Less', [rank, k]), 'boolean', e.value(1).shape)
  },
  except: 'values that are not finite',
}

/** Sums, extremes and order along dimensions. */
export const reduceOperators: OperatorTable = {
  Sum: reduction('ReduceSum'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  EuclideanNorm: reduction('ReduceL2'),
  All: anyOf('ReduceMin'),
  Any: anyOf('ReduceMax'),
  ArgMax: extreme('ArgMax'),
  ArgMin: extreme('ArgMin'),
  Cumsum: cumulative,
  TopK: topK,
  TopKV2: topK,
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  L2Loss: {
    accepts: needs('ReduceSumSquare'),
    emit: (e) => {
      const { dtype } = e.value(0)
      const sum = e.typed('ReduceSumSquare', dtype, [e.in(0)], { keepdims: attribute.int(0) })
      return e.result(e.typed('Mul', dtype, [sum, e.scalar(dtype, 0.5)]), dtype, [])
    },
  },
  InTopK: inTopK,
  InTopKV2: inTopK,
  SparseSoftmaxCrossEntropyWithLogits: sparseCrossEntropy,
  SoftmaxCrossEntropyWithLogits: crossEntropy,
}
