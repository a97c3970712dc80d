import { tensorArrays } from '../../schema/tensor.ts'
import { atNode } from './faults.ts'
import { endpointText, type TfFunction, type TfGraph, type TfNode } from './graph.ts'
import { dtypeOf, functionOf, functionsOf } from './node-attributes.ts'
import { operators } from './ops/registry.ts'
import { tfjsOperators } from './ops/tfjs.ts'
import type { TfDtype } from './tf-dtype.ts'
import { Untranslatable } from './untranslatable.ts'
import type { Value } from './value.ts'

/**
 * Where a node runs. Steps run by level: first the kernels of a level, then its ONNX graph. `types` are those of the node's outputs.
 */
export interface Placement {
  readonly kind: 'graph' | 'kernel'
  readonly level: number
  readonly types: readonly TfDtype[]
}

/** What is known of a value before anything is emitted. */
interface Fact {
  readonly dtype: TfDtype
  readonly isConstant: boolean
}

interface Draft {
  readonly node: TfNode
  readonly types: readonly TfDtype[]
  readonly isConstant: boolean
  kind: 'graph' | 'kernel'
  /** True when a kernel could do what ONNX does. */
  readonly hasBoth: boolean
}

/**
 * Decides which nodes become ONNX: all that can, but those between two kernels that a kernel can do as well, so that text lookups with
 * a little arithmetic in between are not cut into many graphs.
 */
export class Planner {
  readonly #graph: TfGraph
  readonly #source: string

  constructor(graph: TfGraph, source: string) {
    this.#graph = graph
    this.#source = source
  }

  place(nodes: ReadonlyMap<string, TfNode>, feeds: ReadonlyMap<string, Value>): Map<string, Placement> {
    const facts = new Map<string, Fact>()
    for (const [name, value] of feeds) facts.set(name, { dtype: value.dtype, isConstant: value.constant !== null })
    const drafts = this.#drafts(nodes, facts)
    sink(drafts)
    return levels(drafts)
  }

  /** Functions that a control flow node runs: else and then, branches, or condition and body. */
  bodies(node: TfNode): TfFunction[] {
    const find = (name: string) => {
      const found = this.#graph.functions.get(name)
      if (!found) throw new Untranslatable(`the function "${name}", which is not there`)
      return found
    }
    if (node.op.endsWith('While')) return [find(functionOf(node, 'cond').name), find(functionOf(node, 'body').name)]
    if (node.op.endsWith('Case')) return functionsOf(node, 'branches').map(({ name }) => find(name))
    return [find(functionOf(node, 'else_branch').name), find(functionOf(node, 'then_branch').name)]
  }

  #drafts(nodes: ReadonlyMap<string, TfNode>, facts: Map<string, Fact>): Map<string, Draft> {
    const drafts = new Map<string, Draft>()
    for (const node of nodes.values()) {
      if (facts.has(node.name)) continue
      const draft = atNode(this.#source, node, () => this.#draft(node, facts))
      drafts.set(node.name, draft)
      draft.types.forEach((dtype, output) => {
        facts.set(endpointText({ node: node.name, output }), { dtype, isConstant: draft.isConstant })
      })
    }
    return drafts
  }

