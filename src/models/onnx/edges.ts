import { MillraceError } from '../../core/errors.ts'
import { isTensorDtype, type TensorDtype, tensorArrays } from '../../schema/tensor.ts'
import { attribute, GraphBuilder } from '../onnx-graph/builder.ts'
import { type ElementType, elementNumbers } from '../onnx-graph/dtypes.ts'
import {
  attributeOf,
  nodePlace,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type ValueType,
} from '../onnx-graph/graph.ts'
import { namesOf } from './names.ts'

/** Names of the three tensors that stand for a sequence: elements of all its tensors `[total]`, their shapes one after another `[sum of ranks]`, their ranks `[count]`. */
export interface SequenceParts {
  readonly elements: string
  readonly shapes: string
  readonly ranks: string
}

/** How an input of the model reaches the graph that is run. */
export interface InputEdge {
  readonly name: string
  readonly dtype: TensorDtype
  readonly shape: readonly (number | null)[] | null
  /** Name of the graph's tensor; for a sequence of tensors its parts. */
  readonly from: string | SequenceParts
  /** True when the graph takes the elements of a sequence as vectors only. */
  readonly isOfVectors: boolean
}

/** How an output of the model is made of the outputs of the graph that is run. */
export type OutputEdge =
  | {
      readonly kind: 'tensor'
      readonly name: string
      readonly dtype: TensorDtype
      readonly shape: readonly (number | null)[] | null
      readonly from: string
    }
  /** A map per row of a matrix of numbers, one entry per label. */
  | {
      readonly kind: 'maps'
      readonly name: string
      readonly labels: readonly (string | number)[]
      readonly from: string
    }
  | {
      readonly kind: 'sequence'
      readonly name: string
      readonly dtype: TensorDtype
      readonly from: SequenceParts
      /** True when the graph fixes how many tensors there are. */
      readonly isFixed: boolean
    }

/** A model whose graph has tensors alone at its edges, and what they stand for. */
export interface EdgedModel {
  readonly model: OnnxModel
  readonly inputs: readonly InputEdge[]
  readonly outputs: readonly OutputEdge[]
  /** False when the graph is as it was in the file. */
  readonly isChanged: boolean
}

/**
 * Rewrites a graph so that tensors that the runtime's binding knows are all that goes in and out: a ZipMap at the end is cut off, sequences are
 * put together and taken apart by loops, 16-bit and smaller floats are cast. What stays beyond that (maps as inputs, sparse tensors) is
 * refused with MODEL_ARTIFACT_UNSUPPORTED.
 */
export function edgeTensors(model: OnnxModel, source: string): EdgedModel {
  return new EdgeRewriter(model, source).rewrite()
}

/** What takes the place of an element type at the edge. */
const edgeTypes: Partial<Record<ElementType, TensorDtype>> = {
  float16: 'float32',
  bfloat16: 'float32',
  float8e4m3fn: 'float32',
  float8e4m3fnuz: 'float32',
  float8e5m2: 'float32',
  float8e5m2fnuz: 'float32',
  int4: 'int8',
  uint4: 'uint8',
}

class EdgeRewriter {
  readonly #model: OnnxModel
  readonly #source: string
  readonly #opset: number
  /** Nodes before and behind those of the file, and the constants of both. */
  readonly #before: GraphBuilder
  readonly #behind: GraphBuilder
  readonly #producers = new Map<string, OnnxNode>()

  constructor(model: OnnxModel, source: string) {
    this.#model = model
    this.#source = source
    this.#opset = model.opsets.get('') ?? 0
    const names = namesOf(model.graph)
    this.#before = new GraphBuilder('before', names)
    this.#behind = new GraphBuilder('behind', names)
    for (const node of model.graph.nodes) for (const output of node.outputs) this.#producers.set(output, node)
  }

