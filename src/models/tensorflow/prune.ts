import { type OnnxGraph, type OnnxNode, subgraphsOf } from '../onnx-graph/graph.ts'

/** The graph without nodes and constants that no output needs: shapes computed at load leave their arithmetic behind. */
export function pruned(graph: OnnxGraph): OnnxGraph {
  const needed = new Set(graph.outputs.map(({ name }) => name))
  const nodes: OnnxNode[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue
    nodes.push(node)
    for (const name of namesRead(node)) needed.add(name)
  }
  return {
    ...graph,
    nodes: nodes.reverse(),
    initializers: graph.initializers.filter(({ name }) => needed.has(name)),
    inputs: graph.inputs,
  }
}

/** Names that a node reads, its branches and bodies included. */
function namesRead(node: OnnxNode): string[] {
  const inner = subgraphsOf(node).flatMap((graph) => [
    ...graph.nodes.flatMap(namesRead),
    ...graph.outputs.map(({ name }) => name),
  ])
  return [...node.inputs, ...inner]
}