  #draft(node: TfNode, facts: ReadonlyMap<string, Fact>): Draft {
    const inputs = node.inputs.map(
      (input) => facts.get(endpointText(input)) ?? { dtype: 'float32' as const, isConstant: false },
    )
    const dtypes = inputs.map((one) => one.dtype)
    if (node.op === 'Const') {
      const attribute = node.attributes.get('value')
      const types = [attribute?.kind === 'tensor' ? attribute.value.dtype : dtypeOf(node, 'dtype')]
      return { node, types, isConstant: true, kind: 'graph', hasBoth: true }
    }
    if (/^(Stateless)?(If|Case|While)$/.test(node.op)) return this.#control(node, inputs)
    const operator = operators.get(node.op)
    if (!operator) return this.#fallback(node, dtypes)
    // Their parts are kept as a further dimension, which few kernels know.
    if (dtypes.includes('complex64') && !operator.isComplex) throw new Untranslatable('inputs of complex64')
    const types = operator.types?.(node, dtypes) ?? [dtypes[0] ?? 'float32']
    const isNumeric = [...dtypes, ...types].every((dtype) => dtype !== 'string')
    const canEmit =
      operator.emit !== undefined &&
      isNumeric &&
      inGraph([...dtypes, ...types]) &&
      (operator.accepts?.(node, dtypes) ?? true)
    const canEvaluate =
      operator.evaluate !== undefined && (operator.evaluates ? operator.evaluates(node, dtypes) : !hasHalf(dtypes))
    if (!canEmit && !canEvaluate) throw new Untranslatable(`inputs of ${[...new Set(dtypes)].join(', ') || 'no type'}`)
    const isConstant = !operator.isComplex && inputs.length > 0 && canEvaluate && inputs.every((one) => one.isConstant)
    return {
      node,
      types,
      isConstant,
      kind: canEmit || isConstant ? 'graph' : 'kernel',
      hasBoth: canEmit && canEvaluate,
    }
  }

  /** What has no translation is run by tfjs where that gives what TensorFlow gives. */
  #fallback(node: TfNode, dtypes: readonly TfDtype[]): Draft {
    const operator = tfjsOperators.get(node.op)
    if (!operator) throw new Untranslatable(refusals[node.op] ?? `the operator ${node.op}`)
    const takes =
      dtypes.length === operator.takes.length && operator.takes.every((one, i) => one.includes(dtypes[i] as TfDtype))
    if (!takes) throw new Untranslatable(`inputs of ${[...new Set(dtypes)].join(', ') || 'no type'}`)
    const refusal = operator.refuses?.(node) ?? null
    if (refusal !== null) throw new Untranslatable(refusal)
    return { node, types: operator.types(node, dtypes), isConstant: false, kind: 'kernel', hasBoth: false }
  }

  #control(node: TfNode, inputs: readonly Fact[]): Draft {
    const isLoop = node.op.endsWith('While')
    const bodies = this.bodies(node)
    const args = isLoop ? inputs : inputs.slice(1)
    let kind: Draft['kind'] = inputs[0]?.dtype === 'string' ? 'kernel' : 'graph'
    let types: readonly TfDtype[] = []
    for (const body of bodies) {
      const facts = new Map<string, Fact>()
      body.arguments.forEach(({ node: name }, i) => {
        const isFixed = !isLoop || (body.results[i]?.node === name && body.results[i]?.output === 0)
        const fact = args[i] ?? { dtype: 'float32', isConstant: false }
        facts.set(name, { dtype: fact.dtype, isConstant: fact.isConstant && isFixed })
      })
      const drafts = this.#drafts(body.nodes, facts)
      if ([...drafts.values()].some((draft) => draft.kind === 'kernel')) kind = 'kernel'
      types = body.results.map((result) => facts.get(endpointText(result))?.dtype ?? 'float32')
      if (types.includes('string')) kind = 'kernel'
    }
    if (isLoop) types = inputs.map((one) => one.dtype)
    if (isLoop && types.includes('string')) kind = 'kernel'
    if (types.includes('complex64')) throw new Untranslatable('complex numbers')
    return { node, types, isConstant: false, kind, hasBoth: false }
  }
}

const inGraph = (types: readonly TfDtype[]) =>
  types.every(
    (dtype) =>
      Object.hasOwn(tensorArrays, dtype) || dtype === 'bfloat16' || dtype === 'variant' || dtype === 'resource',
  )
const hasHalf = (types: readonly TfDtype[]) => types.some((dtype) => dtype === 'float16' || dtype === 'bfloat16')

/** Why operators that a reader may look for are refused. */
export const refusals: Readonly<Record<string, string>> = Object.fromEntries([
  ...[
    'RandomUniform',
    'RandomStandardNormal',
    'RandomUniformInt',
    'TruncatedNormal',
    'Multinomial',
    'StatelessRandomUniformV2',
    'StatelessRandomNormalV2',
    'RandomShuffle',
    'StatelessRandomUniform',
    'StatelessRandomNormal',
    'StatelessMultinomial',
    'ParameterizedTruncatedNormal',
    'RandomGamma',
    'RandomPoissonV2',
    'StatefulUniform',
    'StatefulStandardNormalV2',
    'RngReadAndSkip',
    'StatelessRandomGetKeyCounter',
    'StatelessRandomGetAlg',
  ].map(
    (op) => [op, `the operator ${op}: what it gives is random, so that no prediction could be told again,`] as const,
  ),
  ...['PyFunc', 'EagerPyFunc', 'PyFuncStateless'].map(
    (op) => [op, `the operator ${op}, which is Python code,`] as const,
  ),
])

/** Makes kernels of nodes between kernels. */
function sink(drafts: ReadonlyMap<string, Draft>): void {
  const list = [...drafts.values()]
  const after = new Set<string>()
  for (const { node, kind } of list)
    if (kind === 'kernel' || node.inputs.some((input) => after.has(input.node))) after.add(node.name)
  const before = new Set<string>()
  for (const { node, kind } of list.reverse())
    if (kind === 'kernel' || before.has(node.name)) for (const input of node.inputs) before.add(input.node)
  for (const draft of drafts.values())
    if (draft.hasBoth && !draft.isConstant && after.has(draft.node.name) && before.has(draft.node.name))
      draft.kind = 'kernel'
}

function levels(drafts: ReadonlyMap<string, Draft>): Map<string, Placement> {
  const placements = new Map<string, Placement>()
  for (const { node, kind, types, isConstant } of drafts.values()) {
    let level = 0
    if (!isConstant)
      for (const input of node.inputs) {
        const from = placements.get(input.node)
        const source = drafts.get(input.node)
        if (!from || source?.isConstant) continue
        level = Math.max(level, from.kind === 'graph' && kind === 'kernel' ? from.level + 1 : from.level)
      }
    placements.set(node.name, { kind, level, types })
  }
  return placements
}
