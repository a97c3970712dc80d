import { resolvedBranches } from './dead-branches.ts'
import { nodePlace, syntaxFault, unsupported } from './faults.ts'
import type { FlatBody, FlatGraph, FlatNode } from './flatten.ts'
import {
  endpointText,
  type TfAttribute,
  type TfAttributes,
  type TfEndpoint,
  type TfFunction,
  type TfNode,
  type TfProgram,
  type TfSignature,
  type TfState,
  type TfTable,
  type TfTensor,
} from './graph.ts'
import { nodeOrder } from './node-order.ts'
import { branching, initialisedChecks, passes, tableOps } from './operator-kinds.ts'
import { isVariable, type Resources, resourceName } from './resources.ts'
import { type Threading, threadState } from './state-threading.ts'

/** A signature whose graph is inlined. */
export interface FlatSignature {
  readonly signature: TfSignature
  readonly graph: FlatGraph
  /** Where the outputs are in the flat graph. */
  readonly outputs: readonly TfEndpoint[]
  /** Names of the Placeholders by the endpoint that is fed, as text. */
  readonly cuts: ReadonlyMap<string, string>
}

/** Makes the pure graph of a signature, see TfProgram. `mutable` are the variables that some signature of the model assigns. */
export function makeProgram(
  flat: FlatSignature,
  resources: Resources,
  mutable: ReadonlySet<string>,
  source: string,
): TfProgram {
  return new ProgramMaker(flat, resources, mutable, source).make()
}

class ProgramMaker {
  readonly #flat: FlatSignature
  readonly #resources: Resources
  readonly #mutable: ReadonlySet<string>
  readonly #source: string
  readonly #functions = new Map<string, TfFunction>()
  readonly #tables = new Map<string, TfTable>()

  constructor(flat: FlatSignature, resources: Resources, mutable: ReadonlySet<string>, source: string) {
    this.#flat = flat
    this.#resources = resources
    this.#mutable = mutable
    this.#source = source
  }

