import { MillraceError } from '../../core/errors.ts'
import { attribute } from '../onnx-graph/builder.ts'
import {
  type Attribute,
  attributeOf,
  nodePlace,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
} from '../onnx-graph/graph.ts'
import { OnnxTensor } from '../onnx-graph/onnx-tensor.ts'
import { namesOf } from './names.ts'

/** The first opset whose operators onnxruntime 1.30 has throughout; of those before it lacks most of arithmetic. */
const firstOpset = 7

/**
 * A model below opset 7 as one of opset 7 (Operators.md and Changelog.md of ONNX 1.23 tell the differences): arithmetic of 6 aligns its second
 * operand by `axis`, from 7 on by the last dimensions. Other models are returned as they are.
 */
export function raiseOpset(model: OnnxModel, source: string): OnnxModel {
  const opset = model.opsets.get('')
  if (opset === undefined || opset >= firstOpset || opset < 1) return model
  const raiser = new Raiser(model.graph, opset, source)
  const nodes = model.graph.nodes.flatMap((node) => raiser.raise(node))
  const graph = { ...model.graph, nodes, initializers: [...model.graph.initializers, ...raiser.constants] }
  const opsets = new Map(model.opsets).set('', firstOpset)
  // Constants that are not inputs came with IR version 4.
  return { ...model, graph, opsets, irVersion: Math.max(model.irVersion, 4) }
}

const aligned: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'Less'],
])

/** Operators whose first output has as many dimensions as their first input. */
const rankKeeping: ReadonlySet<string> = new Set([
  ...aligned,
  ...[
    'Abs',
    'Neg',
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Elu',
    'Selu',
    'Sigmoid',
    'Tanh',
    'Exp',
    'Log',
    'Sqrt',
    'Clip',
    'Softmax',
  ],
  ...['LogSoftmax', 'Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Dropout'],
  ...[
    'BatchNormalization',
    'InstanceNormalization',
    'LRN',
    'Concat',
    'Identity',
    'Pad',
    'Split',
    'Transpose',
    'Sum',
    'Max',
  ],
  ...['Min', 'Mean', 'Floor', 'Ceil', 'Reciprocal', 'Softplus', 'Softsign', 'HardSigmoid', 'Cast', 'Slice', 'MatMul'],
])

/** Attributes that say what opset 7 takes for granted. */
const dropped: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ['is_test'],
  Dropout: ['is_test'],
  Gemm: ['broadcast'],
  LSTM: ['output_sequence'],
  GRU: ['output_sequence'],
  RNN: ['output_sequence'],
}

/** Element types by the name that Cast spells them with below opset 6. */
const castTypes = [
  'FLOAT',
  'UINT8',
  'INT8',
  'UINT16',
  'INT16',
  'INT32',
  'INT64',
  'STRING',
  'BOOL',
  'FLOAT16',
  'DOUBLE',
  'UINT32',
  'UINT64',
]

class Raiser {
  readonly constants: OnnxTensor[] = []
  readonly #opset: number
  readonly #source: string
  readonly #names: Set<string>
  readonly #ranks = new Map<string, number>()

  constructor(graph: OnnxGraph, opset: number, source: string) {
    this.#opset = opset
    this.#source = source
    this.#names = namesOf(graph)
    for (const { name, type } of [...graph.values, ...graph.outputs, ...graph.inputs])
      if (type?.kind === 'tensor' && type.shape) this.#ranks.set(name, type.shape.length)
    for (const { name, shape } of graph.initializers) this.#ranks.set(name, shape.length)
  }

