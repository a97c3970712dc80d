import { nodePlace, unsupported } from './faults.ts'
import type { FlatGraph, FlatNode } from './flatten.ts'
import { endpointText, type TfEndpoint } from './graph.ts'
import { assignments, changesState, variableOps } from './operator-kinds.ts'
import { isVariable, resourceName } from './resources.ts'

/** Names of variables that a graph assigns. Throws for changes of state that have no translation. */
export function assignedVariables(graph: FlatGraph, source: string): Set<string> {
  const assigned = new Set<string>()
  for (const node of graph.nodes.values()) {
    if (changesState(node.op))
      throw unsupported(source, nodePlace(node), `the operator ${node.op}, which changes the model`)
    for (const body of node.bodies ?? []) {
      for (const inner of assignedVariables(body.graph, source))
        throw unsupported(
          source,
          nodePlace(node),
          `a branch or loop that assigns the variable ${JSON.stringify(inner)}`,
        )
    }
    if (!Object.hasOwn(assignments, node.op)) continue
    const variable = targetOf(graph, node)
    if (variable === null) throw unsupported(source, nodePlace(node), 'an assignment to what is no variable')
    assigned.add(resourceName(variable))
  }
  return assigned
}

/** The variable that an input leads to: through other assignments to it, whose output is a reference. */
function targetOf(graph: FlatGraph, node: FlatNode): FlatNode | null {
  let current: FlatNode | undefined = node
  for (let step = 0; step < 1000 && current !== undefined; step++) {
    if (isVariable(current)) return current
    if (current !== node && !Object.hasOwn(assignments, current.op) && !/Identity$/.test(current.op)) return null
    current = graph.nodes.get(current.inputs[0]?.node ?? '')
  }
  return null
}

/** What state becomes when it is threaded: which endpoint stands for a read, and what each variable holds in the end. */
export interface Threading {
  /** Endpoints by the endpoint (as text) that they take the place of. */
  readonly aliases: ReadonlyMap<string, TfEndpoint>
  /** Inputs that read a variable by reference, by node: which endpoint stands for them when the node runs. */
  readonly inputs: ReadonlyMap<string, readonly TfEndpoint[]>
  /** Nodes that compute new values. */
  readonly added: readonly FlatNode[]
  readonly last: ReadonlyMap<string, TfEndpoint>
}

/**
 * Turns reads and assignments of variables into values that go from node to node, in the order in which nodes run. `first` has the
 * endpoints of what variables hold at the beginning. Reads that no edge orders with an assignment follow the order of the nodes.
 */
export function threadState(
  graph: FlatGraph,
  order: readonly string[],
  first: ReadonlyMap<string, TfEndpoint>,
): Threading {
  const current = new Map(first)
  const aliases = new Map<string, TfEndpoint>()
  const inputs = new Map<string, readonly TfEndpoint[]>()
  const added: FlatNode[] = []
  /** The threaded variable that an endpoint refers to, if any. */
  const referred = (endpoint: TfEndpoint | undefined): string | null => {
    const node = endpoint && graph.nodes.get(endpoint.node)
    if (!node || endpoint.output !== 0) return null
    if (!isVariable(node) && !Object.hasOwn(assignments, node.op)) return null
    const variable = targetOf(graph, node)
    const name = variable && resourceName(variable)
    return name !== null && current.has(name) ? name : null
  }
  for (const name of order) {
    const node = graph.nodes.get(name)
    if (node === undefined) continue
    const seen = node.inputs.map((input) => {
      const variable = referred(input)
      const isHandle = variable !== null && isHandleOf(graph, input)
      return variable !== null && !isHandle ? (current.get(variable) as TfEndpoint) : input
    })
    if (seen.some((input, i) => input !== node.inputs[i])) inputs.set(name, seen)
    const target = referred(node.inputs[0])
    if (target === null) continue
    if (node.op === 'ReadVariableOp')
      aliases.set(endpointText({ node: name, output: 0 }), current.get(target) as TfEndpoint)
    const how = Object.hasOwn(assignments, node.op) ? assignments[node.op] : undefined
    const value = seen[1]
    if (how === undefined || value === undefined) continue
    if (how === 'set') current.set(target, value)
    else {
      const attributes = new Map(node.attributes)
      const dtype = attributes.get('T') ?? attributes.get('dtype')
      if (dtype) attributes.set('T', dtype)
      const computed = {
        ...node,
        op: how,
        controls: [],
        attributes,
        inputs: [current.get(target) as TfEndpoint, value],
      }
      const sum = { ...computed, name: `${name}^value` }
      added.push(sum)
      current.set(target, { node: sum.name, output: 0 })
    }
  }
  return { aliases, inputs, added, last: current }
}

/** Handles are not values: only references are read where they are an input. */
function isHandleOf(graph: FlatGraph, { node }: TfEndpoint): boolean {
  const found = graph.nodes.get(node)
  return found !== undefined && Object.hasOwn(variableOps, found.op) && variableOps[found.op]?.isReference === false
}
