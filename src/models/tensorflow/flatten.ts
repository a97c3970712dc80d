import { nodePlace, overLimit, syntaxFault, unsupported } from './faults.ts'
import type { FunctionBody, FunctionLibrary } from './function-body.ts'
import {
  endpointText,
  type TfAttribute,
  type TfAttributes,
  type TfEndpoint,
  type TfFunctionName,
  type TfNode,
  type TfShape,
} from './graph.ts'
import type { RawGraph } from './graph-def.ts'
import { branching, calls, silent, tableOps, variableOps } from './operator-kinds.ts'
import type { TfDtype } from './tf-dtype.ts'
import { asRead } from './variable-readers.ts'

/** Nodes after inlining, of one model: nested calls multiply. */
export const MAX_NODES = 500_000
/** Calls within calls. */
const MAX_DEPTH = 60

/** A graph without calls: the main graph, or the body of a branch or loop. */
export interface FlatGraph {
  readonly nodes: Map<string, FlatNode>
  /** Nodes of functions that run for their effects, whether or not an output needs them. */
  readonly effects: string[]
}

/** A node after inlining; `bodies` are the functions of a branch or loop by attribute, in order. */
export interface FlatNode extends TfNode {
  readonly bodies?: readonly FlatBody[]
}

/** The function of a branch or loop for one node. Arguments that are variables or tables are resolved and not listed. */
export interface FlatBody {
  readonly name: string
  readonly graph: FlatGraph
  readonly arguments: readonly { readonly node: string; readonly dtype: TfDtype | null; readonly shape: TfShape }[]
  readonly results: readonly (TfEndpoint & { readonly name: string; readonly dtype: TfDtype | null })[]
}

interface Scope {
  readonly nodes: ReadonlyMap<string, TfNode>
  /** Before the names of its nodes in the flat graph. */
  readonly prefix: string
  readonly body: FunctionBody | null
  readonly caller: { readonly scope: Scope; readonly node: TfNode; readonly skips: 0 | 1 } | null
  readonly target: FlatGraph
  /** True for a branch or loop: its arguments are nodes of its own. */
  readonly isOwnGraph: boolean
  readonly depth: number
}

/** Inlines calls, from the outputs that are asked for on; what they do not need is left out. */
export class Flattener {
  readonly graph: FlatGraph = { nodes: new Map(), effects: [] }
  readonly #source: string
  readonly #library: FunctionLibrary
  readonly #main: Scope
  readonly #cuts: ReadonlyMap<string, string>
  readonly #children = new Map<Scope, Map<string, Scope>>()
  readonly #resolved = new Map<Scope, Map<string, TfEndpoint>>()
  readonly #pending: { readonly scope: Scope; readonly name: string }[] = []
  readonly #budget: { nodes: number }

  /**
   * `cuts` are endpoints (as text) that are fed, with the names of the Placeholders that take their place. `budget` is what all graphs of
   * one model may have, MAX_NODES at first.
   */
  constructor(graph: RawGraph, library: FunctionLibrary, cuts: ReadonlyMap<string, string>, budget: { nodes: number }) {
    this.#budget = budget
    this.#source = graph.origin.source
    this.#library = library
    this.#cuts = cuts
    const nodes = graph.nodes
    this.#main = { nodes, prefix: '', body: null, caller: null, target: this.graph, isOwnGraph: false, depth: 0 }
  }

  /** Adds what an output needs and tells where it is in the flat graph. */
  output(endpoint: TfEndpoint, reader: string): TfEndpoint {
    const found = this.#resolve(this.#main, endpoint, reader)
    this.#drain()
    return found
  }