  raise(node: OnnxNode): OnnxNode[] {
    const nodes = node.domain === '' ? this.#raised(node) : [node]
    const rank = this.#ranks.get(node.inputs[0] ?? '')
    if (rank !== undefined && rankKeeping.has(node.op))
      for (const output of node.outputs) if (!this.#ranks.has(output)) this.#ranks.set(output, rank)
    const value = node.op === 'Constant' ? attributeOf(node, 'value', 'tensor')?.value : undefined
    if (value && node.outputs[0]) this.#ranks.set(node.outputs[0], value.shape.length)
    return nodes
  }

  #raised(node: OnnxNode): OnnxNode[] {
    const attributes = new Map(node.attributes)
    for (const name of ['consumed_inputs', ...(dropped[node.op] ?? [])]) attributes.delete(name)
    const changed: OnnxNode = { ...node, attributes, raw: null }
    if (aligned.has(node.op)) return this.#align(changed, attributes)
    if (node.op === 'PRelu') return this.#slope(changed)
    if (node.op === 'Concat' && this.#opset < 4 && !attributes.has('axis')) attributes.set('axis', attribute.int(1))
    if (node.op === 'Cast' && this.#opset < 6) castByNumber(attributes)
    if (node.op === 'Reshape' && this.#opset < 5) {
      const shape = attributeOf(node, 'shape', 'ints')?.value ?? []
      attributes.delete('shape')
      return [{ ...changed, inputs: [node.inputs[0] as string, this.#ints(Array.from(shape, Number))] }]
    }
    return [changed]
  }

  /** With `broadcast` and `axis` the second operand's dimensions stand at that axis of the first's. */
  #align(node: OnnxNode, attributes: Map<string, Attribute>): OnnxNode[] {
    const axis = attributeOf(node, 'axis', 'int')?.value
    const isBroadcast = Number(attributeOf(node, 'broadcast', 'int')?.value ?? 0) !== 0
    attributes.delete('axis')
    attributes.delete('broadcast')
    if (!isBroadcast || axis === undefined) return [node]
    const [left, right] = node.inputs.map((name) => this.#ranks.get(name))
    if (left === undefined || right === undefined)
      return this.#refuse(node, 'broadcasting by axis of a value of unknown rank')
    const at = Number(axis) < 0 ? Number(axis) + left : Number(axis)
    return this.#unsqueezed(node, right, left - at - right)
  }

  /** A slope per channel: channels are the first dimension behind the batch, not the last. */
  #slope(node: OnnxNode): OnnxNode[] {
    const [value, slope] = node.inputs.map((name) => this.#ranks.get(name))
    if (slope !== 1) return [node]
    if (value === undefined) return this.#refuse(node, 'a slope per channel of a value of unknown rank')
    return this.#unsqueezed(node, 1, value - 2)
  }

  /** The node with its second input made `trailing` dimensions of size 1 longer. */
  #unsqueezed(node: OnnxNode, rank: number, trailing: number): OnnxNode[] {
    if (trailing <= 0) return [node]
    const [first = '', second = ''] = node.inputs
    const longer = this.#fresh(`${second}_aligned`)
    const axes = attribute.ints(Array.from({ length: trailing }, (_, k) => rank + k))
    const unsqueeze = { name: longer, op: 'Unsqueeze', domain: '', overload: '', raw: null }
    return [
      { ...unsqueeze, inputs: [second], outputs: [longer], attributes: new Map([['axes', axes]]) },
      { ...node, inputs: [first, longer] },
    ]
  }

  #ints(values: readonly number[]): string {
    const name = this.#fresh('shape')
    this.constants.push(
      OnnxTensor.of(name, { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) }),
    )
    return name
  }

  #fresh(hint: string): string {
    let name = hint
    for (let i = 1; this.#names.has(name); i++) name = `${hint}_${i}`
    this.#names.add(name)
    return name
  }

  #refuse(node: OnnxNode, what: string): never {
    const place = nodePlace(node)
    throw new MillraceError('MODEL_ARTIFACT_UNSUPPORTED', { source: this.#source, place, what, format: 'onnx' })
  }
}

function castByNumber(attributes: Map<string, Attribute>): void {
  const to = attributes.get('to')
  if (to?.kind !== 'text') return
  const number = castTypes.indexOf(String(to.value).toUpperCase()) + 1
  if (number > 0) attributes.set('to', attribute.int(number))
}
