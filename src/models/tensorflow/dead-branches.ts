import type { FlatGraph, FlatNode } from './flatten.ts'
import { endpointText, type TfEndpoint, type TfTensor } from './graph.ts'

/**
 * What TF 1.x conditions that are constant come to (`keras_learning_phase` that nobody feeds): endpoints that stand for the outputs of
 * Switch and Merge, by their text. Nodes that never run are not among them, as nothing leads there any more.
 *
 * A dead output makes nodes dead that take it, by an input or a control input; Merge takes what is alive.
 */
export function resolvedBranches(
  graph: FlatGraph,
  order: readonly string[],
  conditionOf: (endpoint: TfEndpoint) => TfTensor | null,
): Map<string, { readonly endpoint: TfEndpoint } | { readonly index: number }> {
  const resolved = new Map<string, { readonly endpoint: TfEndpoint } | { readonly index: number }>()
  const dead = new Set<string>()
  const isDeadNode = (name: string) => dead.has(name)
  const isDead = (endpoint: TfEndpoint) =>
    dead.has(endpoint.node) || dead.has(endpointText(endpoint) + (endpoint.output === 0 ? ':0' : ''))
  for (const name of order) {
    const node = graph.nodes.get(name) as FlatNode | undefined
    if (node === undefined) continue
    if (/^(Ref)?Merge$/.test(node.op)) {
      const alive = node.inputs.flatMap((input, i) => (isDead(input) ? [] : [i]))
      const [only] = alive
      if (alive.length === 0) dead.add(name)
      else if (alive.length === 1 && node.inputs.length > 1 && only !== undefined) {
        resolved.set(endpointText({ node: name, output: 0 }), { endpoint: node.inputs[only] as TfEndpoint })
        resolved.set(endpointText({ node: name, output: 1 }), { index: only })
      }
      continue
    }
    if (node.inputs.some(isDead) || node.controls.some(isDeadNode)) {
      dead.add(name)
      continue
    }
    if (!/^(Ref)?Switch$/.test(node.op)) continue
    const [data, predicate] = node.inputs
    const value = predicate && conditionOf(predicate)
    if (!data || value?.dtype !== 'boolean' || value.size !== 1) continue
    const taken = (value.data as Uint8Array)[0] === 0 ? 0 : 1
    dead.add(`${name}:${1 - taken}`)
    resolved.set(endpointText({ node: name, output: taken }), { endpoint: data })
  }
  return resolved
}
