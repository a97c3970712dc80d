import type { ElementType } from './dtypes.ts'
import type { OnnxTensor } from './onnx-tensor.ts'

/** One model: a graph and what it needs to be understood. Read by readModelProto, built by GraphBuilder, written by writeModelProto. */
export interface OnnxModel {
  readonly irVersion: number
  /** Version of each operator set that the graph uses, by domain; '' is ONNX's own (also written `ai.onnx`). Example: `{'': 21, 'ai.onnx.ml': 3}`. */
  readonly opsets: ReadonlyMap<string, number>
  /** Tool that wrote the model, and its version. Example: `skl2onnx 1.20`; empty when it does not say. */
  readonly producer: string
  readonly modelVersion: number
  readonly document: string
  readonly metadata: ReadonlyMap<string, string>
  readonly graph: OnnxGraph
  readonly functions: readonly OnnxFunction[]
}

/** Nodes in an order in which each comes after those that it reads from. */
export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  /** Sparse initializers as they are in the file, by name of their values. */
  readonly sparse: readonly { readonly name: string; readonly shape: readonly number[]; readonly raw: Uint8Array }[]
  /** Inputs; before IR version 4 also one per initializer. */
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  /** Types of values in between, as far as the file tells them. */
  readonly values: readonly ValueInfo[]
}

/** An operator applied. Names of inputs and outputs may be '' where an optional one is left out. */
export interface OnnxNode {
  readonly name: string
  readonly op: string
  readonly domain: string
  /** Picks one of several functions of the same name. */
  readonly overload: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute>
  /** The node's bytes in the file it was read from; written in place of all else. Null for a node that was made or changed. */
  readonly raw: Uint8Array | null
}

/** A function of the model itself: a node that calls it stands for its nodes. */
export interface OnnxFunction {
  readonly name: string
  readonly domain: string
  readonly overload: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly nodes: readonly OnnxNode[]
  readonly opsets: ReadonlyMap<string, number>
  readonly raw: Uint8Array
}

/** A setting of a node. Lists may be typed arrays. Example: `{kind: 'ints', value: [0, 2, 1]}` is the `perm` of a Transpose. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string | Uint8Array }
  | { readonly kind: 'ints'; readonly value: ArrayLike<number | bigint> }
  | { readonly kind: 'floats'; readonly value: ArrayLike<number> }
  | { readonly kind: 'texts'; readonly value: readonly (string | Uint8Array)[] }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly kind: 'tensors'; readonly value: readonly OnnxTensor[] }
  | { readonly kind: 'graph'; readonly value: OnnxGraph }
  | { readonly kind: 'graphs'; readonly value: readonly OnnxGraph[] }
  /** Inside a function: the attribute of that name of the node that calls it. */
  | { readonly kind: 'reference'; readonly value: string; readonly raw: Uint8Array }
  /** Sparse tensors and types, as they are in the file. */
  | { readonly kind: 'other'; readonly raw: Uint8Array }

/** Name and type of a value. */
export interface ValueInfo {
  readonly name: string
  /** Null where the file does not tell. */
  readonly type: ValueType | null
}

/** A dimension: its size, the name of a size that is known only at run time, or null. Example: `['N', 784]`. */
export type Dimension = number | string | null

/** Type of a value. */
export type ValueType =
  | { readonly kind: 'tensor'; readonly dtype: ElementType; readonly shape: readonly Dimension[] | null }
  | { readonly kind: 'sequence'; readonly element: ValueType }
  | { readonly kind: 'map'; readonly key: ElementType; readonly value: ValueType }
  | { readonly kind: 'optional'; readonly element: ValueType }
  /** Sparse tensors and opaque types. */
  | { readonly kind: 'other'; readonly raw: Uint8Array }

/** The attribute `name` of `node` when it is of that kind, else undefined. */
export function attributeOf<K extends Attribute['kind']>(
  node: OnnxNode,
  name: string,
  kind: K,
): Extract<Attribute, { kind: K }> | undefined {
  const found = node.attributes.get(name)
  return found?.kind === kind ? (found as Extract<Attribute, { kind: K }>) : undefined
}

/** A node for messages: `node "probabilities" (Softmax)`; one without a name by what it gives. */
export function nodePlace({ name, op, outputs }: Pick<OnnxNode, 'name' | 'op' | 'outputs'>): string {
  if (name !== '') return `node "${name}" (${op})`
  return outputs[0] ? `the ${op} node that gives "${outputs[0]}"` : `a ${op} node`
}

/** The graphs inside a node's attributes (branches, loop bodies). */
export function subgraphsOf(node: OnnxNode): readonly OnnxGraph[] {
  const graphs: OnnxGraph[] = []
  for (const attribute of node.attributes.values()) {
    if (attribute.kind === 'graph') graphs.push(attribute.value)
    else if (attribute.kind === 'graphs') graphs.push(...attribute.value)
  }
  return graphs
}
