import { MillraceError } from '../../core/errors.ts'
import { nodePlace, type OnnxModel, type OnnxNode } from '../onnx-graph/graph.ts'
import { eachNode } from './names.ts'

/**
 * What onnxruntime 1.30 says of operators that it does not have (core/graph/graph.cc, core/framework/session_state.cc and
 * kernel_registry_manager.cc): with the operator, and its version or the node's name.
 */
const patterns = [
  /No Op registered for (?<op>\S+) with domain_version of (?<version>-?\d+)/,
  /(?:^|\s)(?:(?<domain>[\w.]+):)?(?<op>[A-Za-z_]\w*)\((?<version>-?\d+)\) is not a registered function\/op/,
  /Could not find an implementation for (?<op>[A-Za-z_]\w*)\((?<version>\d+)\) node with name '(?<name>[^']*)'/,
] as const

/** The runtime's refusal with the node that it is about, where it is about an operator; else as it was. */
export function explainRefusal(thrown: unknown, model: OnnxModel, source: string): unknown {
  if (!(thrown instanceof MillraceError) || thrown.code !== 'MODEL_RUNTIME_REFUSED') return thrown
  const reason = String(thrown.parameters['reason'])
  for (const pattern of patterns) {
    const groups = pattern.exec(reason)?.groups
    if (!groups) continue
    const { op = '', version = '', name = '', domain = null } = groups
    const node = findNode(model, { op, name, domain: domain === 'ai.onnx' ? '' : domain })
    if (!node) continue
    const since = Number(version) > 0 ? ` of opset ${version}` : ''
    const what = `the operator ${op}${since}, which onnxruntime 1.30 does not have for the CPU`
    return new MillraceError(
      'MODEL_ARTIFACT_UNSUPPORTED',
      { source, place: nodePlace(node), what, format: 'onnx' },
      thrown,
    )
  }
  return thrown
}

interface Wanted {
  readonly op: string
  readonly name: string
  /** Null when the runtime does not tell. */
  readonly domain: string | null
}

function findNode(model: OnnxModel, { op, name, domain }: Wanted): OnnxNode | null {
  let found: OnnxNode | null = null
  const visit = (node: OnnxNode) => {
    if (node.op !== op || (domain !== null && node.domain !== domain)) return
    if (found === null || (name !== '' && node.name === name)) found = node
  }
  eachNode(model.graph, visit)
  for (const { nodes } of model.functions) eachNode({ nodes }, visit)
  return found
}
