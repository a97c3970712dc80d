import { MillraceError } from '../../core/errors.ts'
import { WireFault, WireReader } from '../../core/protobuf-wire.ts'
import type { Attribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, ValueInfo } from './graph.ts'
import { OnnxTensor, textOrBytes } from './onnx-tensor.ts'
import { readValueInfo } from './read-type.ts'

/** Nodes, attributes, constants and values of a file together; the largest models have some 100,000. */
const maxEntries = 2_000_000

/**
 * Reads a ModelProto (grammar: onnx.proto of ONNX 1.23; numbers of the fields in the functions below). Nodes, tensors and lists stay
 * views of `bytes`; CPU-bound, some 10 ms per 10,000 nodes whatever the constants weigh.
 *
 * Throws MODEL_ARTIFACT_SYNTAX with the byte, or MODEL_ARTIFACT_LIMIT. `source` names the file in messages.
 */
export function readModelProto(bytes: Uint8Array, source: string, format = 'ONNX'): OnnxModel {
  try {
    return new ModelReader(bytes, source).model()
  } catch (thrown) {
    if (!(thrown instanceof WireFault)) throw thrown
    const { place, offset, reason } = thrown
    throw new MillraceError(
      'MODEL_ARTIFACT_SYNTAX',
      { source, format, place: `${place} at byte ${offset}`, reason },
      thrown,
    )
  }
}

