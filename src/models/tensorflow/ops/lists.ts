import { attribute } from '../../onnx-graph/builder.ts'
import type { Emission } from '../emission.ts'
import type { TfShape } from '../graph.ts'
import { boolOf, dtypeOf, shapeOf } from '../node-attributes.ts'
import type { TfDtype } from '../tf-dtype.ts'
import { Value } from '../value.ts'
import { gives, type Operator, type OperatorTable } from './operator.ts'
import { sizesOf } from './shape.ts'

/*
 * Lists of tensors (TensorListX) and arrays of tensors (TensorArrayX of TensorFlow 1, whose `flow` output is the list here) are ONNX
 * sequences. The shape of a list value is that of its elements, as far as it is known.
 */

function list(e: Emission, name: string, element: TfDtype, shape: TfShape): Value {
  return new Value({ dtype: 'variant', element, shape }).add(e.scope, 'plain', name)
}

const elementOf = (value: Value, otherwise: TfDtype): TfDtype => value.element ?? otherwise
const rest = (shape: TfShape) => shape?.slice(1) ?? null

/** A position as a scalar of int64. */
function position(e: Emission, index: number): string {
  const { constant } = e.value(index)
  if (constant) return e.scalar('int64', Number((constant.data as ArrayLike<number>)[0]))
  return e.op('Reshape', [e.long(index), e.ints([])])
}

/** As many elements as `count` says (a vector of one), each a scalar 0 until it is written. */
function reserved(e: Emission, count: string, dtype: TfDtype, shape: TfShape): string {
  if (shape?.every((size) => size !== null)) {
    const sizes = e.ints(shape as number[])
    const whole = e.op('Expand', [e.scalar(dtype, 0), e.op('Concat', [count, sizes], { axis: attribute.int(0) })])
    return e.op('SplitToSequence', [whole], { axis: attribute.int(0), keepdims: attribute.int(0) })
  }
  const zeros = e.op('Expand', [e.scalar(dtype, 0), e.op('Concat', [count, e.ints([1])], { axis: attribute.int(0) })])
  return e.op('SplitToSequence', [zeros], { axis: attribute.int(0), keepdims: attribute.int(0) })
}

function apart(e: Emission, name: string): string {
  return e.op('SplitToSequence', [name], { axis: attribute.int(0), keepdims: attribute.int(0) })
}

function written(e: Emission, sequence: string, at: string, value: string): string {
  return e.op('SequenceInsert', [e.op('SequenceErase', [sequence, at]), value, at])
}

function stacked(e: Emission, sequence: string): string {
  return e.op('ConcatFromSequence', [sequence], { axis: attribute.int(0), new_axis: attribute.int(1) })
}

/** Shape of an element that an input or attribute names; scalars of -1 are unknown shapes. */
function elementShape(value: Value): TfShape {
  if (value.rank === 0) return null
  return sizesOf(value)?.map((size) => (size === null || size < 0 ? null : size)) ?? null
}

const better = (a: TfShape, b: TfShape): TfShape => (a?.every((size) => size !== null) ? a : (b ?? a))

const reserve: Operator = {
  types: gives('variant'),
  emit: (e) => {
    const dtype = dtypeOf(e.node, 'element_dtype')
    const shape = elementShape(e.value(0))
    return list(e, reserved(e, e.longVector(1), dtype, shape), dtype, shape)
  },
}

/** Values of several rows, a given number each. */
function splitRows(e: Emission, index: number, lengths: number): string {
  return e.op('SplitToSequence', [e.in(index), e.long(lengths)], { axis: attribute.int(0) })
}

function gathered(e: Emission, sequence: string, index: number): string {
  return e.op('Gather', [stacked(e, sequence), e.long(index)], { axis: attribute.int(0) })
}

