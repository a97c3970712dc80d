import type { TfAttribute, TfAttributes, TfEndpoint, TfGraph, TfNode } from './graph.ts'

/** Operators between a random number and what it decides: its range is 0 to 1, or is made so. */
const scaling = /^(Identity|Cast|Mul|Add|AddV2|Sub)$/

/** The graph and its functions without the random numbers of dropout that drops nothing, see `withoutDropout`. */
export function withoutDropouts(graph: TfGraph): TfGraph {
  const nodes = withoutDropout(graph.nodes)
  const functions = [...graph.functions].map(
    ([name, one]) => [name, { ...one, nodes: withoutDropout(one.nodes) }] as const,
  )
  return { ...graph, nodes, functions: new Map(functions) }
}

/**
 * Nodes without the random numbers of dropout whose probability is an input (`keep_prob` of TensorFlow 1), which a frozen graph for training
 * still has:
 *
 *     RandomUniform → (Mul, Add) ─┬─ Add keep_prob → Floor → Mul
 *                                 └─ GreaterEqual rate → Cast → Mul
 *
 * The numbers are taken as 0, which is in their range: exact where nothing is to be dropped, which is what a model is scored with. Where
 * the probability is a constant that drops something, the node stays, to be refused.
 */
function withoutDropout(nodes: ReadonlyMap<string, TfNode>): ReadonlyMap<string, TfNode> {
  const random = [...nodes.values()].filter(isUniform)
  if (random.length === 0) return nodes
  const consumers = Map.groupBy(
    [...nodes.values()].flatMap((node) => node.inputs.map((input) => ({ node, input }))),
    ({ input }) => input.node,
  )
  const decides = (node: TfNode, seen: Set<string>): boolean => {
    if (seen.has(node.name)) return true
    seen.add(node.name)
    const readers = consumers.get(node.name) ?? []
    return readers.length > 0 && readers.every(({ node: reader }) => keepsAll(reader, node, seen))
  }
  const keepsAll = (reader: TfNode, from: TfNode, seen: Set<string>): boolean => {
    const others = reader.inputs.filter(({ node }) => node !== from.name)
    if (reader.op === 'Floor') return true
    if (reader.op === 'GreaterEqual') return reader.inputs[0]?.node === from.name && others.every(isOpenOr(0))
    return scaling.test(reader.op) && others.every(isOpenOr(0, 1)) && decides(reader, seen)
  }
  /** True of what no constants make, and of these numbers. */
  const isOpenOr =
    (...allowed: readonly number[]) =>
    (endpoint: TfEndpoint): boolean => {
      const number = numberOf(endpoint, nodes, 0)
      return number === null || allowed.includes(number)
    }
  const gone = new Set(random.filter((node) => decides(node, new Set())).map(({ name }) => name))
  if (gone.size === 0) return nodes
  return new Map(
    [...nodes].flatMap(([name, node]): [string, TfNode][] => {
      if (!gone.has(name)) return [[name, node]]
      const [shape] = node.inputs as [TfEndpoint]
      const zero = { ...node, name: `${name}/zero`, op: 'Const', inputs: [], controls: [], attributes: zeroAttributes }
      const type = node.attributes.get('T')
      const attributes = new Map([...fillAttributes, ...(type ? [['index_type', type] as const] : [])])
      return [
        [zero.name, zero],
        [name, { ...node, op: 'Fill', inputs: [shape, { node: zero.name, output: 0 }], attributes }],
      ]
    }),
  )
}

const float: TfAttribute = { kind: 'dtype', value: 'float32', isReference: false }
const fillAttributes: TfAttributes = new Map([['T', float]])
const zeroAttributes: TfAttributes = new Map<string, TfAttribute>([
  ['dtype', float],
  ['value', { kind: 'tensor', value: { dtype: 'float32', shape: [], size: 1, data: new Float32Array(1) } }],
])

function isUniform({ op, attributes, inputs }: TfNode): boolean {
  const dtype = attributes.get('dtype')
  return op === 'RandomUniform' && inputs.length === 1 && dtype?.kind === 'dtype' && dtype.value === 'float32'
}

/** Nodes in a row that are looked through for a number. */
const maxDepth = 20

/** The number that constants make of an input; null where they do not. */
function numberOf({ node: name }: TfEndpoint, nodes: ReadonlyMap<string, TfNode>, depth: number): number | null {
  const node = nodes.get(name)
  if (node === undefined || depth > maxDepth) return null
  const input = (k: number) => (node.inputs[k] ? numberOf(node.inputs[k], nodes, depth + 1) : null)
  const value = node.op === 'Const' ? node.attributes.get('value') : undefined
  if (value?.kind === 'tensor') return value.value.size === 1 ? Number(value.value.data[0]) : Number.NaN
  if (node.op === 'Identity' || node.op === 'Cast') return input(0)
  if (node.op !== 'Sub') return null
  const [a, b] = [input(0), input(1)]
  return a === null || b === null ? null : a - b
}