  make(): TfProgram {
    const { graph, outputs, signature, cuts } = this.#flat
    const placeholders = signature.inputs.map(({ endpoint, dtype, shape }) =>
      placeholder(cuts.get(endpointText(endpoint)) as string, dtype, shape),
    )
    const targets = [...outputs.map(({ node }) => node), ...graph.effects]
    const order = this.#order(graph, targets)
    const states = this.#states(graph, order)
    const first = new Map(states.map(({ variable, input }) => [variable, input]))
    const threading = states.length > 0 ? threadState(graph, order, first) : null
    // A fetched reference is read when everything has run.
    const fetched = outputs.map((output) => this.#fetched(graph, output, threading))
    const ends = states.map(({ variable, input }) => threading?.last.get(variable) ?? input)
    const all = new Map(graph.nodes)
    for (const node of [
      ...placeholders,
      ...states.map(({ input, dtype, shape }) => placeholder(input.node, dtype, shape)),
      ...(threading?.added ?? []),
    ])
      all.set(node.name, node)
    const body = new Body(this.#context(), { nodes: all, effects: [] }, order, threading)
    const results = [...fetched, ...ends].map((endpoint) => body.follow(endpoint))
    const nodes = body.collect(
      [...results.map(({ node }) => node)],
      placeholders.map(({ name }) => name),
    )
    const ports = signature.outputs.map((port, i) => ({ ...port, endpoint: results[i] as TfEndpoint }))
    const inputs = signature.inputs.map((port, i) => ({
      ...port,
      endpoint: { node: placeholders[i]?.name ?? '', output: 0 },
    }))
    return {
      signature: { ...signature, inputs, outputs: ports },
      graph: { nodes, functions: this.#functions, tables: this.#tables },
      state: states.map((state, i) => ({ ...state, output: results[outputs.length + i] as TfEndpoint })),
    }
  }

  #order(graph: FlatGraph, targets: readonly string[]): readonly string[] {
    const order = nodeOrder(graph, targets)
    if (order === null) throw syntaxFault(this.#source, 'the graph', 'nodes depend on each other in a circle')
    return order
  }

  /** Variables that the graph reads or assigns and that some signature assigns. */
  #states(graph: FlatGraph, order: readonly string[]): TfState[] {
    const states = new Map<string, TfState>()
    for (const name of order) {
      const node = graph.nodes.get(name)
      if (node === undefined || !isVariable(node)) continue
      const variable = resourceName(node)
      if (!this.#mutable.has(variable) || states.has(variable)) continue
      const { dtype, shape } = this.#resources.variable(node)
      const input = { node: `${node.name}^state`, output: 0 }
      states.set(variable, { variable, dtype, shape, input, output: input })
    }
    return [...states.values()]
  }

  #fetched(graph: FlatGraph, output: TfEndpoint, threading: Threading | null): TfEndpoint {
    if (threading === null) return output
    let node = graph.nodes.get(output.node)
    for (let step = 0; node !== undefined && step < 1000; step++) {
      if (isVariable(node)) return threading.last.get(resourceName(node)) ?? output
      if (!/^Assign/.test(node.op)) return output
      node = graph.nodes.get(node.inputs[0]?.node ?? '')
    }
    return output
  }

  #context(): BodyContext {
    return {
      source: this.#source,
      resources: this.#resources,
      mutable: this.#mutable,
      tables: this.#tables,
      functions: this.#functions,
      function: (body) => this.#function(body),
    }
  }

  /** The function of a branch or loop. */
  #function(body: FlatBody): TfFunction {
    const known = this.#functions.get(body.name)
    if (known) return known
    const order = this.#order(body.graph, [...body.results.map(({ node }) => node)])
    for (const name of order) {
      const node = body.graph.nodes.get(name)
      if (node && isVariable(node) && this.#mutable.has(resourceName(node)))
        throw unsupported(this.#source, nodePlace(node), 'a variable that changes in a branch or loop')
    }
    const inner = new Body(this.#context(), body.graph, order, null)
    const results = body.results.map((result) => ({ ...result, ...inner.follow(result) }))
    const nodes = inner.collect(
      results.map(({ node }) => node),
      body.arguments.map(({ node }) => node),
    )
    const made = { name: body.name, arguments: body.arguments, results, nodes }
    this.#functions.set(body.name, made)
    return made
  }
}

interface BodyContext {
  readonly source: string
  readonly resources: Resources
  readonly mutable: ReadonlySet<string>
  readonly tables: Map<string, TfTable>
  readonly functions: ReadonlyMap<string, TfFunction>
  function(body: FlatBody): TfFunction
}

/** Nodes of one graph with everything resolved that only names other values. */
class Body {
  readonly #context: BodyContext
  readonly #graph: FlatGraph
  readonly #threading: Threading | null
  readonly #branches: ReturnType<typeof resolvedBranches>
  readonly #constants = new Map<string, TfNode>()
  readonly #followed = new Map<string, TfEndpoint>()

  constructor(context: BodyContext, graph: FlatGraph, order: readonly string[], threading: Threading | null) {
    this.#context = context
    this.#graph = graph
    this.#threading = threading
    this.#branches = new Map()
    const hasSwitch = order.some((name) => /Switch$/.test(graph.nodes.get(name)?.op ?? ''))
    if (hasSwitch) this.#branches = resolvedBranches(graph, order, (endpoint) => this.#condition(endpoint))
    if (this.#branches.size > 0) this.#followed.clear()
  }

  /** The endpoint that gives a value, past all that only passes it on. */
  follow(endpoint: TfEndpoint): TfEndpoint {
    const path: string[] = []
    let current = endpoint
    for (;;) {
      const key = endpointText(current)
      const known = this.#followed.get(key)
      if (known) {
        current = known
        break
      }
      path.push(key)
      const next = this.#next(current)
      if (next === null) break
      if (path.length > this.#graph.nodes.size + 10)
        throw syntaxFault(this.#context.source, `output ${JSON.stringify(key)}`, 'it depends on itself')
      current = next
    }
    for (const key of path) this.#followed.set(key, current)
    return current
  }

  #next(endpoint: TfEndpoint): TfEndpoint | null {
    const key = endpointText(endpoint)
    const alias = this.#threading?.aliases.get(key)
    if (alias) return alias
    const branch = this.#branches.get(key)
    if (branch)
      return 'endpoint' in branch
        ? branch.endpoint
        : this.#constant(`${key}^index`, scalar('int32', Int32Array.of(branch.index)))
    const node = this.#graph.nodes.get(endpoint.node)
    if (node === undefined || this.#constants.has(node.name)) return null
    const inputs = this.#inputsOf(node)
    if (passes.has(node.op)) return inputs[0] ?? null
    if (node.op === 'IdentityN') return inputs[endpoint.output] ?? null
    if (initialisedChecks.has(node.op)) return this.#constant(node.name, scalar('boolean', Uint8Array.of(1)))
    if (node.op === 'ReadVariableOp') {
      const handle = inputs[0] && this.#graph.nodes.get(this.follow(inputs[0]).node)
      if (!handle || !isVariable(handle))
        throw unsupported(
          this.#context.source,
          nodePlace(node),
          'a variable that is not known when the model is loaded',
        )
      return this.#constant(handle.name, this.#context.resources.variable(handle))
    }
    if (isVariable(node) && node.op !== 'VarHandleOp')
      return this.#constant(node.name, this.#context.resources.variable(node))
    return null
  }

  #inputsOf(node: FlatNode): readonly TfEndpoint[] {
    return this.#threading?.inputs.get(node.name) ?? node.inputs
  }

  #constant(name: string, value: TfTensor): TfEndpoint {
    if (!this.#constants.has(name)) {
      const attributes: TfAttributes = new Map<string, TfAttribute>([
        ['dtype', { kind: 'dtype', value: value.dtype, isReference: false }],
        ['value', { kind: 'tensor', value }],
      ])
      this.#constants.set(name, { name, op: 'Const', inputs: [], controls: [], attributes, device: '' })
    }
    return { node: name, output: 0 }
  }

  /** The value of a condition, when it is constant. */
  #condition(endpoint: TfEndpoint): TfTensor | null {
    const { node: name } = this.follow(endpoint)
    const node = this.#constants.get(name) ?? this.#graph.nodes.get(name)
    const value = node?.op === 'Const' ? node.attributes.get('value') : undefined
    if (value?.kind === 'tensor') return value.value
    if (node?.op !== 'LogicalNot' || node.inputs[0] === undefined) return null
    const inner = this.#condition(node.inputs[0])
    return inner?.dtype === 'boolean'
      ? scalar(
          'boolean',
          (inner.data as Uint8Array).map((bit) => 1 - bit),
        )
      : null
  }

  /** Nodes that `targets` need, in topological order, with `kept` first. */
  collect(targets: readonly string[], kept: readonly string[]): ReadonlyMap<string, TfNode> {
    const view: FlatGraph = { nodes: new Map(), effects: [] }
    const pending = [...kept, ...targets]
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (view.nodes.has(name)) continue
      const node = this.#resolvedNode(name)
      view.nodes.set(name, node)
      for (const input of node.inputs) pending.push(input.node)
      pending.push(...node.controls)
    }
    const order = nodeOrder(view, [...kept, ...targets])
    if (order === null) throw syntaxFault(this.#context.source, 'the graph', 'nodes depend on each other in a circle')
    return new Map(order.map((name) => [name, this.#finished(view.nodes.get(name) as FlatNode)]))
  }

  #resolvedNode(name: string): FlatNode {
    const node = this.#constants.get(name) ?? (this.#graph.nodes.get(name) as FlatNode)
    if (tableOps.has(node.op) && !this.#context.tables.has(name))
      this.#context.tables.set(name, this.#context.resources.table(node))
    // The pivots of TF 1.x conditions stay as they are: control inputs name them.
    if (isPivot(node, this.#graph))
      return { ...node, inputs: this.#inputsOf(node).map((input) => this.#pivotInput(input)), controls: [] }
    const inputs = tableOps.has(node.op) ? [] : this.#inputsOf(node).map((input) => this.follow(input))
    return { ...node, inputs, controls: node.controls.filter((control) => this.#isLivePivot(control)) }
  }

  #pivotInput(input: TfEndpoint): TfEndpoint {
    return this.#branches.get(endpointText(input)) ? this.follow(input) : input
  }

  #isLivePivot(name: string): boolean {
    const node = this.#graph.nodes.get(name)
    return (
      node !== undefined &&
      isPivot(node, this.#graph) &&
      !node.inputs.some((input) => this.#branches.has(endpointText(input)))
    )
  }

  #finished({ bodies, ...node }: FlatNode): TfNode {
    if (bodies === undefined) return node
    const attributes = new Map(node.attributes)
    const names = bodies.map((body) => ({ name: this.#context.function(body).name, attributes: new Map() }))
    branching[node.op]?.attributes.forEach((name, i) => {
      const given = attributes.get(name)
      if (given?.kind === 'list') attributes.set(name, { ...given, functions: names })
      else attributes.set(name, { kind: 'function', value: names[i] ?? { name: '', attributes: new Map() } })
    })
    return { ...node, attributes }
  }
}

/** An Identity of an output of Switch: what control inputs of a TF 1.x branch name. */
function isPivot(node: FlatNode, graph: FlatGraph): boolean {
  const [input] = node.inputs
  return node.op === 'Identity' && input !== undefined && /^(Ref)?Switch$/.test(graph.nodes.get(input.node)?.op ?? '')
}

function placeholder(name: string, dtype: TfState['dtype'], shape: TfState['shape']): FlatNode {
  const attributes: TfAttributes = new Map<string, TfAttribute>([
    ['dtype', { kind: 'dtype', value: dtype, isReference: false }],
    ['shape', { kind: 'shape', value: shape }],
  ])
  return { name, op: 'Placeholder', inputs: [], controls: [], attributes, device: '' }
}

function scalar(dtype: 'int32' | 'boolean', data: Int32Array | Uint8Array): TfTensor {
  return { dtype, shape: [], size: 1, data }
}
