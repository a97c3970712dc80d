import { describe, expect, test } from 'vitest'
import { WireReader, WireWriter } from '../../../src/core/protobuf-wire.ts'
import { checkModel } from '../../../src/models/onnx/check.ts'
import { attribute, type GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { OnnxTensor } from '../../../src/models/onnx-graph/onnx-tensor.ts'
import { floats, modelOf, type Versions } from './models.ts'

const fine = (graph: GraphBuilder) => {
  graph.input('x', 'float32', [null])
  graph.output(graph.node('Neg', ['x']))
}

function check(build: (graph: GraphBuilder) => void, versions: Versions = {}): () => void {
  const model = modelOf(build, versions)
  return () => checkModel(model, 'm.onnx')
}

describe('checkModel', () => {
  test.each<[string, Versions, string]>([
    ['IR version', { irVersion: 14 }, 'm.onnx: the model uses IR version 14 (onnxruntime 1.30 takes up to 13)'],
    ['opset', { opset: 27 }, 'm.onnx: the model uses opset 27 of domain "ai.onnx" (onnxruntime 1.30 takes up to 26)'],
    ['opset of a domain', { ml: 6 }, 'opset 6 of domain "ai.onnx.ml" (onnxruntime 1.30 takes up to 5)'],
  ])('refuses a newer %s with both versions', (_, versions, message) => {
    expect(check(fine, versions)).toThrow(message)
  })

  test('takes what the runtime takes, up to its limits', () => {
    expect(check(fine, { irVersion: 13, opset: 26, ml: 5 })).not.toThrow()
    expect(check(fine, { irVersion: 3, opset: 1, ml: 1 })).not.toThrow()
  })

  test('names the node of an operator of an unknown domain, also inside a branch', () => {
    const custom = (graph: GraphBuilder) =>
      graph.output(graph.node('Magic', ['x'], {}, { domain: 'my.ops', name: 'n' }))
    expect(check(custom)).toThrow('m.onnx: node "n" (Magic) uses the operator Magic of domain "my.ops"')
    const nested = (graph: GraphBuilder) => {
      const branch = graph.subgraph('b', custom)
      graph.node('If', ['c'], { then_branch: attribute.graph(branch), else_branch: attribute.graph(branch) })
    }
    expect(check(nested)).toThrow('node "n" (Magic)')
  })

  test('an operator of the model itself is known', () => {
    const model = modelOf((graph) => graph.output(graph.node('F', ['x'], {}, { domain: 'my.ops' })))
    const f = {
      name: 'F',
      domain: 'my.ops',
      overload: '',
      inputs: [],
      outputs: [],
      nodes: [],
      opsets: new Map(),
      raw: new Uint8Array(),
    }
    expect(() => checkModel({ ...model, functions: [f] }, 'm')).not.toThrow()
  })

  test('refuses constants outside of the file with their name', () => {
    const writer = new WireWriter()
    writer.text(8, 'w')
    writer.varint(1, 2)
    writer.varint(2, 1)
    writer.varint(14, 1)
    writer.message(13, (entry) => {
      entry.text(1, 'location')
      entry.text(2, '../../etc/passwd')
    })
    const model = modelOf(fine)
    const outside = OnnxTensor.read(new WireReader(writer.finish(), 'TensorProto'))
    const graph = { ...model.graph, initializers: [outside] }
    expect(() => checkModel({ ...model, graph }, 'm.onnx')).toThrow(
      'm.onnx: constant "w" uses data outside of the file ("../../etc/passwd"); save the model as one file',
    )
  })

  test.each<[string, (graph: GraphBuilder) => void]>([
    ['ConstantOfShape', (graph) => void graph.node('ConstantOfShape', [graph.ints([100_000, 100_000])])],
    ['Expand', (graph) => void graph.node('Expand', [graph.constant(floats([1], 1)), graph.ints([2 ** 31])])],
    ['Tile', (graph) => void graph.node('Tile', [graph.constant(floats([2], 1, 2)), graph.ints([2 ** 30])])],
    [
      'Range',
      (graph) => {
        const scalar = (x: bigint) => graph.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(x) })
        graph.node('Range', [scalar(0n), scalar(2n ** 40n), scalar(1n)])
      },
    ],
  ])('refuses a small %s that asks for gigabytes, with its node', (op, build) => {
    expect(check(build)).toThrow(`m.onnx: node "${op}" (${op}) exceeds the limit of 2147483648 bytes of a constant`)
  })

  test('takes constants of ordinary size', () => {
    expect(check((graph) => void graph.node('ConstantOfShape', [graph.ints([1000, 1000])]))).not.toThrow()
    expect(check((graph) => void graph.node('ConstantOfShape', ['unknown']))).not.toThrow()
  })

  test('refuses a model that says no opset', () => {
    const model = { ...modelOf(fine), opsets: new Map() }
    expect(() => checkModel(model, 'm')).toThrow('it says the version of no operator set')
  })
})
