import { nodePlace, syntaxFault } from './faults.ts'
import type { TfAttribute, TfAttributes, TfEndpoint, TfFunctionName, TfNode, TfShape } from './graph.ts'
import type {
  AttributeMessage,
  FunctionMessage,
  FunctionNameMessage,
  GraphMessage,
  NodeMessage,
  ShapeMessage,
} from './graph-messages.ts'
import { type TensorOrigin, tensorOfMessage } from './tensor-value.ts'
import { tfDtypeOf } from './tf-dtype.ts'

/** A graph as its file has it: nothing is inlined, resolved or left out. */
export interface RawGraph {
  readonly nodes: ReadonlyMap<string, TfNode>
  readonly library: ReadonlyMap<string, FunctionMessage>
  /** `versions.producer`: the GraphDef version that the writer had; 0 where unstated. */
  readonly producer: number
  readonly origin: TensorOrigin
}

/** The nodes of a GraphDef. Throws for names that occur twice, inputs that are no names, tensors that do not add up. */
export function readGraph(message: GraphMessage, source: string): RawGraph {
  const origin: TensorOrigin = { source, filledBytes: 0 }
  const nodes = new Map<string, TfNode>()
  for (const item of message.node) {
    const node = nodeOfMessage(item, origin, parseInput)
    if (node.name === '' || nodes.has(node.name))
      throw syntaxFault(
        source,
        nodePlace(node),
        node.name === '' ? 'it has no name' : 'there are two nodes of this name',
      )
    nodes.set(node.name, node)
  }
  const library = new Map<string, FunctionMessage>()
  for (const item of message.library?.function ?? []) library.set(item.signature?.name ?? '', item)
  return { nodes, library, producer: message.versions?.producer ?? 0, origin }
}

/** The node of a NodeDef; `parse` reads its inputs, whose form differs in functions. */
export function nodeOfMessage(
  item: NodeMessage,
  origin: TensorOrigin,
  parse: (input: string) => TfEndpoint | null,
): TfNode {
  const { name, op, device } = item
  const place = nodePlace(item)
  const inputs: TfEndpoint[] = []
  const controls: string[] = []
  for (const input of item.input) {
    if (input.startsWith('^')) controls.push(input.slice(1))
    else {
      const endpoint = parse(input)
      if (endpoint === null)
        throw syntaxFault(
          origin.source,
          place,
          `its input is ${JSON.stringify(input)}, expected "node" or "node:output"`,
        )
      inputs.push(endpoint)
    }
  }
  return { name, op, inputs, controls, attributes: attributesOf(item.attr, origin, place), device }
}

/** `node` or `node:2`. */
export function parseInput(text: string): TfEndpoint | null {
  const colon = text.lastIndexOf(':')
  if (colon < 0) return text === '' ? null : { node: text, output: 0 }
  const output = text.slice(colon + 1)
  return colon > 0 && /^\d{1,9}$/.test(output) ? { node: text.slice(0, colon), output: Number(output) } : null
}

/** Attributes of a node or a function. */
export function attributesOf(
  messages: ReadonlyMap<string, AttributeMessage>,
  origin: TensorOrigin,
  place: string,
): TfAttributes {
  const attributes = new Map<string, TfAttribute>()
  for (const [name, message] of messages) attributes.set(name, attributeOf(message, origin, place, name))
  return attributes
}

function attributeOf(message: AttributeMessage, origin: TensorOrigin, place: string, name: string): TfAttribute {
  if (message.s !== undefined) return { kind: 'bytes', value: message.s }
  if (message.i !== undefined) return { kind: 'int', value: message.i }
  if (message.f !== undefined) return { kind: 'float', value: message.f }
  if (message.b !== undefined) return { kind: 'bool', value: message.b }
  if (message.type !== undefined)
    return { kind: 'dtype', value: tfDtypeOf(message.type), isReference: message.type > 100 }
  if (message.shape !== undefined) return { kind: 'shape', value: shapeOfMessage(message.shape, origin.source, place) }
  if (message.tensor !== undefined)
    return { kind: 'tensor', value: tensorOfMessage(message.tensor, origin, `${place}, attribute "${name}"`) }
  if (message.func !== undefined) return { kind: 'function', value: functionName(message.func, origin, place) }
  if (message.placeholder !== undefined) return { kind: 'placeholder', value: message.placeholder }
  const { list } = message
  return {
    kind: 'list',
    bytes: list?.s ?? [],
    ints: list ? [...list.i] : [],
    floats: list ? [...list.f] : [],
    bools: list ? Array.from(list.b, (b) => b !== 0) : [],
    dtypes: list ? Array.from(list.type, tfDtypeOf) : [],
    shapes: (list?.shape ?? []).map((shape) => shapeOfMessage(shape, origin.source, place)),
    tensors: (list?.tensor ?? []).map((tensor) => tensorOfMessage(tensor, origin, place)),
    functions: (list?.func ?? []).map((func) => functionName(func, origin, place)),
  }
}

function functionName({ name, attr }: FunctionNameMessage, origin: TensorOrigin, place: string): TfFunctionName {
  return { name, attributes: attributesOf(attr, origin, place) }
}

/** A TensorShapeProto as sizes, null where they are unknown. */
export function shapeOfMessage(shape: ShapeMessage | undefined, source: string, place: string): TfShape {
  if (shape === undefined || shape.unknown_rank) return null
  return shape.dim.map(({ size }) => {
    if (size === -1n) return null
    if (size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER))
      throw syntaxFault(source, place, `a shape has a dimension of ${size}`)
    return Number(size)
  })
}
