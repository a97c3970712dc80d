import { mergedBranches } from './branches.ts'
import { nodePlace, unsupported } from './faults.ts'
import {
  endpointText,
  type TfAttributes,
  type TfEndpoint,
  type TfFunction,
  type TfGraph,
  type TfNode,
} from './graph.ts'
import { dtypeOf, textOf } from './node-attributes.ts'
import { complete, ordered, rewired, sliceOf } from './subgraph.ts'

/**
 * Loops of TensorFlow 1 are nodes in a frame. Per variable of the loop:
 *
 *     Enter ── Merge ─┬─ condition … LoopCond
 *                │    │                 │
 *           NextIteration   Switch ◄────┘   Switch:1 → body … NextIteration
 *                             └─ :0 → Exit
 *
 * Values that a loop only reads come in by an Enter with is_constant. Nothing else enters a frame.
 */

/** The graph with loops and branches of TensorFlow 1 as While and If, whose functions are added to the graph's. */
export function functionalised(graph: TfGraph, source: string): TfGraph {
  if (![...graph.nodes.values()].some(({ op }) => op === 'Enter' || op === 'RefEnter' || op === 'Merge')) return graph
  const functions = new Map(graph.functions)
  let nodes = new Map(graph.nodes)
  for (;;) {
    const frames = framesOf(nodes)
    if (frames.size === 0) break
    const wiring = { nodes, consumers: consumersOf(nodes) }
    let next: Map<string, TfNode> | null = null
    for (const [name, enters] of frames) next ??= collapsed(name, enters, wiring, functions, source)
    if (!next) {
      const [first] = [...frames.values()][0] as [TfNode]
      throw unsupported(source, nodePlace(first), 'a loop that is not closed')
    }
    nodes = next
  }
  return { ...graph, nodes: mergedBranches(complete(ordered(nodes)), functions, source), functions }
}

function framesOf(nodes: ReadonlyMap<string, TfNode>): Map<string, TfNode[]> {
  const enters = [...nodes.values()].filter(({ op }) => op === 'Enter' || op === 'RefEnter')
  return Map.groupBy(enters, (node) => textOf(node, 'frame_name'))
}

/** The nodes of a graph, and who reads them. */
interface Wiring {
  readonly nodes: ReadonlyMap<string, TfNode>
  /** By the name of what is read, once for each input. */
  readonly consumers: ReadonlyMap<string, readonly TfNode[]>
}

function consumersOf(nodes: ReadonlyMap<string, TfNode>): Wiring['consumers'] {
  const consumers = new Map<string, TfNode[]>()
  for (const node of nodes.values())
    for (const { node: name } of node.inputs) {
      const known = consumers.get(name)
      if (known) known.push(node)
      else consumers.set(name, [node])
    }
  return consumers
}

interface LoopVariable {
  readonly enter: TfNode
  readonly merge: TfNode
  readonly next: TfEndpoint
  readonly switch: TfNode | null
}

