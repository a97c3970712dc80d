import { nodePlace, unsupported } from './faults.ts'
import { endpointText, type TfAttributes, type TfEndpoint, type TfFunction, type TfNode } from './graph.ts'
import { ordered, rewired, sliceOf } from './subgraph.ts'

/*
 * Branches of TensorFlow 1: a Switch gives its value at output 1 where the condition holds, else at 0; a Merge takes whichever of its
 * inputs came. Branches inside branches are done first, as their Merge comes first.
 */

/** Output 0 or 1 of a Switch on this condition. */
interface Side {
  readonly condition: TfEndpoint
  readonly side: number
}

/** The nodes, which are in order, with each Merge as an Identity of an If. */
export function mergedBranches(
  nodes: ReadonlyMap<string, TfNode>,
  functions: Map<string, TfFunction>,
  source: string,
): Map<string, TfNode> {
  const result = new Map(nodes)
  const merges = [...nodes.values()].filter(({ op }) => op === 'Merge' || op === 'RefMerge')
  // Found before any Merge is replaced: a branch that is a constant tells no side, its neighbours of the same scope do.
  const scopes = new Map<string, Side>()
  for (const merge of merges) {
    const side = merge.inputs.map((input) => sideOf(input, nodes)).find((one) => one !== null)
    if (side) scopes.set(scopeOf(merge), { condition: side.condition, side: -1 })
  }
  for (const merge of merges) {
    const made = conditional(merge, result, functions, source, scopes.get(scopeOf(merge)) ?? null)
    result.set(made.name, made)
    result.set(merge.name, {
      ...merge,
      op: 'Identity',
      inputs: [{ node: made.name, output: 0 }],
      attributes: new Map(),
    })
  }
  if (merges.length === 0) return result
  return withoutSwitches(ordered(result))
}

/** Switches that no branch reads any more, and what only they fed, are left out. */
function withoutSwitches(nodes: ReadonlyMap<string, TfNode>): Map<string, TfNode> {
  const alive = new Map<string, TfNode>()
  const dead = new Set<string>()
  for (const node of nodes.values()) {
    if (/^(Ref)?Switch$/.test(node.op) || node.inputs.some((input) => dead.has(input.node))) dead.add(node.name)
    else alive.set(node.name, node)
  }
  return alive
}

const scopeOf = ({ name }: TfNode) => name.slice(0, name.lastIndexOf('/') + 1)

function conditional(
  merge: TfNode,
  nodes: Map<string, TfNode>,
  functions: Map<string, TfFunction>,
  source: string,
  neighbour: Side | null,
): TfNode {
  const sides = merge.inputs.map((input) => sideOf(input, nodes))
  // tf.cond merges (false, true).
  const known = sides.find((side) => side !== null) ?? neighbour
  if (!known || merge.inputs.length !== 2)
    throw unsupported(source, nodePlace(merge), 'branches that no Switch chooses')
  const [first, second] = sides
  const isSwapped = first ? first.side === 1 : second ? second.side === 0 : false
  const [no, yes] = (isSwapped ? [...merge.inputs].reverse() : merge.inputs) as [TfEndpoint, TfEndpoint]
  const outside: TfEndpoint[] = []
  const bodies = [no, yes].map((result, side) =>
    branch(`${merge.name}/${side === 1 ? 'then' : 'else'}`, result, known.condition, nodes, outside),
  )
  const named = bodies.map((body) => withArguments(body, outside))
  for (const body of named) functions.set(body.name, body)
  const attributes: TfAttributes = new Map(
    named.map((body, side) => [
      side === 1 ? 'then_branch' : 'else_branch',
      { kind: 'function', value: { name: body.name, attributes: new Map() } },
    ]),
  )
  return {
    name: `${merge.name}/if`,
    op: 'If',
    inputs: [known.condition, ...outside],
    controls: [],
    device: '',
    attributes,
  }
}

/** The Switch that a value comes from, the nearest. */
function sideOf(from: TfEndpoint, nodes: ReadonlyMap<string, TfNode>): Side | null {
  const seen = new Set<string>()
  const open = [from]
  for (let at = open.shift(); at; at = open.shift()) {
    const node = nodes.get(at.node)
    if (!node || seen.has(endpointText(at))) continue
    seen.add(endpointText(at))
    if (/^(Ref)?Switch$/.test(node.op)) return { condition: node.inputs[1] as TfEndpoint, side: at.output }
    open.push(...node.inputs)
  }
  return null
}

interface Branch {
  readonly name: string
  readonly result: TfEndpoint
  readonly nodes: ReadonlyMap<string, TfNode>
  /** What stands for values from outside, by endpoint. */
  readonly args: ReadonlyMap<string, TfEndpoint>
}

/** Nodes of one branch: those that depend on a Switch of its condition, and constants. All else comes from outside. */
function branch(
  name: string,
  result: TfEndpoint,
  condition: TfEndpoint,
  nodes: ReadonlyMap<string, TfNode>,
  outside: TfEndpoint[],
): Branch {
  const isOwn = (node: TfNode): boolean =>
    /^(Ref)?Switch$/.test(node.op) && endpointText(node.inputs[1] as TfEndpoint) === endpointText(condition)
  const slice = ordered(sliceOf(nodes, [result], new Map()))
  const inside = new Set<string>()
  for (const node of slice.values())
    if (isOwn(node) || node.inputs.some((input) => inside.has(input.node))) inside.add(node.name)
  const args = new Map<string, TfEndpoint>()
  const kept = new Map<string, TfNode>()
  const argument = (value: TfEndpoint): TfEndpoint => {
    let index = outside.findIndex((one) => endpointText(one) === endpointText(value))
    if (index < 0) index = outside.push(value) - 1
    return { node: `${name}/arg${index}`, output: 0 }
  }
  const visit = (endpoint: TfEndpoint): TfEndpoint => {
    const text = endpointText(endpoint)
    const done = args.get(text)
    if (done) return done
    const node = nodes.get(endpoint.node)
    if (node && isOwn(node)) {
      const made = argument(node.inputs[0] as TfEndpoint)
      args.set(text, made)
      return made
    }
    if (node && !inside.has(node.name) && node.op !== 'Const') {
      const made = argument(endpoint)
      args.set(text, made)
      return made
    }
    return endpoint
  }
  const found = visit(result)
  for (const node of slice.values()) {
    if (isOwn(node) || !(inside.has(node.name) || node.op === 'Const')) continue
    for (const input of node.inputs) visit(input)
    kept.set(node.name, rewired(node, args))
  }
  return { name, result: found, nodes: kept, args }
}

function withArguments(body: Branch, outside: readonly TfEndpoint[]): TfFunction {
  const nodes = new Map<string, TfNode>()
  const names = outside.map((_, i) => `${body.name}/arg${i}`)
  for (const name of names)
    nodes.set(name, { name, op: '_Arg', inputs: [], controls: [], device: '', attributes: new Map() })
  // Arguments found later, by the other branch, shift nothing: they are numbered in order of appearance.
  for (const node of body.nodes.values()) nodes.set(node.name, node)
  const needed = sliceOf(nodes, [body.result], new Map())
  const kept = new Map([...nodes].filter(([name, node]) => node.op === '_Arg' || needed.has(name)))
  return {
    name: body.name,
    arguments: names.map((node) => ({ node, dtype: null, shape: null })),
    results: [{ ...body.result, name: '0', dtype: null }],
    nodes: ordered(kept),
  }
}
