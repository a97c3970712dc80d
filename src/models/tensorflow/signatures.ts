import { closest } from '../../config/closest.ts'
import { syntaxFault } from './faults.ts'
import { endpointText, type TfEndpoint, type TfNode, type TfPort, type TfShape, type TfSignature } from './graph.ts'
import { parseInput, type RawGraph, shapeOfMessage } from './graph-def.ts'
import { outputCount } from './op-outputs.ts'
import { outputDtype } from './output-dtype.ts'
import type { SignatureMessage, TensorInfoMessage } from './saved-model-messages.ts'
import { type TfDtype, tfDtypeOf } from './tf-dtype.ts'

/** Graphs of this version and older cannot tell a scalar from an unknown shape (Placeholder's shape function, array_ops.cc 2.21). */
const LAST_WITHOUT_SCALARS = 21

/** Signatures that only initialise, by which TF 2.x names what runs first. */
const internal = /^__saved_model_(init|train)_op$/

/** Signatures of a MetaGraphDef by name, in the order of their names. */
export function signaturesOf(messages: ReadonlyMap<string, SignatureMessage>, graph: RawGraph): readonly TfSignature[] {
  const names = [...messages.keys()].filter((name) => !internal.test(name)).sort()
  return names.map((name) => {
    const { inputs, outputs, method_name: method } = messages.get(name) as SignatureMessage
    const place = `signature ${JSON.stringify(name)}`
    return { name, method, inputs: portsOf(inputs, graph, place, true), outputs: portsOf(outputs, graph, place, false) }
  })
}

function portsOf(
  infos: ReadonlyMap<string, TensorInfoMessage>,
  graph: RawGraph,
  place: string,
  isInput: boolean,
): TfPort[] {
  return [...infos]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([key, info]) => {
      const { coo_sparse: sparse, composite_tensor: composite } = info
      if (sparse) {
        const parts = [
          ['indices', sparse.indices_tensor_name, 9],
          ['values', sparse.values_tensor_name, info.dtype],
          ['shape', sparse.dense_shape_tensor_name, 9],
        ] as const
        return parts.map(([part, name, dtype]) =>
          portOf(`${key}/${part}`, { ...info, name, dtype, tensor_shape: undefined }, graph, place, isInput),
        )
      }
      if (composite) return composite.components.map((part, i) => portOf(`${key}/${i}`, part, graph, place, isInput))
      return [portOf(key, info, graph, place, isInput)]
    })
}

function portOf(key: string, info: TensorInfoMessage, graph: RawGraph, place: string, isInput: boolean): TfPort {
  const { source } = graph.origin
  const at = `${place}, ${isInput ? 'input' : 'output'} ${JSON.stringify(key)}`
  const endpoint = parseInput(info.name)
  const node = endpoint && graph.nodes.get(endpoint.node)
  if (!endpoint || !node)
    throw syntaxFault(source, at, `its tensor ${JSON.stringify(info.name)} is no output of a node`)
  // What a placeholder takes counts: signatures of TensorFlow Serving's own test models name another type.
  const own = isInput && /^Placeholder/.test(node.op) ? node.attributes.get('dtype') : undefined
  const dtype = (own?.kind === 'dtype' ? own.value : null) ?? tfDtypeOf(info.dtype)
  if (dtype === null) throw syntaxFault(source, at, `its type is ${info.dtype}, which is not known`)
  const stated = info.tensor_shape ? shapeOfMessage(info.tensor_shape, source, at) : null
  return { key, endpoint, dtype, shape: knownShape(stated, graph) ?? (isInput ? placeholderShape(node, graph) : null) }
}

function knownShape(shape: TfShape, graph: RawGraph): TfShape {
  return shape?.length === 0 && graph.producer <= LAST_WITHOUT_SCALARS ? null : shape
}

/** The shape that a placeholder declares; of old graphs the one that shape inference left, where there is one. */
function placeholderShape(node: TfNode, graph: RawGraph): TfShape {
  const own = node.attributes.get('shape')
  const inferred = node.attributes.get('_output_shapes')
  const shape = own?.kind === 'shape' ? own.value : null
  return knownShape(shape, graph) ?? (inferred?.kind === 'list' ? knownShape(inferred.shapes[0] ?? null, graph) : null)
}

/**
 * The signature that records are scored with when none is named: `serving_default`, else `predict`, else `default`, else the first by
 * name that is for prediction, else the first by name.
 */
export function defaultSignature(signatures: readonly TfSignature[]): TfSignature | null {
  const byName = (name: string) => signatures.find((signature) => signature.name === name)
  const preferred = byName('serving_default') ?? byName('predict') ?? byName('default')
  return preferred ?? signatures.find(({ method }) => /predict$/.test(method)) ?? signatures[0] ?? null
}

