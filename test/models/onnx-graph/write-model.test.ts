import { expect, test } from 'vitest'
import { WireWriter } from '../../../src/core/protobuf-wire.ts'
import { attribute, GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import type { OnnxGraph, OnnxModel } from '../../../src/models/onnx-graph/graph.ts'
import { readModelProto } from '../../../src/models/onnx-graph/read-model.ts'
import { writeModelProto } from '../../../src/models/onnx-graph/write-model.ts'

/** A graph with an attribute of every kind. */
function everything(): OnnxGraph {
  const graph = new GraphBuilder('all')
  graph.input('x', 'float32', ['N', 3])
  const one = { dtype: 'float32', shape: [1], data: Float32Array.of(1) } as const
  const body = graph.subgraph('body', (inner) => inner.output(inner.node('Neg', ['x']), 'float32', [null]))
  graph.node('Everything', ['x', '', graph.constant(one)], {
    int: attribute.int(-3),
    long: attribute.int(2n ** 62n),
    float: attribute.float(0.25),
    text: attribute.text('é'),
    ints: attribute.ints([1, -2]),
    floats: attribute.floats([0.5, 1]),
    texts: attribute.texts(['', 'b']),
    tensor: attribute.tensor(one),
    graph: attribute.graph(body),
    graphs: { kind: 'graphs', value: [body, body] },
    empty: attribute.ints([]),
  })
  graph.output('Everything', 'float32', null)
  const sequence = {
    kind: 'sequence',
    element: { kind: 'map', key: 'int64', value: { kind: 'tensor', dtype: 'float32', shape: [] } },
  } as const
  return { ...graph.finish(), values: [{ name: 's', type: { kind: 'optional', element: sequence } }] }
}

/** What a model says, without views of bytes and with lists in place of typed arrays. */
function plain(model: OnnxModel): unknown {
  return JSON.parse(
    JSON.stringify(model, (key, value: unknown) => {
      if (key === 'raw') return undefined
      if (value instanceof Map) return [...value]
      if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array)
      return typeof value === 'bigint' ? String(value) : value
    }),
  )
}

test('a model that was built is read back, and written from what was read again the same, byte for byte', () => {
  const model = {
    irVersion: 9,
    opsets: new Map([
      ['', 21],
      ['my', 1],
    ]),
    producer: 'p',
    modelVersion: 5,
    document: 'd',
    metadata: new Map([['k', 'v']]),
    graph: everything(),
    functions: [],
  }
  const bytes = writeModelProto(model)
  const read = readModelProto(bytes, 'm')
  expect(plain(read)).toEqual(plain(model))
  expect(Buffer.from(writeModelProto(read)).equals(bytes)).toBe(true)
  const changed = { ...read.graph, nodes: read.graph.nodes.map((node) => ({ ...node, raw: null })) }
  expect(plain(readModelProto(writeModelProto({ ...read, graph: changed }), 'm'))).toEqual(plain(model))
})

test('functions, sparse constants and types that are not taken apart are written as they were', () => {
  const writer = new WireWriter()
  writer.varint(1, 9)
  writer.message(8, (entry) => entry.varint(2, 21))
  writer.message(7, (graph) => {
    graph.message(15, (sparse) =>
      sparse.message(1, (values) => {
        values.text(8, 'sparse')
        values.varint(1, 0)
        values.varint(2, 1)
      }),
    )
    graph.message(11, (info) => {
      info.text(1, 'x')
      info.message(2, (type) => type.message(8, (sparse) => sparse.varint(1, 1)))
    })
  })
  writer.message(25, (f) => {
    f.text(1, 'F')
    f.text(10, 'my')
    f.message(7, (node) => {
      node.text(4, 'Op')
      node.message(5, (a) => {
        a.text(1, 'alpha')
        a.text(21, 'beta')
      })
    })
  })
  const read = readModelProto(writer.finish(), 'm')
  const again = readModelProto(writeModelProto(read), 'm')
  expect(again).toEqual(read)
  expect(again.functions[0]).toMatchObject({ name: 'F', domain: 'my' })
  expect(again.functions[0]?.nodes[0]?.attributes.get('alpha')).toMatchObject({ kind: 'reference', value: 'beta' })
})
