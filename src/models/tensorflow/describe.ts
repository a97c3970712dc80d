import type { Signature } from '../../schema/signature.ts'
import type { ModelDescription } from '../model.ts'
import type { TfPort, TfProgram, TfSignature } from './graph.ts'
import type { SignatureResult, TfModel } from './tf-model.ts'

/** Versions, tags and sizes. Example: `{tensorflow: '2.11.0', graphVersion: 1286, tags: 'serve', signature: 'serving_default', nodes: 14, variables: 10}`. */
export function factsOf(model: TfModel, chosen: TfProgram): Record<string, string | number> {
  const { version, graph, tags, tagSets, bundle } = model
  let constants = 0
  let elements = 0
  for (const node of chosen.graph.nodes.values()) {
    const value = node.attributes.get('value')
    if (node.op !== 'Const' || value?.kind !== 'tensor') continue
    constants++
    elements += value.value.size
  }
  return {
    ...(version === '' ? {} : { tensorflow: version.slice(0, 50) }),
    graphVersion: graph.producer,
    ...(tagSets.length === 0 ? {} : { tags: tags.join(', ').slice(0, 200) }),
    ...(tagSets.length > 1
      ? {
          otherTags: tagSets
            .map((set) => `[${set.join(', ')}]`)
            .join(' ')
            .slice(0, 400),
        }
      : {}),
    ...(chosen.signature.name === '' ? {} : { signature: chosen.signature.name.slice(0, 200) }),
    nodes: chosen.graph.nodes.size,
    constants,
    constantElements: elements,
    ...(bundle ? { variables: bundle.keys().length } : {}),
    ...(chosen.graph.tables.size > 0 ? { tables: chosen.graph.tables.size } : {}),
    ...(graph.library.size > 0 ? { functions: graph.library.size } : {}),
  }
}

/** Signatures that people are shown. */
const maxParts = 50

/** Signatures with what they take and give, and the operators that the chosen one needs. */
export function describeTensorflow(
  results: readonly SignatureResult[],
  chosen: TfProgram,
  signature: Signature,
): ModelDescription {
  const counts = new Map<string, number>()
  for (const nodes of [chosen.graph.nodes, ...[...chosen.graph.functions.values()].map((one) => one.nodes)])
    for (const { op } of nodes.values()) if (op !== '_Arg') counts.set(op, (counts.get(op) ?? 0) + 1)
  return {
    parts: results.slice(0, maxParts).map((result) => ({
      depth: 0,
      name: result.signature.name === '' ? 'graph' : `signature ${result.signature.name.slice(0, 200)}`,
      count: 1,
      detail: 'error' in result ? 'not usable, see notes' : portsText(result.signature),
    })),
    inputs: signature.inputs.map(({ name, dtype }) => ({ name, optype: dtype, treatments: [] })),
    targets: [],
    elements: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))),
    document: {},
  }
}

function portsText({ inputs, outputs }: TfSignature): string {
  const list = (ports: readonly TfPort[]) =>
    ports.length === 0
      ? 'nothing'
      : ports
          .map(
            ({ key, dtype, shape }) =>
              `${key} ${dtype}${shape === null ? '' : `[${shape.map((size) => size ?? '?').join(', ')}]`}`,
          )
          .join(', ')
  return `${list(inputs)} -> ${list(outputs)}`.slice(0, 400)
}
