import { endpointText, type TfEndpoint, type TfNode } from './graph.ts'

/** Nodes that `targets` need, by name; what `args` stands for is not followed. */
export function sliceOf(
  nodes: ReadonlyMap<string, TfNode>,
  targets: readonly TfEndpoint[],
  args: ReadonlyMap<string, unknown>,
): Map<string, TfNode> {
  const found = new Map<string, TfNode>()
  const open = [...targets]
  for (let target = open.pop(); target; target = open.pop()) {
    if (args.has(endpointText(target)) || found.has(target.node)) continue
    const node = nodes.get(target.node)
    if (!node) continue
    found.set(node.name, node)
    open.push(...node.inputs)
  }
  return found
}

/** The node with inputs replaced. */
export function rewired(node: TfNode, replacements: ReadonlyMap<string, TfEndpoint>): TfNode {
  if (!node.inputs.some((input) => replacements.has(endpointText(input)))) return node
  return { ...node, inputs: node.inputs.map((input) => replacements.get(endpointText(input)) ?? input) }
}

/** Nodes in an order in which each comes after those that it reads; the back edges of NextIteration are not followed. */
export function ordered(nodes: ReadonlyMap<string, TfNode>): Map<string, TfNode> {
  const result = new Map<string, TfNode>()
  const seen = new Set<string>()
  for (const start of nodes.values()) {
    const stack: { readonly node: TfNode; at: number }[] = []
    const enter = (node: TfNode | undefined) => {
      if (!node || seen.has(node.name)) return
      seen.add(node.name)
      stack.push({ node, at: 0 })
    }
    enter(start)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const input = top.node.op === 'NextIteration' ? undefined : top.node.inputs[top.at++]
      if (input) enter(nodes.get(input.node))
      else {
        result.set(top.node.name, top.node)
        stack.pop()
      }
    }
  }
  return result
}

/** The nodes, which are in order, without those that read what is not there: ends of loops that became parts of others. */
export function complete(nodes: ReadonlyMap<string, TfNode>): Map<string, TfNode> {
  const kept = new Map<string, TfNode>()
  for (const node of nodes.values()) if (node.inputs.every((input) => kept.has(input.node))) kept.set(node.name, node)
  return kept
}