  rewrite(): EdgedModel {
    const { graph } = this.#model
    const constants = new Set([...graph.initializers.map(({ name }) => name), ...graph.sparse.map(({ name }) => name)])
    // Before IR version 4 constants are inputs too; from 4 on such an input is a default that the constant gives.
    const fed = graph.inputs.filter(({ name }) => !constants.has(name))
    const inputs = fed.map(({ name, type }) => this.#input(name, type))
    const outputs = graph.outputs.map(({ name, type }) => this.#output(name, type))
    const before = this.#before.finish()
    const behind = this.#behind.finish()
    const isChanged = before.nodes.length + behind.nodes.length > 0 || outputs.some((edge) => edge.kind !== 'tensor')
    if (!isChanged) return { model: this.#model, inputs, outputs, isChanged }
    const kept = withoutZipMaps(graph, outputs)
    const rewritten: OnnxGraph = {
      ...graph,
      nodes: [...before.nodes, ...kept, ...behind.nodes],
      initializers: [...graph.initializers, ...before.initializers, ...behind.initializers],
      inputs: [...before.inputs, ...graph.inputs.filter(({ name }) => constants.has(name))],
      outputs: uniqueByName(behind.outputs),
      // Types of values that were cut off would be faults.
      values: graph.values.filter(({ type }) => type?.kind === 'tensor'),
    }
    return { model: { ...this.#model, graph: rewritten }, inputs, outputs, isChanged }
  }

  #input(name: string, type: ValueType | null): InputEdge {
    const place = `input "${name}"`
    if (type?.kind === 'tensor') return this.#tensorInput(name, type, place)
    if (type?.kind === 'optional') return this.#optionalInput(name, type.element, place)
    if (type?.kind === 'sequence' && type.element.kind === 'tensor' && isTensorDtype(type.element.dtype))
      return this.#sequenceInput(name, type.element.dtype)
    return this.#refuse(place, describe(type))
  }

  #tensorInput(name: string, type: Extract<ValueType, { kind: 'tensor' }>, place: string): InputEdge {
    const { dtype } = type
    const shape = sizesOf(type)
    const edge = edgeTypes[dtype]
    if (edge !== undefined) {
      const from = this.#before.input(this.#before.fresh(`${name}_${edge}`), edge, type.shape)
      this.#before.node('Cast', [from], { to: attribute.int(elementNumbers[dtype]) }, { outputs: [name] })
      return { name, dtype: edge, shape, from, isOfVectors: false }
    }
    if (!isTensorDtype(dtype)) return this.#refuse(place, `the element type ${dtype}`)
    this.#before.input(name, dtype, type.shape)
    return { name, dtype, shape, from: name, isOfVectors: false }
  }

  /** An optional input is always there: what is absent cannot be said by feeding tensors. */
  #optionalInput(name: string, type: ValueType, place: string): InputEdge {
    const inner = this.#before.fresh(`${name}_value`)
    const edge = this.#input(inner, type)
    if (type.kind === 'optional') return this.#refuse(place, describe(type))
    this.#before.node('Optional', [inner], {}, { outputs: [name] })
    return { ...edge, name }
  }

  /** Puts a sequence together: each turn of a loop takes the next tensor's shape and elements. */
  #sequenceInput(name: string, dtype: TensorDtype): InputEdge {
    const graph = this.#before
    const elements = graph.input(graph.fresh(`${name}_elements`), dtype, [null])
    const shapes = graph.input(graph.fresh(`${name}_shapes`), 'int64', [null])
    const ranks = graph.input(graph.fresh(`${name}_ranks`), 'int64', [null])
    const edge = { name, dtype, shape: null, from: { elements, shapes, ranks } }
    // Loops carry sequences from opset 13 on; before, a list of vectors is cut out of their elements.
    if (this.#opset < 13) {
      graph.node('SplitToSequence', [elements, shapes], { axis: attribute.int(0) }, { outputs: [name] })
      return { ...edge, isOfVectors: true }
    }
    const one = graph.ints([1])
    const empty = graph.node('SequenceEmpty', [], { dtype: attribute.int(elementNumbers[dtype]) })
    const body = graph.subgraph('assemble', (inner) => {
      const turn = inner.input(inner.fresh('turn'), 'int64', [])
      const goes = inner.input(inner.fresh('goes'), 'boolean', [])
      const sequence = inner.fresh('sequence')
      const state = { kind: 'sequence', element: { kind: 'tensor', dtype, shape: null } } as const
      const elementsAt = inner.input(inner.fresh('elementsAt'), 'int64', [1])
      const shapesAt = inner.input(inner.fresh('shapesAt'), 'int64', [1])
      inner.inputOf(sequence, state)
      const rank = inner.node('Reshape', [inner.node('Gather', [ranks, turn]), one])
      const shapesEnd = inner.node('Add', [shapesAt, rank])
      const shape = inner.node('Slice', [shapes, shapesAt, shapesEnd])
      const sizes = inner.node('Concat', [one, shape], { axis: attribute.int(0) })
      const elementsEnd = inner.node('Add', [elementsAt, inner.node('ReduceProd', [sizes])])
      const flat = inner.node('Slice', [elements, elementsAt, elementsEnd])
      const tensor = inner.node('Reshape', [flat, shape], this.#opset >= 14 ? { allowzero: attribute.int(1) } : {})
      inner.output(inner.node('Identity', [goes]), 'boolean', [])
      inner.output(elementsEnd, 'int64', [1])
      inner.output(shapesEnd, 'int64', [1])
      inner.outputOf(inner.node('SequenceInsert', [sequence, tensor]), state)
    })
    const zero = graph.ints([0])
    const yes = graph.constant({ dtype: 'boolean', shape: [], data: Uint8Array.of(1) }, 'yes')
    const [, , made] = graph.nodes(
      'Loop',
      [graph.node('Size', [ranks]), yes, zero, zero, empty],
      { body: attribute.graph(body) },
      { outputs: [graph.fresh('elementsEnd'), graph.fresh('shapesEnd'), name] },
    )
    return { ...edge, name: made as string, isOfVectors: false }
  }

  #output(name: string, type: ValueType | null): OutputEdge {
    const zipMap = this.#zipMapOf(name)
    if (zipMap) return this.#maps(name, zipMap)
    const place = `output "${name}"`
    if (type?.kind === 'tensor') return this.#tensorOutput(name, name, type, place)
    if (type?.kind === 'sequence' && type.element.kind === 'tensor')
      return this.#sequenceOutput(name, name, type.element.dtype, place)
    if (type?.kind === 'optional') {
      const inner = this.#behind.node('OptionalGetElement', [name])
      if (type.element.kind === 'tensor') return this.#tensorOutput(name, inner, type.element, place)
      if (type.element.kind === 'sequence' && type.element.element.kind === 'tensor')
        return this.#sequenceOutput(name, inner, type.element.element.dtype, place)
    }
    return this.#refuse(place, describe(type))
  }

  #tensorOutput(name: string, value: string, type: Extract<ValueType, { kind: 'tensor' }>, place: string): OutputEdge {
    const { dtype } = type
    const shape = sizesOf(type)
    const edge = edgeTypes[dtype]
    if (edge !== undefined) {
      const from = this.#behind.node('Cast', [value], { to: attribute.int(elementNumbers[edge]) })
      this.#behind.output(from, edge, type.shape)
      return { kind: 'tensor', name, dtype: edge, shape, from }
    }
    if (!isTensorDtype(dtype)) return this.#refuse(place, `the element type ${dtype}`)
    this.#behind.output(value, dtype, type.shape)
    return { kind: 'tensor', name, dtype, shape, from: value }
  }

