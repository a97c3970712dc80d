import { type OnnxGraph, type OnnxNode, subgraphsOf } from '../onnx-graph/graph.ts'

/** Calls `visit` for every node of a graph and of the graphs inside it. */
export function eachNode(
  graph: Pick<OnnxGraph, 'nodes'>,
  visit: (node: OnnxNode, graph: Pick<OnnxGraph, 'nodes'>) => void,
): void {
  for (const node of graph.nodes) {
    visit(node, graph)
    for (const inner of subgraphsOf(node)) eachNode(inner, visit)
  }
}

/** Names of all values of a graph and of the graphs inside it. */
export function namesOf(graph: OnnxGraph, names: Set<string> = new Set()): Set<string> {
  const add = (list: readonly { readonly name: string }[]) => {
    for (const { name } of list) names.add(name)
  }
  add(graph.inputs)
  add(graph.outputs)
  add(graph.initializers)
  add(graph.sparse)
  for (const node of graph.nodes) {
    for (const name of node.inputs) names.add(name)
    for (const name of node.outputs) names.add(name)
    for (const inner of subgraphsOf(node)) namesOf(inner, names)
  }
  return names
}
