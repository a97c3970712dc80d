import { closest } from '../../config/closest.ts'
import { ConstantReader } from './constant-reader.ts'
import { inFile, nodePlace, overLimit, syntaxFault } from './faults.ts'
import { Flattener, MAX_NODES } from './flatten.ts'
import { FunctionLibrary } from './function-body.ts'
import { endpointText, type TfEndpoint, type TfProgram, type TfSignature, type TfTensor } from './graph.ts'
import { type RawGraph, readGraph } from './graph-def.ts'
import { readBinary } from './message-binary.ts'
import type { ModelFiles } from './model-files.ts'
import { type FlatSignature, makeProgram } from './program.ts'
import { Resources, type Start } from './resources.ts'
import { type AssetMessage, assetType, type MetaGraphMessage } from './saved-model-messages.ts'
import { graphSignature, signaturesOf } from './signatures.ts'
import { assignedVariables } from './state-threading.ts'
import { type ReadFile, TensorBundle } from './tensor-bundle.ts'

/** What of an artifact is meant. */
export interface ModelChoice {
  readonly tags?: readonly string[] | undefined
  readonly feeds?: readonly string[] | undefined
  readonly fetches?: readonly string[] | undefined
}

/** A signature whose program can be made, or the error that says why not. */
export type SignatureResult =
  | { readonly signature: TfSignature; readonly program: TfProgram }
  | { readonly signature: TfSignature; readonly error: unknown }

/** A graph with its signatures, variables and tables. */
export interface TfModel {
  readonly graph: RawGraph
  readonly tags: readonly string[]
  readonly tagSets: readonly (readonly string[])[]
  readonly version: string
  readonly signatures: readonly TfSignature[]
  readonly bundle: TensorBundle | null
  /** Programs of all signatures but those of `left`; which variables are state depends on which signatures can run. */
  programs(left: ReadonlySet<string>): readonly SignatureResult[]
  /** What a variable holds when the model starts to serve. */
  initialValue(variable: string): TfTensor | null
}

/** More signatures than this are refused: each is inlined and translated. */
const MAX_SIGNATURES = 500

/** Chooses the graph of an artifact and finds its signatures. Throws MODEL_ARTIFACT_SYNTAX and its kin. */
export function openModel(files: ModelFiles, choice: ModelChoice, source: string): TfModel {
  const meta = files.kind === 'savedModel' ? chooseMetaGraph(files.message.meta_graphs, choice.tags, source) : null
  const message = files.kind === 'savedModel' ? meta?.graph_def : files.message
  if (message === undefined) throw syntaxFault(source, 'the SavedModel', 'its MetaGraphDef has no graph')
  const graph = readGraph(message, source)
  const isCustom = choice.feeds !== undefined || choice.fetches !== undefined
  const named = meta ? signaturesOf(meta.signature_def, graph) : []
  const signatures =
    isCustom || !meta ? [graphSignature(graph, { feeds: choice.feeds, fetches: choice.fetches })] : named
  if (signatures.length === 0)
    throw syntaxFault(
      source,
      'the SavedModel',
      'it has no signature; options "feeds" and "fetches" name tensors to use',
    )
  if (signatures.length > MAX_SIGNATURES) throw overLimit(source, 'the SavedModel', MAX_SIGNATURES, 'signatures')
  const read: ReadFile = files.kind === 'savedModel' ? files.read : () => null
  const bundle =
    read('variables/variables.index') === null ? null : new TensorBundle('variables/variables', read, source)
  const programs = new Programs({ graph, meta, bundle, read, signatures, source })
  return {
    graph,
    tags: meta?.meta_info_def?.tags ?? [],
    tagSets: files.kind === 'savedModel' ? files.message.meta_graphs.map((one) => one.meta_info_def?.tags ?? []) : [],
    version: meta?.meta_info_def?.tensorflow_version ?? '',
    signatures,
    bundle,
    programs: (left) => programs.make(left),
    initialValue: (variable) => programs.initialValue(variable),
  }
}

/** The MetaGraphDef with all of the tags; without tags the first with `serve`, else the first. */
function chooseMetaGraph(
  graphs: readonly MetaGraphMessage[],
  tags: readonly string[] | undefined,
  source: string,
): MetaGraphMessage {
  const tagsOf = (graph: MetaGraphMessage) => graph.meta_info_def?.tags ?? []
  const shown = graphs.map((graph) => `[${tagsOf(graph).join(', ')}]`).join(', ')
  if (tags === undefined) {
    const found = graphs.find((graph) => tagsOf(graph).includes('serve')) ?? graphs[0]
    if (found === undefined) throw syntaxFault(source, 'the SavedModel', 'it has no MetaGraphDef')
    return found
  }
  const wanted = new Set(tags)
  const fitting = graphs.filter((graph) => tags.every((tag) => tagsOf(graph).includes(tag)))
  const found = fitting.find((graph) => tagsOf(graph).length === wanted.size) ?? fitting[0]
  if (found === undefined) {
    const hint = closest(tags[0] ?? '', graphs.flatMap(tagsOf))
    throw syntaxFault(
      source,
      'option "tags"',
      `no MetaGraphDef has the tags [${tags.join(', ')}]${hint}; there are ${shown}`,
    )
  }
  return found
}

interface Parts {
  readonly graph: RawGraph
  readonly meta: MetaGraphMessage | null
  readonly bundle: TensorBundle | null
  readonly read: ReadFile
  readonly signatures: readonly TfSignature[]
  readonly source: string
}

