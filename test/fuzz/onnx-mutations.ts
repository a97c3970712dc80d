import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attribute, GraphBuilder } from '../../src/models/onnx-graph/builder.ts'
import type { Attribute, OnnxGraph, OnnxModel, OnnxNode } from '../../src/models/onnx-graph/graph.ts'
import { OnnxTensor } from '../../src/models/onnx-graph/onnx-tensor.ts'
import { writeModelProto } from '../../src/models/onnx-graph/write-model.ts'
import type { Tensor } from '../../src/schema/tensor.ts'

/** A model to start from. */
export interface Base {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The golden models of at most 20 KB, and graphs with loops, branches, sequences, convolutions and recurrent cells. */
export function baseModels(): Base[] {
  const folder = join(import.meta.dirname, '../golden/onnx')
  const golden = readdirSync(folder)
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name, 'model.onnx'))) }))
    .filter(({ bytes }) => bytes.length <= 20_000)
  return [...golden, ...made()]
}

function made(): Base[] {
  const floats = (shape: readonly number[], from = 0): Tensor => {
    const count = shape.reduce((product, size) => product * size, 1)
    return { dtype: 'float32', shape, data: Float32Array.from({ length: count }, (_, i) => ((i + from) % 7) / 7) }
  }
  const build = (name: string, fill: (graph: GraphBuilder) => void): Base => {
    const graph = new GraphBuilder(name)
    fill(graph)
    return { name, bytes: writeModelProto({ irVersion: 10, opsets: new Map([['', 21]]), graph: graph.finish() }) }
  }
  return [
    build('convolution', (graph) => {
      graph.input('x', 'float32', ['N', 1, 6, 6])
      const a = graph.node('Conv', ['x', graph.constant(floats([2, 1, 3, 3]))], { pads: attribute.ints([1, 1, 1, 1]) })
      const b = graph.node('MaxPool', [graph.node('Relu', [a])], {
        kernel_shape: attribute.ints([2, 2]),
        strides: attribute.ints([2, 2]),
      })
      const c = graph.node('Reshape', [
        graph.node('Pad', [b, graph.ints([0, 0, 1, 1, 0, 0, 1, 1])]),
        graph.ints([0, -1]),
      ])
      graph.output(
        graph.node('MatMul', [
          graph.node('Slice', [c, graph.ints([0]), graph.ints([8]), graph.ints([1])]),
          graph.constant(floats([8, 3])),
        ]),
        'float32',
        null,
      )
    }),
    build('recurrent', (graph) => {
      graph.input('x', 'float32', [3, 'N', 2])
      const [y] = graph.nodes(
        'LSTM',
        ['x', graph.constant(floats([1, 8, 2])), graph.constant(floats([1, 8, 2], 3))],
        { hidden_size: attribute.int(2) },
        { outputs: 3 },
      )
      graph.output(graph.node('Squeeze', [y as string, graph.ints([1])]), 'float32', null)
    }),
    build('control', (graph) => {
      graph.input('x', 'float32', [2])
      graph.input('c', 'boolean', [])
      const branch = (op: string) => graph.subgraph(op, (inner) => inner.output(inner.node(op, ['x']), 'float32', [2]))
      const chosen = graph.node('If', ['c'], {
        then_branch: attribute.graph(branch('Neg')),
        else_branch: attribute.graph(branch('Abs')),
      })
      const body = graph.subgraph('body', (inner) => {
        inner.input('i', 'int64', [])
        inner.input('goes', 'boolean', [])
        inner.input('state', 'float32', [2])
        inner.output(inner.node('Identity', ['goes']), 'boolean', [])
        const next = inner.node('Add', ['state', 'x'])
        inner.output(next, 'float32', [2])
        inner.output(inner.node('Identity', [next]), 'float32', [2])
      })
      const trips = graph.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(3n) })
      const [last, all] = graph.nodes('Loop', [trips, '', chosen], { body: attribute.graph(body) }, { outputs: 2 })
      graph.output(last as string, 'float32', null)
      graph.output(all as string, 'float32', null)
    }),
    build('sequences', (graph) => {
      const type = { kind: 'sequence', element: { kind: 'tensor', dtype: 'float32', shape: null } } as const
      graph.inputOf('s', type)
      graph.input('x', 'float32', [null])
      const longer = graph.node('SequenceInsert', ['s', 'x'])
      graph.outputOf(longer, type)
      graph.output(graph.node('ConcatFromSequence', [longer], { axis: attribute.int(0) }), 'float32', null)
      graph.output(
        graph.node('Gather', [
          'x',
          graph.node('Cast', [graph.node('TopK', ['x', graph.ints([1])])], { to: attribute.int(7) }),
        ]),
        'float32',
        null,
      )
    }),
  ]
}

type Random = () => number
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

const odd = [0, 1, -1, 2, 7, 255, 256, 65_535, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, 2 ** 53 - 1, -(2 ** 53) + 1]

