import type { Tensor } from '../../schema/tensor.ts'
import { constantTensor } from './bytes-text.ts'
import { type Bodies, Emission, elementNumber } from './emission.ts'
import { nodePlace, unsupported } from './faults.ts'
import { endpointText, type TfFunction, type TfGraph, type TfNode } from './graph.ts'
import { tensorOf } from './node-attributes.ts'
import { KernelFault } from './ops/operator.ts'
import { operators } from './ops/registry.ts'
import { knownValue } from './ops/shape.ts'
import { Scope } from './scope.ts'
import { Untranslatable } from './untranslatable.ts'
import { Value } from './value.ts'

/** Results above this many elements are computed by onnxruntime, once, when it makes its session. */
const maxFolded = 1 << 20

/** Operators whose kernels do the same on 64-bit floats, NaN standing for what is not known yet: shapes are computed by them. */
const shapeArithmetic: ReadonlySet<string> = new Set([
  'StridedSlice',
  'Slice',
  'Pack',
  'Unpack',
  'ConcatV2',
  'GatherV2',
  'Gather',
  'ExpandDims',
  'Squeeze',
  'Reshape',
  'Prod',
  'Sum',
  'Mul',
  'Add',
  'AddV2',
  'Sub',
  'FloorDiv',
  'Identity',
  'Split',
  'SplitV',
])

/** Emits nodes one by one, computing at once what is constant. */
export class Emitter implements Bodies {
  readonly #graph: TfGraph
  readonly #source: string

  constructor(graph: TfGraph, source: string) {
    this.#graph = graph
    this.#source = source
  }

  function(name: string): TfFunction {
    const found = this.#graph.functions.get(name)
    if (!found) throw new Untranslatable(`the function "${name}", which is not there`)
    return found
  }

  /** Outputs of a node that only constants go into, or null. */
  fold(node: TfNode, inputs: readonly Value[]): readonly Value[] | null {
    if (node.op === 'Const') {
      const tensor = tensorOf(node, 'value')
      if (tensor.dtype === 'bfloat16') return null
      const constant = constantTensor(tensor)
      if (!constant) throw new Untranslatable(`a constant of ${tensor.dtype}`)
      return [Value.of(constant)]
    }
    const operator = operators.get(node.op)
    if (!operator?.evaluate || operator.isComplex || inputs.length === 0 || !inputs.every((value) => value.constant))
      return null
    if (!canEvaluate(node, inputs)) return null
    try {
      const results = operator.evaluate(
        node,
        inputs.map((value) => value.constant as Tensor),
      )
      if (results.some(({ data }) => data.length > maxFolded)) return null
      return results.map((tensor) => Value.of(tensor))
    } catch (fault) {
      if (fault instanceof KernelFault) return null
      throw fault
    }
  }

  /** What would be known of a node's outputs were it emitted: shapes of what a kernel does as well. */
  guess(node: TfNode, inputs: readonly Value[]): readonly Value[] | null {
    if (!operators.get(node.op)?.emit) return null
    const values = inputs.map(({ dtype, shape, constant, known }) => new Value({ dtype, shape, constant, known }))
    try {
      return this.#node(node, values, new Scope())
    } catch (fault) {
      if (fault instanceof Untranslatable) return null
      throw fault
    }
  }

  /** Adds a node to `scope`. */
  emit(node: TfNode, inputs: readonly Value[], scope: Scope): readonly Value[]
  /** Adds a function's nodes to `scope`. */
  emit(body: TfFunction, args: readonly Value[], scope: Scope): Value[]
  emit(what: TfNode | TfFunction, inputs: readonly Value[], scope: Scope): readonly Value[] {
    return 'op' in what ? this.#node(what, inputs, scope) : this.#function(what, inputs, scope)
  }

  #node(node: TfNode, inputs: readonly Value[], scope: Scope): readonly Value[] {
    const folded = this.fold(node, inputs)
    if (folded) return folded
    if (node.op === 'Const') return [brainConstant(node, scope)]
    const known = shapeArithmetic.has(node.op) ? this.#shape(node, inputs) : null
    if (known?.every((one) => one.constant)) return known
    const operator = operators.get(node.op)
    if (!operator?.emit) throw new Untranslatable(`the operator ${node.op}`)
    const emitted = operator.emit(new Emission(node, inputs, scope, this))
    const values = Array.isArray(emitted) ? (emitted as readonly Value[]) : [emitted as Value]
    if (!known) return values
    return values.map((value, i) => {
      const { constant = null, known: partial = null } = known[i] ?? {}
      if (constant) return known[i] as Value
      const name = value.find(scope, 'plain')
      return name === null || !partial
        ? value
        : new Value({ dtype: value.dtype, shape: partial.shape, known: partial }).add(scope, 'plain', name)
    })
  }

  /** Shape arithmetic on what is known of the inputs. */
  #shape(node: TfNode, inputs: readonly Value[]): Value[] | null {
    const evaluate = operators.get(node.op)?.evaluate
    const dtype = inputs[node.op === 'Split' ? 1 : 0]?.dtype
    if (!evaluate || !dtype || (dtype !== 'int32' && dtype !== 'int64') || !inputs.every((value) => value.known))
      return null
    try {
      const results = evaluate(
        node,
        inputs.map((value) => value.known as Tensor),
      )
      return results.map((known) => {
        const data = known.data as Float64Array
        return data.some(Number.isNaN)
          ? new Value({ dtype, shape: known.shape, known })
          : knownValue(dtype, known.shape, data)
      })
    } catch (fault) {
      if (fault instanceof KernelFault || fault instanceof RangeError) return null
      throw fault
    }
  }

  #function(body: TfFunction, args: readonly Value[], scope: Scope): Value[] {
    const values = new Map<string, Value>()
    body.arguments.forEach(({ node }, i) => {
      values.set(node, args[i] as Value)
    })
    for (const node of body.nodes.values()) {
      if (values.has(node.name)) continue
      const inputs = node.inputs.map((input) => this.#find(values, input, body))
      let outputs: readonly Value[]
      try {
        outputs = this.#node(node, inputs, scope)
      } catch (thrown) {
        if (thrown instanceof Untranslatable) throw unsupported(this.#source, nodePlace(node), thrown.message)
        throw thrown
      }
      outputs.forEach((value, output) => {
        values.set(endpointText({ node: node.name, output }), value)
      })
    }
    return body.results.map((result) => this.#find(values, result, body))
  }

  #find(values: ReadonlyMap<string, Value>, endpoint: Parameters<typeof endpointText>[0], body: TfFunction): Value {
    const found = values.get(endpointText(endpoint))
    if (!found)
      throw unsupported(
        this.#source,
        `function "${body.name}"`,
        `${endpointText(endpoint)}, an output that has no translation`,
      )
    return found
  }
}

function canEvaluate(node: TfNode, inputs: readonly Value[]): boolean {
  const { evaluates } = operators.get(node.op) ?? {}
  const types = inputs.map((value) => value.dtype)
  return evaluates ? evaluates(node, types) : !types.some((dtype) => dtype === 'float16' || dtype === 'bfloat16')
}

/** Brain floats have no tensors of ours: their constants are 32-bit ones that are cast. */
function brainConstant(node: TfNode, scope: Scope): Value {
  const tensor = constantTensor(tensorOf(node, 'value')) as Tensor
  const name = scope.builder.node('Cast', [scope.constant(tensor)], {
    to: { kind: 'int', value: elementNumber('bfloat16') },
  })
  return new Value({ dtype: 'bfloat16', shape: tensor.shape }).add(scope, 'plain', name)
}
