import { describe, expect, test } from 'vitest'
import { WireWriter } from '../../../src/core/protobuf-wire.ts'
import { attributeOf, type OnnxNode } from '../../../src/models/onnx-graph/graph.ts'
import { readModelProto } from '../../../src/models/onnx-graph/read-model.ts'

function model(write: (graph: WireWriter) => void, more: (writer: WireWriter) => void = () => {}): Uint8Array {
  const writer = new WireWriter()
  writer.varint(1, 8)
  writer.text(2, 'tool')
  writer.text(3, '1.2')
  writer.message(8, (entry) => entry.varint(2, 17))
  writer.message(7, write)
  more(writer)
  return writer.finish()
}

function nodeWith(write: (attribute: WireWriter) => void): OnnxNode {
  const bytes = model((graph) =>
    graph.message(1, (node) => {
      node.text(4, 'Op')
      node.message(5, (attribute) => {
        attribute.text(1, 'a')
        write(attribute)
      })
    }),
  )
  return readModelProto(bytes, 'm').graph.nodes[0] as OnnxNode
}

describe('readModelProto', () => {
  test('reads what the model says about itself', () => {
    const bytes = model(
      (graph) => graph.text(2, 'g'),
      (writer) => {
        writer.message(8, (entry) => {
          entry.text(1, 'ai.onnx.ml')
          entry.varint(2, 3)
        })
        writer.message(14, (entry) => {
          entry.text(1, 'k')
          entry.text(2, 'v')
        })
      },
    )
    expect(readModelProto(bytes, 'm')).toMatchObject({
      irVersion: 8,
      producer: 'tool 1.2',
      opsets: new Map([
        ['', 17],
        ['ai.onnx.ml', 3],
      ]),
      metadata: new Map([['k', 'v']]),
      graph: { name: 'g', nodes: [] },
    })
  })

  test('reads dimensions and types of values of every kind', () => {
    const tensor = (writer: WireWriter) =>
      writer.message(1, (type) => {
        type.varint(1, 1)
        type.message(2, (shape) => {
          shape.message(1, (dimension) => dimension.text(2, 'N'))
          shape.message(1, (dimension) => dimension.varint(1, 4))
          shape.message(1, () => {})
        })
      })
    const types: ((writer: WireWriter) => void)[] = [
      tensor,
      (writer) => writer.message(4, (sequence) => sequence.message(1, tensor)),
      (writer) =>
        writer.message(5, (map) => {
          map.varint(1, 7)
          map.message(2, tensor)
        }),
      (writer) => writer.message(9, (optional) => optional.message(1, tensor)),
      (writer) => writer.message(8, (sparse) => sparse.varint(1, 1)),
    ]
    const bytes = model((graph) => {
      for (const write of types) graph.message(11, (info) => info.message(2, write))
    })
    const expected = { kind: 'tensor', dtype: 'float32', shape: ['N', 4, null] }
    expect(readModelProto(bytes, 'm').graph.inputs.map(({ type }) => type)).toMatchObject([
      expected,
      { kind: 'sequence', element: expected },
      { kind: 'map', key: 'int64', value: expected },
      { kind: 'optional', element: expected },
      { kind: 'other' },
    ])
  })

  test('reads attributes by their type, and without one (IR version 1) by the field that is there', () => {
    const both = (write: (attribute: WireWriter) => void, type: number) => [
      nodeWith((attribute) => {
        attribute.varint(20, type)
        write(attribute)
      }),
      nodeWith(write),
    ]
    for (const node of both((a) => a.float(2, 0.5), 1)) expect(attributeOf(node, 'a', 'float')?.value).toBe(0.5)
    for (const node of both((a) => a.varint(3, -4), 2)) expect(attributeOf(node, 'a', 'int')?.value).toBe(-4)
    for (const node of both((a) => a.text(4, 'é'), 3)) expect(attributeOf(node, 'a', 'text')?.value).toBe('é')
    for (const node of both((a) => a.packedFloats(7, [1, 2]), 6))
      expect(attributeOf(node, 'a', 'floats')?.value).toEqual(Float32Array.of(1, 2))
    for (const node of both((a) => a.packedVarints(8, [1, -2]), 7))
      expect(attributeOf(node, 'a', 'ints')?.value).toEqual(Float64Array.of(1, -2))
    for (const node of both((a) => ['x', 'y'].map((text) => a.text(9, text)), 8))
      expect(attributeOf(node, 'a', 'texts')?.value).toEqual(['x', 'y'])
    // An empty list keeps its kind.
    expect(
      attributeOf(
        nodeWith((a) => a.varint(20, 7)),
        'a',
        'ints',
      )?.value,
    ).toEqual(Float64Array.of())
  })

  test.each<[string, Uint8Array, string]>([
    ['bytes that are no message', Uint8Array.of(0xff, 0xff), 'ModelProto at byte 2: the message ends within a number'],
    ['no graph', Uint8Array.of(8, 7), 'ModelProto at byte 2: there is no graph'],
    [
      'two graphs',
      model(
        () => {},
        (writer) => writer.message(7, () => {}),
      ),
      'the model has two graphs',
    ],
    [
      'an attribute twice',
      model((graph) =>
        graph.message(1, (node) => {
          for (let i = 0; i < 2; i++) node.message(5, (a) => a.text(1, 'axis'))
        }),
      ),
      'attribute "axis" appears twice',
    ],
    [
      'an element type that is none',
      model((graph) => graph.message(11, (info) => info.message(2, (type) => type.message(1, (t) => t.varint(1, 77))))),
      'a tensor has element type 77, which ONNX does not have',
    ],
  ])('refuses %s with the place', (_, bytes, reason) => {
    expect(() => readModelProto(bytes, 'm.onnx')).toThrow('m.onnx cannot be read as ONNX')
    expect(() => readModelProto(bytes, 'm.onnx')).toThrow(reason)
  })

  test('refuses more entries than any model has, before they take memory', () => {
    const bytes = model((graph) => graph.bytes(1, new Uint8Array(0)))
    const empty = Uint8Array.of(0x0a, 0) // an empty node
    const nodes = new Uint8Array(2_000_001 * 2)
    for (let i = 0; i < nodes.length; i += 2) nodes.set(empty, i)
    const writer = new WireWriter()
    writer.fields(bytes, (field) => field !== 7)
    writer.bytes(7, nodes)
    expect(() => readModelProto(writer.finish(), 'm')).toThrow('m: the graph exceeds the limit of 2000000')
  })
})