  /** Adds a node, or the effects of a call, that runs for its effect. */
  effect(name: string, reader: string): void {
    this.graph.effects.push(...this.#control(this.#main, name, reader))
    this.#drain()
  }

  #drain(): void {
    for (let item = this.#pending.pop(); item !== undefined; item = this.#pending.pop())
      this.#emit(item.scope, item.name)
  }

  /** Follows calls and arguments to the node that gives an endpoint. */
  #resolve(from: Scope, endpoint: TfEndpoint, reader: string): TfEndpoint {
    let scope = from
    let { node: name, output } = endpoint
    const path: [Map<string, TfEndpoint>, string][] = []
    for (let step = 0; ; step++) {
      if (step > MAX_NODES) throw syntaxFault(this.#source, reader, 'its input depends on itself')
      const key = endpointText({ node: name, output })
      const memo = this.#memo(scope)
      const known = memo.get(key)
      if (known) return keep(path, known)
      path.push([memo, key])
      if (scope === this.#main) {
        const fed = this.#cuts.get(key)
        if (fed !== undefined) return keep(path, { node: fed, output: 0 })
      }
      const node = scope.nodes.get(name)
      if (node === undefined) {
        const outer = this.#argument(scope, name)
        if (outer === null) throw syntaxFault(this.#source, reader, `its input ${JSON.stringify(key)} is no node`)
        if ('node' in outer) return keep(path, outer)
        scope = outer.scope
        name = outer.endpoint.node
        output = outer.endpoint.output
        continue
      }
      const child = this.#callee(scope, node)
      if (child === null) {
        const input = this.#handed(scope, node, output)
        if (input !== null) {
          name = input.node
          output = input.output
          continue
        }
        this.#queue(scope, node)
        return keep(path, { node: scope.prefix + name, output: this.#portOf(scope, node, output) })
      }
      const result = (child.body as FunctionBody).results[output]
      if (result === undefined) throw syntaxFault(this.#source, reader, `${nodePlace(node)} has no output ${output}`)
      scope = child
      name = result.node
      output = result.output
    }
  }

  /** The input that an output hands on unchanged: of a node that passes a variable on, or of a loop that has it. */
  #handed(scope: Scope, node: TfNode, output: number): TfEndpoint | null {
    const type = node.attributes.get('T')
    if (node.op === 'Identity' && type?.kind === 'dtype' && type.value === 'resource') return node.inputs[0] ?? null
    if (!isLoop(node) || !hasResources(type)) return null
    return this.#resourceInputs(scope, node)[output] ? (node.inputs[output] ?? null) : null
  }

  /** The number of an output of a loop when those that are variables are left out. */
  #portOf(scope: Scope, node: TfNode, output: number): number {
    if (!isLoop(node) || !hasResources(node.attributes.get('T'))) return output
    return output - this.#resourceInputs(scope, node).slice(0, output).filter(Boolean).length
  }

  #memo(scope: Scope): Map<string, TfEndpoint> {
    let memo = this.#resolved.get(scope)
    if (memo === undefined) {
      memo = new Map()
      this.#resolved.set(scope, memo)
    }
    return memo
  }

  /** Where an argument comes from: the caller's input, or the node of an argument of a branch or loop. */
  #argument(scope: Scope, name: string): TfEndpoint | { readonly scope: Scope; readonly endpoint: TfEndpoint } | null {
    const { caller, body } = scope
    if (caller === null || body === null) return null
    const index = body.arguments.findIndex((argument) => argument.name === name)
    const input = caller.node.inputs[index + caller.skips]
    if (index < 0 || input === undefined) return null
    if (!scope.isOwnGraph) return { scope: caller.scope, endpoint: input }
    const outer = this.#resolve(caller.scope, input, nodePlace(caller.node))
    const resource = caller.scope.target.nodes.get(outer.node)
    if (resource && isResource(resource)) {
      scope.target.nodes.set(outer.node, resource)
      return outer
    }
    return { node: argumentName(scope, name), output: 0 }
  }

  /** The scope of the function that a node calls; null for other nodes. */
  #callee(scope: Scope, node: TfNode): Scope | null {
    let children = this.#children.get(scope)
    const known = children?.get(node.name)
    if (known) return known
    const called = this.#called(node)
    if (called === null) return null
    const body = this.#body(called, node)
    const child: Scope = {
      nodes: body.nodes,
      prefix: `${scope.prefix}${node.name}/`,
      body,
      caller: { scope, node, skips: 0 },
      target: scope.target,
      isOwnGraph: false,
      depth: this.#deeper(scope, node),
    }
    if (children === undefined) {
      children = new Map()
      this.#children.set(scope, children)
    }
    children.set(node.name, child)
    if (body.effects.length > 0) scope.target.effects.push(this.#ending(child))
    return child
  }

  #called(node: TfNode): TfFunctionName | null {
    const attribute = Object.hasOwn(calls, node.op) ? node.attributes.get(calls[node.op] as string) : undefined
    if (attribute?.kind === 'function') return attribute.value
    return this.#library.has(node.op) ? { name: node.op, attributes: node.attributes } : null
  }

