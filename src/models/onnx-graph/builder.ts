import type { Tensor } from '../../schema/tensor.ts'
import type { ElementType } from './dtypes.ts'
import type { Attribute, Dimension, OnnxGraph, OnnxNode, ValueInfo, ValueType } from './graph.ts'
import { OnnxTensor } from './onnx-tensor.ts'

/** Attributes of a node to build. Example: `{axis: attribute.int(1), perm: attribute.ints([0, 2, 1])}`. */
export type Attributes = Readonly<Record<string, Attribute>>

/** Makes attributes of each kind. */
export const attribute = {
  int: (value: number | bigint): Attribute => ({ kind: 'int', value }),
  float: (value: number): Attribute => ({ kind: 'float', value }),
  text: (value: string): Attribute => ({ kind: 'text', value }),
  ints: (value: ArrayLike<number | bigint>): Attribute => ({ kind: 'ints', value }),
  floats: (value: ArrayLike<number>): Attribute => ({ kind: 'floats', value }),
  texts: (value: readonly string[]): Attribute => ({ kind: 'texts', value }),
  tensor: (value: Tensor): Attribute => ({ kind: 'tensor', value: OnnxTensor.of('', value) }),
  graph: (value: OnnxGraph): Attribute => ({ kind: 'graph', value }),
} as const

/** What a node may have besides inputs and attributes. */
export interface NodeExtras {
  /** Names of the outputs, or how many to name; 1 by default. */
  readonly outputs?: number | readonly string[]
  /** Domain of the operator; ONNX's own by default. */
  readonly domain?: string
  /** The node's name, for messages; by default that of its first output. */
  readonly name?: string
}

/**
 * Builds a graph node by node, in the order of execution. Values are known by their names, which the builder makes unique (also
 * across the graphs nested in it); inside a nested graph, values of the outer one may be read.
 *
 * Example: `const g = new GraphBuilder(); g.input('x', 'float32', [null, 4]); const y = g.node('Relu', ['x']); g.output(y, 'float32', [null, 4])`
 */
export class GraphBuilder {
  readonly #name: string
  readonly #names: Set<string>
  /** By hint, the number to try next: thousands of nodes of one operator are named without trying all before. */
  readonly #numbers: Map<string, number>
  readonly #nodes: OnnxNode[] = []
  readonly #initializers: OnnxTensor[] = []
  readonly #inputs: ValueInfo[] = []
  readonly #outputs: ValueInfo[] = []

  constructor(name = 'graph', names: Set<string> = new Set(), numbers: Map<string, number> = new Map()) {
    this.#name = name
    this.#names = names
    this.#numbers = numbers
  }

  /** A name that no other value has, beginning with `hint`. */
  fresh(hint: string): string {
    let name = hint
    let number = this.#numbers.get(hint) ?? 1
    while (this.#names.has(name) || name === '') name = `${hint}_${number++}`
    this.#numbers.set(hint, number)
    this.#names.add(name)
    return name
  }

  /** Declares an input under just this name. */
  input(name: string, dtype: ElementType, shape: readonly Dimension[] | null): string {
    this.#names.add(name)
    this.#inputs.push(valueInfo(name, dtype, shape))
    return name
  }

  /** Declares an input of any type under just this name. */
  inputOf(name: string, type: ValueType): string {
    this.#names.add(name)
    this.#inputs.push({ name, type })
    return name
  }

  /** Adds a constant and returns its name. The data is not copied. */
  constant(tensor: Tensor, hint = 'constant'): string {
    const name = this.fresh(hint)
    this.#initializers.push(OnnxTensor.of(name, tensor))
    return name
  }

  /** Whole numbers as a constant of one dimension: axes, shapes, repeats. */
  ints(values: readonly number[], hint = 'ints'): string {
    return this.constant({ dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) }, hint)
  }

  /** Adds a node with one output and returns the output's name. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}, extras: NodeExtras = {}): string {
    return this.nodes(op, inputs, attributes, extras)[0] as string
  }

  /** Adds a node and returns the names of its outputs. */
  nodes(
    op: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    extras: NodeExtras = {},
  ): readonly string[] {
    const { outputs: wanted = 1, domain = '', name } = extras
    const outputs = typeof wanted === 'number' ? Array.from({ length: wanted }, () => this.fresh(name ?? op)) : wanted
    for (const output of outputs) this.#names.add(output)
    this.#nodes.push({
      name: name ?? outputs.find((output) => output !== '') ?? '',
      op,
      domain,
      overload: '',
      inputs,
      outputs,
      attributes: new Map(Object.entries(attributes)),
      raw: null,
    })
    return outputs
  }

  /** Declares a value as an output, under its own name; the type may be left out inside nested graphs. */
  output(name: string, dtype: ElementType | null = null, shape: readonly Dimension[] | null = null): void {
    this.#outputs.push(dtype === null ? { name, type: null } : valueInfo(name, dtype, shape))
  }

  /** Declares a value of any type as an output. */
  outputOf(name: string, type: ValueType): void {
    this.#outputs.push({ name, type })
  }

  /** Builds a graph for an attribute (a branch, the body of a loop). */
  subgraph(name: string, build: (graph: GraphBuilder) => void): OnnxGraph {
    const nested = new GraphBuilder(name, this.#names, this.#numbers)
    build(nested)
    return nested.finish()
  }

  /** The graph. */
  finish(): OnnxGraph {
    return {
      name: this.#name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      sparse: [],
      inputs: this.#inputs,
      outputs: this.#outputs,
      values: [],
    }
  }
}

function valueInfo(name: string, dtype: ElementType, shape: readonly Dimension[] | null): ValueInfo {
  const type: ValueType = { kind: 'tensor', dtype, shape }
  return { name, type }
}