  /** Takes a sequence apart: each turn of a loop appends the next tensor's elements, shape and rank. */
  #sequenceOutput(name: string, value: string, dtype: ElementType, place: string): OutputEdge {
    if (!isTensorDtype(dtype)) return this.#refuse(place, `a sequence of the element type ${dtype}`)
    const graph = this.#behind
    const flatten = graph.ints([-1])
    const body = graph.subgraph('take apart', (inner) => {
      const turn = inner.input(inner.fresh('turn'), 'int64', [])
      const goes = inner.input(inner.fresh('goes'), 'boolean', [])
      const states = (['elements', 'shapes', 'ranks'] as const).map((part) =>
        inner.input(inner.fresh(part), part === 'elements' ? dtype : 'int64', [null]),
      )
      const tensor = inner.node('SequenceAt', [value, turn])
      const flat = inner.node('Reshape', [tensor, flatten])
      const shape = inner.node('Shape', [tensor])
      const rank = inner.node('Shape', [shape])
      inner.output(inner.node('Identity', [goes]), 'boolean', [])
      for (const [k, more] of [flat, shape, rank].entries()) {
        const joined = inner.node('Concat', [states[k] as string, more], { axis: attribute.int(0) })
        inner.output(joined, k === 0 ? dtype : 'int64', [null])
      }
    })
    const none = graph.ints([])
    const empty = graph.constant({ dtype, shape: [0], data: emptyData(dtype) }, 'empty')
    const yes = graph.constant({ dtype: 'boolean', shape: [], data: Uint8Array.of(1) }, 'yes')
    const [elements, shapes, ranks] = graph.nodes(
      'Loop',
      [graph.node('SequenceLength', [value]), yes, empty, none, none],
      { body: attribute.graph(body) },
      { outputs: 3 },
    ) as [string, string, string]
    graph.output(elements, dtype, [null])
    graph.output(shapes, 'int64', [null])
    graph.output(ranks, 'int64', [null])
    const isFixed = this.#producerOf(name)?.op === 'SequenceConstruct'
    return { kind: 'sequence', name, dtype, from: { elements, shapes, ranks }, isFixed }
  }

  /** The node that gives an output, past nodes that only pass it on. */
  #producerOf(name: string): OnnxNode | undefined {
    let node = this.#producers.get(name)
    for (let steps = 0; node?.op === 'Identity' && steps < this.#model.graph.nodes.length; steps++)
      node = this.#producers.get(node.inputs[0] as string)
    return node
  }

  #zipMapOf(name: string): OnnxNode | null {
    const node = this.#producerOf(name)
    return node?.op === 'ZipMap' && node.domain === 'ai.onnx.ml' ? node : null
  }

  #maps(name: string, node: OnnxNode): OutputEdge {
    const texts = attributeOf(node, 'classlabels_strings', 'texts')?.value ?? []
    const numbers = attributeOf(node, 'classlabels_int64s', 'ints')?.value ?? []
    const labels = texts.length > 0 ? texts.map(String) : Array.from(numbers, Number)
    const from = node.inputs[0]
    if (labels.length === 0 || !from) return this.#refuse(nodePlace(node), 'no labels')
    this.#behind.output(from, 'float32', null)
    return { kind: 'maps', name, labels, from }
  }

  #refuse(place: string, what: string): never {
    throw new MillraceError('MODEL_ARTIFACT_UNSUPPORTED', { source: this.#source, place, what, format: 'onnx' })
  }
}

