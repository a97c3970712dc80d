import type { Tensor, TensorDtype } from '../../schema/tensor.ts'
import { tensorArrays } from '../../schema/tensor.ts'
import { writeModelProto } from '../onnx-graph/write-model.ts'
import { constantTensor } from './bytes-text.ts'
import { withoutDropouts } from './dropout.ts'
import { Emitter } from './emitter.ts'
import { atNode, nodePlace, unsupported } from './faults.ts'
import { functionalised } from './frames.ts'
import {
  endpointText,
  type TfEndpoint,
  type TfFunction,
  type TfGraph,
  type TfNode,
  type TfProgram,
  type TfShape,
} from './graph.ts'
import type { KernelNode } from './ops/operator.ts'
import { operators } from './ops/registry.ts'
import { tfjsOperators } from './ops/tfjs.ts'
import { type Placement, Planner } from './placement.ts'
import { pruned } from './prune.ts'
import { Scope } from './scope.ts'
import type { TfDtype } from './tf-dtype.ts'
import type { Step, Translation, TranslationPort } from './translation.ts'
import { Untranslatable } from './untranslatable.ts'
import { Value } from './value.ts'

/** Version of ONNX's operators that translations use, and of the file. */
const opset = 21
const irVersion = 10

/**
 * Makes ONNX graphs and kernels of a signature: numbers go to ONNX, text, tables and parsing to kernels. CPU-bound, about as long as
 * the graph is large. Throws MODEL_ARTIFACT_UNSUPPORTED with the node that has no translation.
 */
export function translateProgram(program: TfProgram, source: string): Translation {
  try {
    return translated(program, source)
  } catch (thrown) {
    if (thrown instanceof Untranslatable)
      throw unsupported(source, `signature "${program.signature.name}"`, thrown.message)
    throw thrown
  }
}

function translated(program: TfProgram, source: string): Translation {
  const graph = withoutDropouts(functionalised(program.graph, source))
  const { signature, state } = program
  const translator = new Translator(graph, source)
  const inputs = signature.inputs.map((port) => ({ ...port, name: endpointText(port.endpoint) }))
  const states = state.map((one) => ({ ...one, name: endpointText(one.input) }))
  const feeds = new Map<string, Value>()
  for (const { name, dtype, shape } of [...inputs, ...states])
    if (!feeds.has(name)) feeds.set(name, new Value({ dtype, shape }))
  const wanted = [...signature.outputs.map((port) => port.endpoint), ...state.map((one) => one.output)]
  const body = translator.body(graph.nodes, feeds, wanted)
  const port = (key: string, dtype: TfDtype, shape: TfShape, slot: number): TranslationPort => ({
    key,
    dtype: outerDtype(dtype, key, source),
    shape,
    slot,
  })
  return {
    ...body.finish(),
    inputs: inputs.map(({ key, name, dtype, shape }) =>
      port(key, dtype, shape, body.slotOfInput(feeds.get(name) as Value)),
    ),
    outputs: signature.outputs.map(({ key, dtype, shape }, i) => port(key, dtype, shape, body.results[i] as number)),
    states: state.map(({ variable }, i) => ({
      variable,
      input: body.slotOfInput(feeds.get((states[i] as { name: string }).name) as Value),
      output: body.results[signature.outputs.length + i] as number,
    })),
  }
}

/** Type in which users see a value: brain floats as 32-bit ones. */
function outerDtype(dtype: TfDtype, key: string, source: string): TensorDtype {
  if (dtype === 'bfloat16') return 'float32'
  if (dtype === 'string' || Object.hasOwn(tensorArrays, dtype)) return dtype as TensorDtype
  throw unsupported(source, `the input or output "${key}"`, `the type ${dtype}`)
}

interface Stage {
  readonly scope: Scope
  readonly outputs: Map<string, { readonly name: string; readonly slot: number; readonly value: Value }>
}

class Translator {
  readonly #graph: TfGraph
  readonly #source: string
  readonly #emitter: Emitter
  readonly #planner: Planner

  constructor(graph: TfGraph, source: string) {
    this.#graph = graph
    this.#source = source
    this.#emitter = new Emitter(graph, source)
    this.#planner = new Planner(graph, source)
  }