/** The nodes with one frame as a While, or null when a frame inside it is to be done first. */
function collapsed(
  name: string,
  enters: readonly TfNode[],
  { nodes, consumers }: Wiring,
  functions: Map<string, TfFunction>,
  source: string,
): Map<string, TfNode> | null {
  const variables: LoopVariable[] = []
  const constants: TfNode[] = []
  let condition: TfEndpoint | null = null
  for (const enter of enters) {
    const merge = (consumers.get(enter.name) ?? []).find(({ op }) => op === 'Merge' || op === 'RefMerge')
    if (!merge) {
      constants.push(enter)
      continue
    }
    const back = merge.inputs
      .map((input) => nodes.get(input.node))
      .find((node) => node?.op === 'NextIteration' || node?.op === 'RefNextIteration')
    const next = back?.inputs[0]
    if (!next) throw unsupported(source, nodePlace(merge), 'a loop that is not closed')
    const own = (consumers.get(merge.name) ?? []).find(
      ({ op, inputs }) => /^(Ref)?Switch$/.test(op) && inputs[0]?.node === merge.name,
    )
    const test = own?.inputs[1]
    if (test) {
      const loopCond = nodes.get(test.node)
      condition = loopCond?.op === 'LoopCond' ? (loopCond.inputs[0] as TfEndpoint) : test
    }
    variables.push({ enter, merge, next, switch: own ?? null })
  }
  if (!condition) throw unsupported(source, nodePlace(enters[0] as TfNode), 'a loop without a condition')
  const argument = (i: number): TfEndpoint => ({ node: `${name}/arg${i}`, output: 0 })
  const args = new Map<string, TfEndpoint>()
  variables.forEach(({ merge, switch: own }, i) => {
    args.set(merge.name, argument(i))
    if (own) args.set(`${own.name}:1`, argument(i))
  })
  constants.forEach((enter, i) => void args.set(enter.name, argument(variables.length + i)))
  const whole = sliceOf(nodes, [condition, ...variables.map(({ next }) => next)], args)
  if ([...whole.values()].some(({ op }) => /^(Ref)?(Exit|Enter)$/.test(op))) return null
  const all = [...variables.map(({ enter }) => enter), ...constants]
  const make = (suffix: string, results: readonly TfEndpoint[]): TfFunction => {
    const inner = new Map<string, TfNode>()
    all.forEach((enter, i) => void inner.set(argument(i).node, argNode(argument(i).node, enter)))
    for (const node of sliceOf(nodes, results, args).values()) inner.set(node.name, rewired(node, args))
    const found = results.map((result) => args.get(endpointText(result)) ?? result)
    return {
      name: `${name}/${suffix}`,
      arguments: all.map((_, i) => ({ node: argument(i).node, dtype: null, shape: null })),
      results: found.map((result, i) => ({ ...result, name: `${i}`, dtype: null })),
      nodes: mergedBranches(ordered(inner), functions, source),
    }
  }
  const bodyResults = [...variables.map(({ next }) => next), ...constants.map((_, i) => argument(variables.length + i))]
  const [test, body] = [make('cond', [condition]), make('body', bodyResults)]
  functions.set(test.name, test)
  functions.set(body.name, body)
  const loop: TfNode = {
    name: `${name}/while`,
    op: 'While',
    inputs: all.map((enter) => enter.inputs[0] as TfEndpoint),
    controls: [],
    device: '',
    attributes: namesOf({ cond: test.name, body: body.name }),
  }
  const exits = new Map<string, TfEndpoint>()
  variables.forEach(({ switch: own }, i) => {
    for (const exit of own ? (consumers.get(own.name) ?? []) : [])
      if (/^(Ref)?Exit$/.test(exit.op)) exits.set(exit.name, { node: loop.name, output: i })
  })
  const gone = new Set([...whole.keys(), ...all.map((one) => one.name), ...exits.keys()])
  for (const { merge, switch: own } of variables) {
    gone.add(merge.name)
    for (const input of merge.inputs) if (nodes.get(input.node)?.op.endsWith('NextIteration')) gone.add(input.node)
    const test = own?.inputs[1]?.node
    if (test) gone.add(test)
    if (own) gone.add(own.name)
  }
  const kept = new Map<string, TfNode>()
  for (const node of nodes.values())
    if (!gone.has(node.name) || node.op === 'Const') kept.set(node.name, rewired(node, exits))
  // Signatures name nodes: an Exit that is an output keeps its name.
  for (const [exit, from] of exits)
    kept.set(exit, { name: exit, op: 'Identity', inputs: [from], controls: [], device: '', attributes: new Map() })
  kept.set(loop.name, loop)
  return kept
}

function argNode(name: string, enter: TfNode): TfNode {
  const dtype = dtypeOf(enter, 'T')
  return {
    name,
    op: '_Arg',
    inputs: [],
    controls: [],
    device: '',
    attributes: new Map([['T', { kind: 'dtype', value: dtype, isReference: false }]]),
  }
}

/** Attributes that name functions. */
export function namesOf(names: Readonly<Record<string, string>>): TfAttributes {
  return new Map(
    Object.entries(names).map(([key, name]) => [key, { kind: 'function', value: { name, attributes: new Map() } }]),
  )
}