const tensorLists: OperatorTable = {
  TensorListReserve: reserve,
  EmptyTensorList: {
    types: gives('variant'),
    emit: (e) => {
      const dtype = dtypeOf(e.node, 'element_dtype')
      const shape = elementShape(e.value(0))
      return list(e, e.op('SequenceEmpty', [], { dtype: attribute.int(numberOf(dtype)) }), dtype, shape)
    },
  },
  TensorListFromTensor: {
    types: gives('variant'),
    emit: (e) => list(e, apart(e, e.in(0)), e.value(0).dtype, rest(e.value(0).shape)),
  },
  TensorListGetItem: {
    types: (node) => [dtypeOf(node, 'element_dtype')],
    emit: (e) => {
      const dtype = dtypeOf(e.node, 'element_dtype')
      const wanted = e.inputs.length > 2 ? elementShape(e.value(2)) : null
      return e.result(e.op('SequenceAt', [e.in(0), position(e, 1)]), dtype, better(wanted, e.value(0).shape))
    },
  },
  TensorListSetItem: {
    types: gives('variant'),
    emit: (e) => {
      const value = e.value(2)
      const element = elementOf(e.value(0), value.dtype)
      const at = position(e, 1)
      const isGrowing = boolOf(e.node, 'resize_if_index_out_of_bounds', false)
      const missing = isGrowing
        ? e.op('Max', [
            e.op('Sub', [e.op('Add', [at, e.scalar('int64', 1)]), e.op('SequenceLength', [e.in(0)])]),
            e.scalar('int64', 0),
          ])
        : null
      const whole = missing
        ? grown(e, e.in(0), e.op('Greater', [missing, e.scalar('int64', 0)]), missing, element)
        : e.in(0)
      return list(e, written(e, whole, at, e.in(2)), element, better(e.value(0).shape, value.shape))
    },
  },
  TensorListPushBack: {
    types: gives('variant'),
    emit: (e) =>
      list(e, e.op('SequenceInsert', [e.in(0), e.in(1)]), e.value(1).dtype, better(e.value(0).shape, e.value(1).shape)),
  },
  TensorListPopBack: {
    types: (node) => ['variant', dtypeOf(node, 'element_dtype')],
    emit: (e) => {
      const dtype = dtypeOf(e.node, 'element_dtype')
      const last = e.scalar('int64', -1)
      const { shape } = e.value(0)
      return [
        list(e, e.op('SequenceErase', [e.in(0), last]), dtype, shape),
        e.result(e.op('SequenceAt', [e.in(0), last]), dtype, shape),
      ]
    },
  },
  TensorListStack: {
    types: (node) => [dtypeOf(node, 'element_dtype')],
    emit: (e) => {
      const dtype = dtypeOf(e.node, 'element_dtype')
      const shape = better(elementShape(e.value(1)), e.value(0).shape)
      return e.result(stacked(e, e.in(0)), dtype, shape ? [null, ...shape] : null)
    },
    except: 'elements that were never written, of unknown shape',
  },
  TensorListGather: {
    types: (node) => [dtypeOf(node, 'element_dtype')],
    emit: (e) => {
      const shape = better(elementShape(e.value(2)), e.value(0).shape)
      return e.result(gathered(e, e.in(0), 1), dtypeOf(e.node, 'element_dtype'), shape ? [null, ...shape] : null)
    },
  },
  TensorListConcatV2: {
    types: (node) => [dtypeOf(node, 'element_dtype'), 'int64'],
    emit: (e) => {
      const name = e.op('ConcatFromSequence', [e.in(0)], { axis: attribute.int(0) })
      const { shape } = e.value(0)
      return e.result(name, dtypeOf(e.node, 'element_dtype'), shape ? [null, ...shape.slice(1)] : null)
    },
    except: 'the output lengths',
  },
  TensorListSplit: {
    types: gives('variant'),
    emit: (e) =>
      list(
        e,
        splitRows(e, 0, 2),
        e.value(0).dtype,
        e.value(0).shape ? [null, ...(rest(e.value(0).shape) ?? [])] : null,
      ),
  },
  TensorListLength: {
    types: gives('int32'),
    emit: (e) => e.result(e.cast(e.op('SequenceLength', [e.in(0)]), 'int32'), 'int32', []),
  },
  TensorListResize: {
    types: gives('variant'),
    emit: (e) => {
      // Grown by what is missing; never made shorter.
      const element = elementOf(e.value(0), 'float32')
      const own = e.op('Unsqueeze', [e.op('SequenceLength', [e.in(0)]), e.ints([0])])
      const missing = e.op('Max', [e.op('Sub', [e.longVector(1), own]), e.ints([0])])
      const goesOn = e.op('Greater', [e.op('Squeeze', [missing]), e.scalar('int64', 0)])
      return list(e, grown(e, e.in(0), goesOn, e.op('Squeeze', [missing]), element), element, e.value(0).shape)
    },
    except: 'a smaller size',
  },
  TensorListElementShape: {
    types: (node) => [dtypeOf(node, 'shape_type')],
    emit: (e) => {
      const shape = e.value(0).shape?.map((size) => size ?? -1)
      const dtype = dtypeOf(e.node, 'shape_type')
      if (!shape) return e.refuse('elements of unknown shape')
      return e.result(dtype === 'int64' ? e.ints(shape) : e.cast(e.ints(shape), dtype), dtype, [shape.length])
    },
  },
}