  /** Translates nodes; `feeds` are the values from outside by endpoint. */
  body(nodes: ReadonlyMap<string, TfNode>, feeds: ReadonlyMap<string, Value>, results: readonly TfEndpoint[]): Body {
    const placements = this.#planner.place(nodes, feeds)
    const body = new Body(feeds)
    const values = new Map<string, Value>(feeds)
    for (const node of nodes.values()) {
      if (feeds.has(node.name)) continue
      const inputs = node.inputs.map((input) => this.#find(values, input, node))
      const placement = placements.get(node.name) as Placement
      const outputs = atNode(this.#source, node, () => this.#node(node, inputs, placement, body))
      outputs.forEach((value, output) => {
        values.set(endpointText({ node: node.name, output }), value)
      })
    }
    body.results.push(...results.map((endpoint) => body.slotOf(this.#find(values, endpoint, null))))
    return body
  }

  #find(values: ReadonlyMap<string, Value>, endpoint: TfEndpoint, reader: TfNode | null): Value {
    const found = values.get(endpointText(endpoint))
    if (found) return found
    const node = this.#graph.nodes.get(endpoint.node) ?? { name: endpoint.node, op: 'unknown' }
    const place = reader ? `${nodePlace(node)}, read by ${nodePlace(reader)},` : nodePlace(node)
    throw unsupported(this.#source, place, `output ${endpoint.output}`)
  }

  #node(node: TfNode, inputs: readonly Value[], placement: Placement, body: Body): readonly Value[] {
    const folded = this.#emitter.fold(node, inputs)
    if (folded) return folded
    if (placement.kind === 'graph') {
      const stage = body.stage(placement.level)
      const values = this.#emitter.emit(node, inputs, stage.scope)
      for (const value of values) body.made(value, placement.level)
      return values
    }
    const kind = controlKind(node)
    if (kind) return this.#control(kind, node, inputs, placement, body)
    const guessed = this.#emitter.guess(node, inputs)
    if (guessed?.every((one) => one.constant)) return guessed
    const shapes = (operators.get(node.op) ?? tfjsOperators.get(node.op))?.infer?.(node, inputs) ?? []
    const values = placement.types.map((dtype, i) => {
      const { shape = null, known = null } = guessed?.[i] ?? {}
      return new Value({ dtype, shape: shape ?? shapes[i] ?? null, known })
    })
    body.kernel(placement.level, kernelNode(node, this.#graph), inputs, values)
    return values
  }

  /** Control flow whose bodies need kernels: bodies are translated on their own. */
  #control(
    kind: 'branch' | 'loop',
    node: TfNode,
    inputs: readonly Value[],
    placement: Placement,
    body: Body,
  ): readonly Value[] {
    const args = kind === 'branch' ? inputs.slice(1) : inputs
    const bodies = this.#planner.bodies(node).map((one) => this.#function(one, args, kind === 'loop'))
    const values = placement.types.map((dtype) => new Value({ dtype, shape: null }))
    body.control(placement.level, { kind, node: kernelNode(node, this.#graph), bodies }, inputs, values)
    return values
  }

  #function(one: TfFunction, args: readonly Value[], isLoop: boolean): Translation {
    const feeds = new Map<string, Value>()
    one.arguments.forEach(({ node, shape }, i) => {
      const value = args[i] as Value
      const isFixed = !isLoop || (one.results[i]?.node === node && one.results[i]?.output === 0)
      feeds.set(
        node,
        isFixed && value.constant
          ? Value.of(value.constant)
          : new Value({ dtype: value.dtype, shape: isLoop ? shape : (value.shape ?? shape) }),
      )
    })
    const body = this.body(one.nodes, feeds, one.results)
    return {
      ...body.finish(),
      states: [],
      inputs: one.arguments.map(({ node }, i) => ({
        key: `${i}`,
        dtype: 'float32',
        shape: null,
        slot: body.slotOfInput(feeds.get(node) as Value),
      })),
      outputs: body.results.map((slot, i) => ({ key: `${i}`, dtype: 'float32', shape: null, slot })),
    }
  }
}

function controlKind({ op }: TfNode): 'branch' | 'loop' | null {
  if (op === 'While' || op === 'StatelessWhile') return 'loop'
  return /^(Stateless)?(If|Case)$/.test(op) ? 'branch' : null
}

/** What a kernel needs of its node: plain data, with the content of the table that it looks up. */
function kernelNode(node: TfNode, graph: TfGraph): KernelNode {
  const attributes = new Map(
    [...node.attributes].filter(([, one]) => one.kind !== 'tensor' && one.kind !== 'function' && one.kind !== 'list'),
  )
  for (const [name, one] of node.attributes)
    if (one.kind === 'list' && one.functions.length === 0 && one.tensors.length === 0) attributes.set(name, one)
  const table = node.inputs[0] && graph.tables.get(node.inputs[0].node)
  if (table) {
    const plain = (tensor: typeof table.keys) => {
      const made = constantTensor(tensor)
      if (!made) throw new Untranslatable(`a table of ${tensor.dtype}`)
      return made
    }
    return { name: node.name, op: node.op, attributes, table: { keys: plain(table.keys), values: plain(table.values) } }
  }
  return { name: node.name, op: node.op, attributes }
}

/** Collects the steps of one body. */
class Body {
  readonly results: number[] = []
  readonly #slots = new Map<Value, number>()
  readonly #constants: { slot: number; tensor: Tensor }[] = []
  readonly #stages: (Stage | undefined)[] = []
  readonly #steps: (() => Step)[][] = []
  readonly #origins = new Map<Value, number>()
  readonly #feeds: ReadonlySet<Value>
  #count = 0

  constructor(feeds: ReadonlyMap<string, Value>) {
    this.#feeds = new Set(feeds.values())
  }

  stage(level: number): Stage {
    return (this.#stages[level] ??= { scope: new Scope(), outputs: new Map() })
  }

  made(value: Value, level: number): void {
    if (!this.#origins.has(value) && !this.#slots.has(value) && !this.#feeds.has(value)) this.#origins.set(value, level)
  }

  kernel(level: number, node: KernelNode, inputs: readonly Value[], outputs: readonly Value[]): void {
    this.#add(level, inputs, outputs, (from, to) => ({ kind: 'kernel', node, inputs: from, outputs: to }))
  }

  control(
    level: number,
    step: Pick<Extract<Step, { kind: 'branch' | 'loop' }>, 'kind' | 'node' | 'bodies'>,
    inputs: readonly Value[],
    outputs: readonly Value[],
  ): void {
    this.#add(level, inputs, outputs, (from, to) => ({ ...step, inputs: from, outputs: to }))
  }

  #add(
    level: number,
    inputs: readonly Value[],
    outputs: readonly Value[],
    make: (from: number[], to: number[]) => Step,
  ): void {
    for (const value of outputs) this.#slots.set(value, this.#count++)
    const from = inputs.map((value) => this.slotOf(value))
    const to = outputs.map((value) => this.#slots.get(value) as number)
    const steps = (this.#steps[level] ??= [])
    steps.push(() => make(from, to))
  }

  /** Where the value of an input goes; -1 when nothing reads it. */
  slotOfInput(value: Value): number {
    return this.#slots.get(value) ?? -1
  }

  slotOf(value: Value): number {
    const found = this.#slots.get(value)
    if (found !== undefined) return found
    const slot = this.#count++
    this.#slots.set(value, slot)
    if (value.constant) this.#constants.push({ slot, tensor: value.constant })
    else if (!this.#feeds.has(value)) {
      const stage = this.#stages[this.#origins.get(value) ?? -1]
      if (!stage) throw new Error('a value comes from nowhere')
      this.#give(stage, value, slot)
    }
    return slot
  }

  #give({ scope, outputs }: Stage, value: Value, slot: number): void {
    let name = scope.nameOf(value)
    if (value.dtype === 'bfloat16') name = scope.builder.node('Cast', [name], { to: { kind: 'int', value: 1 } })
    if (outputs.has(name)) name = scope.builder.node('Identity', [name])
    outputs.set(name, { name, slot, value })
  }

  /** All steps in order; the slots of what graphs take are given here. */
  finish(): Pick<Translation, 'slots' | 'constants' | 'steps'> {
    const levels = Math.max(this.#stages.length, this.#steps.length)
    const inputs = this.#stages.map(
      (stage) => stage?.scope.taken.map(({ value, name }) => ({ name, slot: this.slotOf(value) })) ?? [],
    )
    const steps: Step[] = []
    for (let level = 0; level < levels; level++) {
      for (const make of this.#steps[level] ?? []) steps.push(make())
      const stage = this.#stages[level]
      if (!stage || stage.outputs.size === 0) continue
      const { builder, taken } = stage.scope
      const outputs = [...stage.outputs.values()]
      for (const { name, value } of outputs)
        builder.output(name, (value.dtype === 'bfloat16' ? 'float32' : value.dtype) as TensorDtype, value.shape)
      // Making outputs may have taken more from outside.
      const own = taken.map(({ value, name }, i) => inputs[level]?.[i] ?? { name, slot: this.slotOf(value) })
      const graph = pruned(builder.finish())
      const model = writeModelProto({ irVersion, opsets: new Map([['', opset]]), graph })
      steps.push({ kind: 'graph', model, inputs: own, outputs: outputs.map(({ name, slot }) => ({ name, slot })) })
    }
    return { slots: this.#count, constants: this.#constants, steps }
  }
}