/** Nodes without the ZipMaps that are done outside, and what only passed their maps on. */
function withoutZipMaps({ nodes }: OnnxGraph, outputs: readonly OutputEdge[]): readonly OnnxNode[] {
  if (!outputs.some(({ kind }) => kind === 'maps')) return nodes
  const gone = new Set<string>()
  return nodes.filter((node) => {
    const isZipMap = node.op === 'ZipMap' && node.domain === 'ai.onnx.ml'
    if (!isZipMap && !(node.op === 'Identity' && gone.has(node.inputs[0] as string))) return true
    for (const output of node.outputs) gone.add(output)
    return false
  })
}

function uniqueByName<T extends { readonly name: string }>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [one.name, one])).values()]
}

/** Named dimensions are of any size. */
function sizesOf({ shape }: Extract<ValueType, { kind: 'tensor' }>): readonly (number | null)[] | null {
  return shape?.map((size) => (typeof size === 'number' ? size : null)) ?? null
}

function emptyData(dtype: TensorDtype) {
  return dtype === 'string' ? [] : new tensorArrays[dtype](0)
}

/** A type for messages. */
function describe(type: ValueType | null): string {
  switch (type?.kind) {
    case undefined:
      return 'no type'
    case 'tensor':
      return `a tensor of ${type.dtype}`
    case 'sequence':
      return `a sequence of ${describe(type.element)}`
    case 'map':
      return `a map from ${type.key} to ${describe(type.value)}`
    case 'optional':
      return `an optional value, ${describe(type.element)}`
    default:
      return 'a sparse or opaque type'
  }
}