/** Cuts, repeats, overwrites and moves bytes, some near the beginning. */
export function damage(random: Random, bytes: Uint8Array): Uint8Array {
  let result: Uint8Array = bytes.slice()
  for (let n = 0; n <= random() * 4; n++) {
    const at = Math.floor((random() < 0.3 ? random() ** 3 : random()) * result.length)
    const length = Math.floor(random() ** 4 * 64) + 1
    const kind = random()
    if (kind < 0.1) result = result.slice(0, at)
    else if (kind < 0.2) result = joined(result.subarray(0, at), result.subarray(Math.min(result.length, at + length)))
    else if (kind < 0.3) result = joined(result.subarray(0, at), result.subarray(at, at + length), result.subarray(at))
    else if (kind < 0.4) result.fill(random() < 0.5 ? 0xff : 0, at, at + length)
    else
      result[at] =
        random() < 0.5 ? Math.floor(random() * 256) : (result[at] as number) ^ (1 << Math.floor(random() * 8))
  }
  return result
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** Changes operators, names, attributes, constants and versions; the message stays well-formed. */
export function distort(random: Random, model: OnnxModel): Uint8Array {
  const nodes = [...model.graph.nodes]
  for (let n = 0; n <= random() * 2; n++) {
    const at = Math.floor(random() * nodes.length)
    const node = nodes[at]
    if (node && random() < 0.7) nodes[at] = distortNode(random, node, model.graph)
  }
  if (random() < 0.1) nodes.splice(Math.floor(random() * nodes.length), 1)
  if (random() < 0.05) nodes.reverse()
  const initializers = model.graph.initializers.map((tensor) =>
    random() < 0.15 ? distortTensor(random, tensor) : tensor,
  )
  const opsets = new Map(
    [...model.opsets].map(([domain, version]) => [domain, random() < 0.05 ? pick(random, odd) : version]),
  )
  const irVersion = random() < 0.05 ? pick(random, odd) : model.irVersion
  return writeModelProto({ ...model, irVersion, opsets, graph: { ...model.graph, nodes, initializers } })
}

const operators = [
  'Add',
  'MatMul',
  'Reshape',
  'Gather',
  'Concat',
  'Slice',
  'ConstantOfShape',
  'Expand',
  'Tile',
  'Resize',
  'Loop',
  'Identity',
  'Conv',
  'Nothing',
]

function distortNode(random: Random, node: OnnxNode, graph: OnnxGraph): OnnxNode {
  const names = graph.nodes
    .flatMap(({ outputs }) => outputs)
    .concat(
      graph.inputs.map(({ name }) => name),
      ['', 'nowhere'],
    )
  const kind = random()
  const changed = { ...node, raw: null }
  if (kind < 0.15) return { ...changed, op: pick(random, operators) }
  if (kind < 0.35)
    return { ...changed, inputs: node.inputs.map((name) => (random() < 0.5 ? pick(random, names) : name)) }
  if (kind < 0.4) return { ...changed, inputs: node.inputs.slice(1) }
  if (kind < 0.45) return { ...changed, outputs: [...node.outputs, ...node.outputs] }
  if (kind < 0.5) return { ...changed, domain: pick(random, ['', 'ai.onnx.ml', 'com.microsoft', 'x']) }
  const attributes = new Map(node.attributes)
  for (const [name, value] of attributes) if (random() < 0.6) attributes.set(name, distortAttribute(random, value))
  if (random() < 0.2)
    attributes.set(pick(random, ['axis', 'to', 'group', 'kernel_shape', 'value']), attribute.int(pick(random, odd)))
  return { ...changed, attributes }
}

function distortAttribute(random: Random, value: Attribute): Attribute {
  switch (value.kind) {
    case 'int':
      return attribute.int(pick(random, odd))
    case 'float':
      return attribute.float(pick(random, [0, Number.NaN, Number.POSITIVE_INFINITY, -1e38]))
    case 'text':
      return attribute.text(pick(random, ['', 'SAME_UPPER', 'x'.repeat(10_000), '\u0000']))
    case 'ints': {
      const list = Array.from(value.value)
      if (random() < 0.3) return attribute.ints(list.slice(Math.floor(random() * list.length)))
      return attribute.ints(list.map((one) => (random() < 0.3 ? pick(random, odd) : one)))
    }
    case 'floats': {
      const list = Array.from(value.value)
      return random() < 0.5 ? attribute.floats(list.slice(1)) : attribute.floats(list.map(() => Number.NaN))
    }
    case 'texts':
      return { kind: 'texts', value: value.value.slice(1) }
    case 'tensor':
      return { kind: 'tensor', value: distortTensor(random, value.value) }
    default:
      return value
  }
}

function distortTensor(random: Random, constant: OnnxTensor): OnnxTensor {
  const tensor = constant.tensor()
  if (!tensor || tensor.dtype === 'string') return constant
  const data = (tensor.data as Float32Array).slice()
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array
  if (random() < 0.5) {
    const value = pick(random, odd)
    for (let i = 0; i < data.length; i++) if (random() < 0.4) data[i] = (isBig ? BigInt(value) : value) as never
    return OnnxTensor.of(constant.name, { ...tensor, data })
  }
  const shapes = [[data.length], [1, data.length], [data.length, 1], [data.length, 0], []]
  const shape = pick(random, shapes)
  const count = shape.reduce((product, size) => product * size, 1)
  return OnnxTensor.of(constant.name, { ...tensor, shape, data: data.slice(0, count) })
}