/** The sequence with `count` zeros behind it. */
function grown(e: Emission, sequence: string, goesOn: string, count: string, element: TfDtype): string {
  const scope = e.scope.nested()
  const { builder } = scope
  const name = builder.fresh('list')
  const zero = e.scalar(element, 0, [1])
  builder.output(builder.node('Identity', [goesOn]))
  builder.output(builder.node('SequenceInsert', [name, zero]))
  const inputs = [
    { name: builder.fresh('iteration'), type: { kind: 'tensor', dtype: 'int64', shape: [] } },
    { name: builder.fresh('goes_on'), type: { kind: 'tensor', dtype: 'boolean', shape: [] } },
    { name, type: { kind: 'sequence', element: { kind: 'tensor', dtype: element as 'float32', shape: null } } },
  ] as const
  return e.op('Loop', [count, goesOn, sequence], { body: attribute.graph({ ...builder.finish(), inputs }) })
}

function numberOf(dtype: TfDtype): number {
  const numbers: Readonly<Partial<Record<TfDtype, number>>> = {
    float32: 1,
    uint8: 2,
    int8: 3,
    uint16: 4,
    int16: 5,
    int32: 6,
    int64: 7,
    boolean: 9,
    float16: 10,
    float64: 11,
    uint32: 12,
    uint64: 13,
  }
  return numbers[dtype] ?? 1
}

/** The array's flow is the list; its handle is nothing. */
const arrayDtype = (e: Emission) => dtypeOf(e.node, 'dtype')
const handle = (e: Emission) => new Value({ dtype: 'resource', shape: [] }).add(e.scope, 'plain', '')

const tensorArrays: OperatorTable = {
  TensorArrayV3: {
    types: gives('resource', 'variant'),
    emit: (e) => {
      const shape = shapeOf(e.node, 'element_shape')
      return [handle(e), list(e, reserved(e, e.longVector(0), arrayDtype(e), shape), arrayDtype(e), shape)]
    },
  },
  TensorArrayScatterV3: {
    types: gives('variant'),
    emit: (e) => {
      // Indices count up from 0 wherever arrays are unstacked.
      const value = e.value(2)
      return list(e, apart(e, e.op('Gather', [e.in(2), inverse(e, 1)])), value.dtype, rest(value.shape))
    },
  },
  TensorArrayReadV3: {
    types: (node) => [dtypeOf(node, 'dtype')],
    emit: (e) => e.result(e.op('SequenceAt', [e.in(2), position(e, 1)]), arrayDtype(e), e.value(2).shape),
  },
  TensorArrayWriteV3: {
    types: gives('variant'),
    emit: (e) => {
      const value = e.value(2)
      return list(e, written(e, e.in(3), position(e, 1), e.in(2)), value.dtype, better(e.value(3).shape, value.shape))
    },
    except: 'a position beyond the size',
  },
  TensorArrayGatherV3: {
    types: (node) => [dtypeOf(node, 'dtype')],
    emit: (e) => {
      const { shape } = e.value(2)
      return e.result(gathered(e, e.in(2), 1), arrayDtype(e), shape ? [null, ...shape] : null)
    },
  },
  TensorArraySizeV3: {
    types: gives('int32'),
    emit: (e) => e.result(e.cast(e.op('SequenceLength', [e.in(1)]), 'int32'), 'int32', []),
  },
  TensorArrayConcatV3: {
    types: (node) => [dtypeOf(node, 'dtype'), 'int64'],
    emit: (e) => e.result(e.op('ConcatFromSequence', [e.in(1)], { axis: attribute.int(0) }), arrayDtype(e), null),
    except: 'the output lengths',
  },
  TensorArraySplitV3: {
    types: gives('variant'),
    emit: (e) => list(e, splitRows(e, 1, 2), e.value(1).dtype, null),
  },
}

/** Where each position is found in a list of positions. */
function inverse(e: Emission, index: number): string {
  const at = e.long(index)
  return e.ops('TopK', [at, e.shapeOf(at)], { largest: attribute.int(0), sorted: attribute.int(1) }, 2)[1] as string
}

/** Lists and arrays of tensors. */
export const listOperators: OperatorTable = { ...tensorLists, ...tensorArrays }