/** What a graph without signatures takes and gives; names as they are given, or all placeholders and all sinks. */
export interface GraphPorts {
  readonly feeds: readonly string[] | undefined
  readonly fetches: readonly string[] | undefined
}

/** Operators whose outputs nobody asks for. */
const noFetch =
  /^(Const|Placeholder.*|NoOp|Assert|Assign.*|Save.*|Restore.*|Variable.*|VarHandleOp|.*HashTable.*|InitializeTable.*|LookupTable.*|.*Summary|Print|ShardedFilename|MergeV2Checkpoints|Enter|Exit|NextIteration|.*Dataset.*)$/

/**
 * The signature of a graph: inputs are the placeholders, outputs the nodes that no other node reads. Keys are names of tensors without
 * `:0`, as they are given.
 */
export function graphSignature(graph: RawGraph, { feeds, fetches }: GraphPorts): TfSignature {
  const outputs = (fetches ?? sinksOf(graph)).map((name) => namedPort(name, graph, 'fetches'))
  const reachable = feeds === undefined ? reachedBy(graph, outputs) : null
  const inputs = (
    feeds ??
    [...graph.nodes.values()]
      .filter(
        (node) => (/^Placeholder(V2)?$/.test(node.op) || isFedByTraining(node, graph)) && reachable?.has(node.name),
      )
      .map(({ name }) => name)
  ).map((name) => {
    const port = namedPort(name, graph, 'feeds')
    const node = graph.nodes.get(port.endpoint.node) as TfNode
    return { ...port, shape: placeholderShape(node, graph) }
  })
  if (outputs.length === 0)
    throw syntaxFault(graph.origin.source, 'the graph', 'it has no node that could be an output')
  return { name: '', method: '', inputs, outputs }
}

function namedPort(name: string, graph: RawGraph, option: string): TfPort {
  const endpoint = parseInput(name)
  const node = endpoint && graph.nodes.get(endpoint.node)
  if (!endpoint || !node) {
    const hint = closest(name, [...graph.nodes.keys()])
    throw syntaxFault(graph.origin.source, `option "${option}"`, `the graph has no node ${JSON.stringify(name)}${hint}`)
  }
  const dtype: TfDtype = outputDtype(node, endpoint.output)
  return { key: endpointText(endpoint), endpoint, dtype, shape: null }
}

function sinksOf(graph: RawGraph): string[] {
  const read = new Set<string>()
  for (const node of graph.nodes.values()) {
    // Whoever asks for a shape or a class alone does not read the values: they were made for somebody else.
    if (!/^(Shape|ShapeN|Size|Rank|ArgMax)$/.test(node.op)) for (const input of node.inputs) read.add(input.node)
  }
  return [...graph.nodes.values()].flatMap((node) => {
    if (read.has(node.name) || noFetch.test(node.op) || isPivot(node, graph)) return []
    return Array.from({ length: outputCount(node.op, node.attributes) }, (_, output) =>
      endpointText({ node: node.name, output }),
    )
  })
}

/** What feeds a model while it is trained: queues, readers, data sets. */
const trainingInput = /^(QueueDequeue|ReaderRead|IteratorGetNext|OneShotIterator|DecodeCSV|BatchFunction)/

/** True of a placeholder whose default comes from the pipeline of training, which is not there when it is scored. */
function isFedByTraining({ op, inputs: [input] }: TfNode, graph: RawGraph): boolean {
  if (op !== 'PlaceholderWithDefault' || !input) return false
  return [...reachedBy(graph, [{ endpoint: input }])].some((name) =>
    trainingInput.test(graph.nodes.get(name)?.op ?? ''),
  )
}

/** What only control inputs of TF 1.x branches name. */
function isPivot({ op, inputs: [input] }: TfNode, graph: RawGraph): boolean {
  return (
    /^(Ref)?Switch$/.test(op) ||
    (op === 'Identity' && /^(Ref)?Switch$/.test(graph.nodes.get(input?.node ?? '')?.op ?? ''))
  )
}

/** Names of nodes that outputs need. */
function reachedBy(graph: RawGraph, outputs: readonly { readonly endpoint: TfEndpoint }[]): ReadonlySet<string> {
  const reached = new Set<string>()
  const pending = outputs.map(({ endpoint }) => endpoint.node)
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    for (const input of graph.nodes.get(name)?.inputs ?? []) pending.push(input.node)
  }
  return reached
}

/** How a signature is named in messages. */
export function signaturePlace({ name }: TfSignature): string {
  return name === '' ? 'the graph' : `signature ${JSON.stringify(name)}`
}
