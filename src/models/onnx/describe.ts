import type { Signature } from '../../schema/signature.ts'
import type { ModelDescription } from '../model.ts'
import type { OnnxModel } from '../onnx-graph/graph.ts'
import { eachNode } from './names.ts'

/** Opsets, producer and sizes of a model. Example: `{irVersion: 8, opsets: 'ai.onnx 17, ai.onnx.ml 1', producer: 'skl2onnx 1.20', nodes: 4}`. */
export function factsOf(model: OnnxModel): Record<string, string | number> {
  const { irVersion, opsets, producer, graph, functions } = model
  let nodes = 0
  eachNode(graph, () => nodes++)
  const constants = graph.initializers.reduce((sum, tensor) => sum + tensor.byteLength, 0)
  return {
    irVersion,
    opsets: [...opsets].map(([domain, version]) => `${domain === '' ? 'ai.onnx' : domain} ${version}`).join(', '),
    ...(producer === '' ? {} : { producer }),
    nodes,
    ...(functions.length === 0 ? {} : { functions: functions.length }),
    constants: graph.initializers.length,
    constantBytes: constants,
  }
}

/** Operators by count, and what the document says about itself. */
export function describeOnnx(model: OnnxModel, signature: Signature): ModelDescription {
  const counts = new Map<string, number>()
  const parts: ModelDescription['parts'][number][] = [
    {
      depth: 0,
      name: model.graph.name === '' ? 'graph' : model.graph.name,
      count: 1,
      detail: `${model.graph.nodes.length} nodes`,
    },
  ]
  eachNode(model.graph, ({ op, domain }) => {
    const name = domain === '' ? op : `${domain}.${op}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  })
  for (const { name, domain, nodes } of model.functions)
    parts.push({ depth: 1, name: `${domain}.${name}`, count: 1, detail: `function of ${nodes.length} nodes` })
  const { document, metadata } = model
  return {
    parts,
    inputs: signature.inputs.map(({ name, dtype }) => ({ name, optype: dtype, treatments: [] })),
    targets: [],
    elements: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1])),
    document: {
      ...(document === '' ? {} : { document: document.slice(0, maxText) }),
      ...Object.fromEntries([...metadata].slice(0, maxMetadata).map(([key, value]) => [key, value.slice(0, maxText)])),
    },
  }
}

/** What people are shown of texts that models may fill with megabytes. */
const maxText = 400
const maxMetadata = 20