class Programs {
  readonly #parts: Parts
  readonly #library: FunctionLibrary
  readonly #budget = { nodes: MAX_NODES }
  readonly #flat = new Map<
    TfSignature,
    { readonly flat: FlatSignature; readonly assigned: ReadonlySet<string> } | { readonly error: unknown }
  >()
  readonly #values = new Map<string, TfTensor>()
  #resources: Resources | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.#library = new FunctionLibrary(parts.graph)
  }

  make(left: ReadonlySet<string>): readonly SignatureResult[] {
    const { signatures, source } = this.#parts
    const used = signatures.filter(({ name }) => !left.has(name))
    const mutable = new Set<string>()
    for (const signature of used) {
      const found = this.#flattened(signature)
      if ('assigned' in found) for (const variable of found.assigned) mutable.add(variable)
    }
    const resources = this.#startingResources()
    return used.map((signature) => {
      const found = this.#flattened(signature)
      if ('error' in found) return { signature, error: found.error }
      try {
        const program = inFile(source, 'the graph', () => makeProgram(found.flat, resources, mutable, source))
        for (const { variable, initial } of program.state.map((state) => ({
          ...state,
          initial: resources.known(state.variable),
        })))
          if (initial) this.#values.set(variable, initial)
        return { signature, program }
      } catch (error) {
        return { signature, error }
      }
    })
  }

  initialValue(variable: string): TfTensor | null {
    return this.#values.get(variable) ?? null
  }

  #flattened(signature: TfSignature) {
    const known = this.#flat.get(signature)
    if (known) return known
    let made: { readonly flat: FlatSignature; readonly assigned: ReadonlySet<string> } | { readonly error: unknown }
    try {
      made = inFile(this.#parts.source, 'the graph', () => this.#flatten(signature))
    } catch (error) {
      made = { error }
    }
    this.#flat.set(signature, made)
    return made
  }

  #flatten(signature: TfSignature) {
    const { graph, source } = this.#parts
    const cuts = new Map<string, string>()
    for (const { endpoint } of signature.inputs) cuts.set(endpointText(endpoint), cutName(graph, endpoint))
    const flattener = new Flattener(graph, this.#library, cuts, this.#budget)
    const outputs = signature.outputs.map(({ key, endpoint }) =>
      flattener.output(endpoint, `output ${JSON.stringify(key)}`),
    )
    for (const node of flattener.graph.nodes.values()) {
      if (node.op === 'Placeholder' || node.op === 'PlaceholderV2') this.#checkFed(node.name, signature)
    }
    return {
      flat: { signature, graph: flattener.graph, outputs, cuts },
      assigned: assignedVariables(flattener.graph, source),
    }
  }

  #checkFed(name: string, signature: TfSignature): void {
    const { graph, source } = this.#parts
    const node = graph.nodes.get(name)
    const reason = `an output of ${signature.name === '' ? 'the graph' : `signature ${JSON.stringify(signature.name)}`} needs it, and it is no input`
    if (node) throw syntaxFault(source, nodePlace(node), reason)
  }

  /** What runs before a model serves: restoring, then initialisation. Where none is named, all that could be. */
  #startingResources(): Resources {
    if (this.#resources) return this.#resources
    const { graph, meta, bundle, source } = this.#parts
    const isFiller = (op: string) => /^(Assign(VariableOp)?|InitializeTable.*|LookupTableImport.*)$/.test(op)
    const all = [...graph.nodes.values()].filter(({ op }) => isFiller(op)).map(({ name }) => name)
    const start = this.#run(meta ? startingNodes(meta) : [])
    this.#resources = new Resources({ source, start, loose: this.#run(all), bundle, assets: this.#assets() })
    return this.#resources
  }

  /** What nodes do when they run in this order. */
  #run(names: readonly string[]): Start {
    const { graph, bundle, source } = this.#parts
    const flattener = new Flattener(graph, this.#library, new Map(), this.#budget)
    for (const name of names) {
      if (!graph.nodes.has(name)) continue
      try {
        flattener.effect(name, 'the initialisation')
      } catch {
        // Where initialisation cannot be read, the variables and tables that need it are refused by name.
      }
    }
    return { graph: flattener.graph, reader: new ConstantReader(flattener.graph, bundle, source) }
  }

  #assets() {
    const { meta, read, source } = this.#parts
    const assets = new Map<string, { readonly path: string; read(): Uint8Array | null }>()
    const packed = meta?.collection_def.get('saved_model_assets')?.any_list?.value ?? []
    const older = packed.map(
      ({ value }): AssetMessage => inFile(source, 'an asset', () => readBinary(assetType, value)),
    )
    for (const { tensor_info: info, filename } of [...older, ...(meta?.asset_file_def ?? [])]) {
      const path = `assets/${filename}`
      const name = info?.name.replace(/:0$/, '') ?? ''
      assets.set(name, { path, read: () => read(path) })
    }
    return assets
  }
}

/** The Placeholder that takes the place of what is fed: itself, or a name that no node has. */
function cutName(graph: RawGraph, endpoint: TfEndpoint): string {
  const node = graph.nodes.get(endpoint.node)
  const isPlaceholder = node !== undefined && /^Placeholder/.test(node.op) && endpoint.output === 0
  return isPlaceholder ? endpoint.node : `${endpoint.node}:${endpoint.output}`
}

/** Nodes that run before a model serves, in the order in which TensorFlow's loader runs them (loader.cc, 2.21). */
function startingNodes(meta: MetaGraphMessage): string[] {
  const restore = meta.saver_def?.restore_op_name
  const listed = (name: string) => meta.collection_def.get(name)?.node_list?.value ?? []
  const init = meta.signature_def.get('__saved_model_init_op')?.outputs.get('__saved_model_init_op')?.name
  const all = [
    restore,
    ...listed('table_initializer'),
    ...listed('legacy_init_op'),
    ...listed('saved_model_main_op'),
    init,
  ]
  return all.flatMap((name) => (name ? [name.replace(/:\d+$/, '').replace(/^\^/, '')] : []))
}