class ModelReader {
  readonly #bytes: Uint8Array
  readonly #source: string
  #entries = 0
  readonly #count = (): void => {
    if (++this.#entries > maxEntries) {
      const what = 'nodes, attributes, constants and values'
      throw new MillraceError('MODEL_ARTIFACT_LIMIT', {
        source: this.#source,
        place: 'the graph',
        limit: maxEntries,
        what,
      })
    }
  }

  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes
    this.#source = source
  }

  /** ModelProto: ir_version=1, producer_name=2, producer_version=3, model_version=5, doc_string=6, graph=7, opset_import=8, metadata_props=14, functions=25. */
  model(): OnnxModel {
    const reader = new WireReader(this.#bytes, 'ModelProto')
    const opsets = new Map<string, number>()
    const metadata = new Map<string, string>()
    const functions: OnnxFunction[] = []
    let [irVersion, modelVersion] = [0, 0]
    let [name, version, document] = ['', '', '']
    let graph: OnnxGraph | null = null
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          irVersion = reader.varint()
          break
        case 2:
          name = reader.looseText()
          break
        case 3:
          version = reader.looseText()
          break
        case 5:
          modelVersion = Number(reader.int64())
          break
        case 6:
          document = reader.looseText()
          break
        case 7:
          if (graph) reader.fault('the model has two graphs')
          graph = this.#graph(reader.message('GraphProto'))
          break
        case 8:
          this.#opset(reader, opsets)
          break
        case 14: {
          const entry = reader.message('StringStringEntryProto')
          this.#count()
          let [key, value] = ['', '']
          while (entry.next()) {
            if (entry.field === 1) key = entry.looseText()
            else if (entry.field === 2) value = entry.looseText()
          }
          metadata.set(key, value)
          break
        }
        case 25:
          functions.push(this.#function(reader))
          break
      }
    }
    if (!graph) return reader.fault('there is no graph')
    const producer = [name, version].filter((part) => part !== '').join(' ')
    return { irVersion, opsets, producer, modelVersion, document, metadata, graph, functions }
  }

  /** OperatorSetIdProto: domain=1, version=2. The domain `ai.onnx` is ''. */
  #opset(reader: WireReader, opsets: Map<string, number>): void {
    const entry = reader.message('OperatorSetIdProto')
    this.#count()
    let domain = ''
    let version = 0
    while (entry.next()) {
      if (entry.field === 1) domain = entry.text()
      else if (entry.field === 2) version = entry.varint()
    }
    opsets.set(plainDomain(domain), version)
  }

  /** FunctionProto: name=1, input=4, output=5, node=7, opset_import=9, domain=10, overload=13. */
  #function(outer: WireReader): OnnxFunction {
    const reader = outer.message('FunctionProto')
    const start = reader.offset
    const facts = { name: '', domain: '', overload: '' }
    const [inputs, outputs]: [string[], string[]] = [[], []]
    const nodes: OnnxNode[] = []
    const opsets = new Map<string, number>()
    this.#count()
    while (reader.next()) {
      if (reader.field === 1) facts.name = reader.text()
      else if (reader.field === 4) inputs.push(reader.text())
      else if (reader.field === 5) outputs.push(reader.text())
      else if (reader.field === 7) nodes.push(this.#node(reader))
      else if (reader.field === 9) this.#opset(reader, opsets)
      else if (reader.field === 10) facts.domain = plainDomain(reader.text())
      else if (reader.field === 13) facts.overload = reader.text()
    }
    return { ...facts, inputs, outputs, nodes, opsets, raw: reader.slice(start, reader.offset) }
  }

  /** GraphProto: node=1, name=2, initializer=5, input=11, output=12, value_info=13, sparse_initializer=15. */
  #graph(reader: WireReader): OnnxGraph {
    const nodes: OnnxNode[] = []
    const initializers: OnnxTensor[] = []
    const sparse: OnnxGraph['sparse'][number][] = []
    const inputs: ValueInfo[] = []
    const outputs: ValueInfo[] = []
    const values: ValueInfo[] = []
    let name = ''
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          nodes.push(this.#node(reader))
          break
        case 2:
          name = reader.looseText()
          break
        case 5:
          initializers.push(this.#tensor(reader))
          break
        case 11:
          inputs.push(readValueInfo(reader, this.#count))
          break
        case 12:
          outputs.push(readValueInfo(reader, this.#count))
          break
        case 13:
          values.push(readValueInfo(reader, this.#count))
          break
        case 15:
          sparse.push(this.#sparse(reader))
          break
      }
    }
    return { name, nodes, initializers, sparse, inputs, outputs, values }
  }

  /** NodeProto: input=1, output=2, name=3, op_type=4, attribute=5, domain=7, overload=8. */
  #node(outer: WireReader): OnnxNode {
    const reader = outer.message('NodeProto')
    const start = reader.offset
    const facts = { name: '', op: '', domain: '', overload: '' }
    const [inputs, outputs]: [string[], string[]] = [[], []]
    const attributes = new Map<string, Attribute>()
    this.#count()
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          inputs.push(reader.text())
          break
        case 2:
          outputs.push(reader.text())
          break
        case 3:
          facts.name = reader.looseText()
          break
        case 4:
          facts.op = reader.text()
          break
        case 5: {
          const [name, attribute] = this.#attribute(reader)
          if (attributes.has(name)) reader.fault(`attribute "${name}" appears twice`)
          attributes.set(name, attribute)
          break
        }
        case 7:
          facts.domain = plainDomain(reader.text())
          break
        case 8:
          facts.overload = reader.text()
          break
      }
    }
    return { ...facts, inputs, outputs, attributes, raw: reader.slice(start, reader.offset) }
  }

  /**
   * AttributeProto: name=1, f=2, i=3, s=4, t=5, g=6, floats=7, ints=8, strings=9, tensors=10, graphs=11, type=20, ref_attr_name=21; without
   * a type (IR version 1) the field that is there tells.
   */
  #attribute(outer: WireReader): [name: string, attribute: Attribute] {
    const reader = outer.message('AttributeProto')
    const start = reader.offset
    let [name, reference] = ['', '']
    let [type, float, int] = [0, 0, 0n]
    let text: Uint8Array = new Uint8Array(0)
    let single: Attribute | null = null
    const tensors: OnnxTensor[] = []
    const graphs: OnnxGraph[] = []
    const counts = { floats: 0, ints: 0, texts: 0 }
    const seen = new Set<number>()
    this.#count()
    while (reader.next()) {
      seen.add(reader.field)
      switch (reader.field) {
        case 1:
          name = reader.text()
          break
        case 2:
          float = reader.float()
          break
        case 3:
          int = reader.int64()
          break
        case 4:
          text = reader.bytes()
          break
        case 5:
          if (single) reader.fault(`attribute "${name}" has two values`)
          single = { kind: 'tensor', value: this.#tensor(reader) }
          break
        case 6:
          if (single) reader.fault(`attribute "${name}" has two values`)
          single = { kind: 'graph', value: this.#graph(reader.message('GraphProto')) }
          break
        case 7:
          counts.floats += reader.count(5)
          break
        case 8:
          counts.ints += reader.count(0)
          break
        case 9:
          reader.skip()
          counts.texts++
          break
        case 10:
          tensors.push(this.#tensor(reader))
          break
        case 11:
          graphs.push(this.#graph(reader.message('GraphProto')))
          break
        case 20:
          type = reader.varint()
          break
        case 21:
          reference = reader.text()
          break
      }
    }
    const raw = reader.slice(start, reader.offset)
    if (reference !== '') return [name, { kind: 'reference', value: reference, raw }]
    if (type === 0) type = attributeTypes.find(([field]) => seen.has(field))?.[1] ?? 0
    switch (type) {
      case 1:
        return [name, { kind: 'float', value: float }]
      case 2:
        return [name, { kind: 'int', value: Number.isSafeInteger(Number(int)) ? Number(int) : int }]
      case 3:
        return [name, { kind: 'text', value: textOrBytes(text) }]
      case 4:
      case 5:
        return [name, single ?? { kind: 'other', raw }]
      case 6:
        return [name, listAttribute('floats', raw, counts.floats)]
      case 7:
        return [name, listAttribute('ints', raw, counts.ints)]
      case 8:
        return [name, listAttribute('texts', raw, counts.texts)]
      case 9:
        return [name, { kind: 'tensors', value: tensors }]
      case 10:
        return [name, { kind: 'graphs', value: graphs }]
      default:
        return [name, { kind: 'other', raw }]
    }
  }

  #tensor(reader: WireReader): OnnxTensor {
    this.#count()
    const nested = reader.message('TensorProto')
    return OnnxTensor.read(nested)
  }

  /** SparseTensorProto: values=1 (a TensorProto that has the name), indices=2, dims=3. */
  #sparse(outer: WireReader): OnnxGraph['sparse'][number] {
    const reader = outer.message('SparseTensorProto')
    const start = reader.offset
    let name = ''
    const shape: number[] = []
    while (reader.next()) {
      if (reader.field === 1) name = this.#tensor(reader).name
      else if (reader.field === 2) this.#tensor(reader)
      else if (reader.field === 3) reader.varints(shape)
    }
    return { name, shape, raw: reader.slice(start, reader.offset) }
  }
}

/** Field of AttributeProto and the type (AttributeProto.AttributeType) that it stands for. */
const attributeTypes = [
  [5, 4],
  [6, 5],
  [7, 6],
  [8, 7],
  [9, 8],
  [10, 9],
  [11, 10],
  [4, 3],
  [3, 2],
  [2, 1],
] as const

/** A list that is decoded when it is asked for: tree ensembles have millions of entries. Whole numbers beyond 2^53 lose their last digits. */
function listAttribute(kind: 'floats' | 'ints' | 'texts', raw: Uint8Array, count: number): Attribute {
  const decode = () => {
    const reader = new WireReader(raw, 'AttributeProto')
    if (kind === 'texts') {
      const list: (string | Uint8Array)[] = []
      while (reader.next()) if (reader.field === 9) list.push(textOrBytes(reader.bytes()))
      return list
    }
    let at = 0
    if (kind === 'floats') {
      const list = new Float32Array(count)
      while (reader.next()) if (reader.field === 7) at = reader.floatsInto(list, at)
      return list
    }
    const list = new BigInt64Array(count)
    while (reader.next()) if (reader.field === 8) at = reader.int64sInto(list, at)
    return Float64Array.from(list, Number)
  }
  let value: ReturnType<typeof decode> | null = null
  return {
    kind,
    get value() {
      return (value ??= decode())
    },
  } as Attribute
}

function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain
}
