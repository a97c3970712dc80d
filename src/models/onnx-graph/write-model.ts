import { WireWriter } from '../../core/protobuf-wire.ts'
import { elementNumbers } from './dtypes.ts'
import type { Attribute, OnnxGraph, OnnxModel, OnnxNode, ValueInfo, ValueType } from './graph.ts'

/** What writeModelProto needs to know of a model; the rest of OnnxModel is optional. */
export type ModelToWrite = Pick<OnnxModel, 'irVersion' | 'opsets' | 'graph'> & Partial<OnnxModel>

/** Writes a ModelProto. Nodes, constants and functions that were read and not changed are written as they were. Copies large constants once. */
export function writeModelProto(model: ModelToWrite): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter()
  writer.varint(1, model.irVersion)
  if (model.producer) writer.text(2, model.producer)
  if (model.modelVersion) writer.varint(5, model.modelVersion)
  if (model.document) writer.text(6, model.document)
  for (const [domain, version] of model.opsets)
    writer.message(8, (entry) => {
      entry.text(1, domain)
      entry.varint(2, version)
    })
  writer.message(7, (graph) => writeGraph(graph, model.graph))
  for (const [key, value] of model.metadata ?? [])
    writer.message(14, (entry) => {
      entry.text(1, key)
      entry.text(2, value)
    })
  for (const { raw } of model.functions ?? []) writer.bytes(25, raw)
  return writer.finish()
}

function writeGraph(writer: WireWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes)
    if (node.raw) writer.bytes(1, node.raw)
    else writer.message(1, (nested) => writeNode(nested, node))
  writer.text(2, graph.name)
  for (const tensor of graph.initializers) writer.message(5, (nested) => tensor.write(nested))
  for (const { raw } of graph.sparse) writer.bytes(15, raw)
  for (const info of graph.inputs) writer.message(11, (nested) => writeValueInfo(nested, info))
  for (const info of graph.outputs) writer.message(12, (nested) => writeValueInfo(nested, info))
  for (const info of graph.values) writer.message(13, (nested) => writeValueInfo(nested, info))
}

function writeNode(writer: WireWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.text(1, input)
  for (const output of node.outputs) writer.text(2, output)
  if (node.name !== '') writer.text(3, node.name)
  writer.text(4, node.op)
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'other' || attribute.kind === 'reference') writer.bytes(5, attribute.raw)
    else
      writer.message(5, (nested) => {
        nested.text(1, name)
        writeAttribute(nested, attribute)
      })
  }
  if (node.domain !== '') writer.text(7, node.domain)
  if (node.overload !== '') writer.text(8, node.overload)
}

/** Numbers of AttributeProto.AttributeType. */
const attributeTypes = {
  float: 1,
  int: 2,
  text: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  texts: 8,
  tensors: 9,
  graphs: 10,
} as const

/** AttributeProto: f=2, i=3, s=4, t=5, g=6, floats=7, ints=8, strings=9, tensors=10, graphs=11, type=20. */
function writeAttribute(writer: WireWriter, attribute: Exclude<Attribute, { kind: 'other' | 'reference' }>): void {
  writer.varint(20, attributeTypes[attribute.kind])
  const text = (field: number, value: string | Uint8Array) => {
    if (typeof value === 'string') writer.text(field, value)
    else writer.bytes(field, value)
  }
  switch (attribute.kind) {
    case 'float':
      writer.float(2, attribute.value)
      break
    case 'int':
      writer.varint(3, attribute.value)
      break
    case 'text':
      text(4, attribute.value)
      break
    case 'tensor':
      writer.message(5, (nested) => attribute.value.write(nested))
      break
    case 'graph':
      writer.message(6, (nested) => writeGraph(nested, attribute.value))
      break
    case 'floats':
      writer.packedFloats(7, attribute.value)
      break
    case 'ints':
      writer.packedVarints(8, Array.from(attribute.value))
      break
    case 'texts':
      for (const value of attribute.value) text(9, value)
      break
    case 'tensors':
      for (const value of attribute.value) writer.message(10, (nested) => value.write(nested))
      break
    case 'graphs':
      for (const value of attribute.value) writer.message(11, (nested) => writeGraph(nested, value))
      break
    default:
      never(attribute)
  }
}

function writeValueInfo(writer: WireWriter, { name, type }: ValueInfo): void {
  writer.text(1, name)
  if (type?.kind === 'other') writer.bytes(2, type.raw)
  else if (type) writer.message(2, (nested) => writeType(nested, type))
}

function writeType(writer: WireWriter, type: ValueType): void {
  switch (type.kind) {
    case 'tensor':
      writer.message(1, (tensor) => writeTensorType(tensor, type))
      break
    case 'sequence':
      writer.message(4, (sequence) => sequence.message(1, (nested) => writeType(nested, type.element)))
      break
    case 'map':
      writer.message(5, (map) => {
        map.varint(1, elementNumbers[type.key])
        map.message(2, (nested) => writeType(nested, type.value))
      })
      break
    case 'optional':
      writer.message(9, (optional) => optional.message(1, (nested) => writeType(nested, type.element)))
      break
    case 'other':
      // An opaque type inside another type; its fields are those of a TypeProto.
      writer.fields(type.raw, () => true)
      break
    default:
      never(type)
  }
}

function never(value: never): never {
  throw new Error(`no such kind: ${JSON.stringify(value)}`)
}

function writeTensorType(writer: WireWriter, { dtype, shape }: Extract<ValueType, { kind: 'tensor' }>): void {
  writer.varint(1, elementNumbers[dtype])
  if (!shape) return
  writer.message(2, (dimensions) => {
    for (const dimension of shape)
      dimensions.message(1, (nested) => {
        if (typeof dimension === 'number') nested.varint(1, dimension)
        else if (dimension !== null) nested.text(2, dimension)
      })
  })
}