  #body({ name, attributes }: TfFunctionName, node: TfNode): FunctionBody {
    const body = this.#library.body(name, attributes)
    if (body === null)
      throw syntaxFault(
        this.#source,
        nodePlace(node),
        `it names the function ${JSON.stringify(name)}, which is not there`,
      )
    return body
  }

  #deeper(scope: Scope, node: TfNode): number {
    if (scope.depth >= MAX_DEPTH) throw unsupported(this.#source, nodePlace(node), `calls more than ${MAX_DEPTH} deep`)
    return scope.depth + 1
  }

  #queue(scope: Scope, node: TfNode): void {
    const name = scope.prefix + node.name
    if (scope.target.nodes.has(name)) return
    // A stand-in, so that it is queued once; its inputs come when it is taken.
    scope.target.nodes.set(name, { ...node, name, inputs: [], controls: [] })
    if (--this.#budget.nodes < 0)
      throw overLimit(this.#source, 'the graph with its functions inlined', MAX_NODES, 'nodes')
    this.#pending.push({ scope, name: node.name })
  }

  #emit(scope: Scope, local: string): void {
    const node = scope.nodes.get(local) as TfNode
    const name = scope.prefix + local
    const place = nodePlace(node)
    const inputs = silent.has(node.op) ? [] : node.inputs.map((input) => this.#resolve(scope, input, place))
    const controls = node.controls.flatMap((control) => this.#control(scope, control, place))
    if (scope.caller !== null && !scope.isOwnGraph && /Variable|^Assign|^Resource/.test(node.op))
      controls.push(...this.#beginning(scope))
    const flat: FlatNode = { ...node, name, inputs, controls }
    const branches = Object.hasOwn(branching, node.op) ? branching[node.op] : undefined
    for (const made of asRead(flat) ?? [branches ? this.#branched(scope, node, flat, branches) : flat])
      scope.target.nodes.set(made.name, made)
  }

  /** Nodes that a control input waits for. */
  #control(scope: Scope, name: string, reader: string): string[] {
    const node = scope.nodes.get(name)
    if (node === undefined) {
      if (scope.body?.arguments.some((argument) => argument.name === name)) return []
      throw syntaxFault(this.#source, reader, `its control input ${JSON.stringify(name)} is no node`)
    }
    if (scope === this.#main && this.#cuts.has(name)) return []
    const child = this.#callee(scope, node)
    if (child !== null) return [this.#ending(child)]
    this.#queue(scope, node)
    return [scope.prefix + name]
  }

  /** A node that waits for the effects of a call. */
  #ending(scope: Scope): string {
    const name = `${scope.prefix}^out`
    if (!scope.target.nodes.has(name)) {
      scope.target.nodes.set(name, emptyNode(name))
      const controls = (scope.body as FunctionBody).effects.flatMap((effect) => this.#control(scope, effect, name))
      scope.target.nodes.set(name, { ...emptyNode(name), controls: [...controls, ...this.#beginning(scope)] })
    }
    return name
  }

  /** A node that waits for what a call waits for; none when it waits for nothing. */
  #beginning(scope: Scope): string[] {
    const { caller } = scope
    if (caller === null || scope.isOwnGraph) return []
    const name = `${scope.prefix}^in`
    if (scope.target.nodes.has(name)) return [name]
    if (caller.node.controls.length === 0) return this.#beginning(caller.scope)
    scope.target.nodes.set(name, emptyNode(name))
    const controls = caller.node.controls.flatMap((control) => this.#control(caller.scope, control, name))
    scope.target.nodes.set(name, { ...emptyNode(name), controls: [...controls, ...this.#beginning(caller.scope)] })
    return [name]
  }

  /** A branch or loop: its functions for its own inputs, without those that are variables or tables. */
  #branched(
    scope: Scope,
    node: TfNode,
    flat: FlatNode,
    { attributes, skips }: { readonly attributes: readonly string[]; readonly skips: 0 | 1 },
  ): FlatNode {
    const names = attributes.flatMap((attribute): readonly TfFunctionName[] => {
      const value = node.attributes.get(attribute)
      if (value?.kind === 'function') return [value.value]
      if (value?.kind === 'list') return value.functions
      throw syntaxFault(this.#source, nodePlace(node), `its attribute ${JSON.stringify(attribute)} names no function`)
    })
    const isResourceInput = this.#resourceInputs(scope, node)
    const isBody = isLoop(node)
    const bodies = names.map((called, i) =>
      this.#ownGraph(scope, node, called, skips, isResourceInput, isBody && i === 1),
    )
    const attributesLeft = new Map(flat.attributes)
    for (const name of ['T', 'Tin', 'output_shapes']) {
      const list = attributesLeft.get(name)
      if (list?.kind !== 'list' || (name === 'output_shapes' && !isBody)) continue
      const isKept = (_: unknown, i: number) => !isResourceInput[i + skips]
      attributesLeft.set(name, { ...list, dtypes: list.dtypes.filter(isKept), shapes: list.shapes.filter(isKept) })
    }
    return { ...flat, attributes: attributesLeft, inputs: flat.inputs.filter((_, i) => !isResourceInput[i]), bodies }
  }

  #ownGraph(
    scope: Scope,
    node: TfNode,
    called: TfFunctionName,
    skips: 0 | 1,
    isResourceInput: readonly boolean[],
    isLoopBody: boolean,
  ): FlatBody {
    const body = this.#body(called, node)
    const target: FlatGraph = { nodes: new Map(), effects: [] }
    const inner: Scope = {
      nodes: body.nodes,
      prefix: '',
      body,
      caller: { scope, node, skips },
      target,
      isOwnGraph: true,
      depth: this.#deeper(scope, node),
    }
    const own = body.arguments.filter((_, i) => !isResourceInput[i + skips])
    own.forEach((argument, index) => {
      const name = argumentName(inner, argument.name)
      const attributes: TfAttributes = new Map([
        ['index', { kind: 'int', value: BigInt(index) }],
        ['T', { kind: 'dtype', value: argument.dtype, isReference: false }],
      ])
      target.nodes.set(name, { ...emptyNode(name), op: '_Arg', attributes })
    })
    const results = body.results.flatMap((result, i) => {
      const resolved = this.#resolve(inner, result, `function ${JSON.stringify(body.name)}`)
      if (!isLoopBody || !isResourceInput[i + skips]) return [{ ...resolved, name: result.name, dtype: result.dtype }]
      const given = target.nodes.get(resolved.node)
      if (given === undefined || !isResource(given))
        throw unsupported(this.#source, nodePlace(node), 'a loop that exchanges a variable for another')
      return []
    })
    for (const effect of body.effects) target.effects.push(...this.#control(inner, effect, nodePlace(node)))
    const listed = own.map(({ name, dtype, shape }) => ({ node: argumentName(inner, name), dtype, shape }))
    return { name: `${body.name}@${scope.prefix}${node.name}`, graph: target, arguments: listed, results }
  }

  /** Which inputs of a branch or loop are variables or tables. */
  #resourceInputs(scope: Scope, node: TfNode): readonly boolean[] {
    return node.inputs.map((input) => {
      const { node: name } = this.#resolve(scope, input, nodePlace(node))
      const found = scope.target.nodes.get(name)
      return found !== undefined && isResource(found)
    })
  }
}

function keep(path: readonly [Map<string, TfEndpoint>, string][], endpoint: TfEndpoint): TfEndpoint {
  for (const [memo, key] of path) memo.set(key, endpoint)
  return endpoint
}

function isLoop({ op }: TfNode): boolean {
  return op === 'While' || op === 'StatelessWhile'
}

function hasResources(types: TfAttribute | undefined): boolean {
  return types?.kind !== 'list' || types.dtypes.some((dtype) => dtype === 'resource')
}

function isResource({ op }: TfNode): boolean {
  return tableOps.has(op) || Object.hasOwn(variableOps, op)
}

/** Arguments and nodes of a function may not have one name, so this is no node's. */
function argumentName(scope: Scope, name: string): string {
  return `${scope.prefix}${name}`
}

function emptyNode(name: string): FlatNode {
  return { name, op: 'NoOp', inputs: [], controls: [], attributes: new Map(), device: '' }
}
