import { attribute } from '../../onnx-graph/builder.ts'
import type { OnnxGraph } from '../../onnx-graph/graph.ts'
import type { Emission } from '../emission.ts'
import type { TfFunction, TfShape } from '../graph.ts'
import { functionOf, functionsOf } from '../node-attributes.ts'
import { infoOf, type Scope } from '../scope.ts'
import { Value } from '../value.ts'
import type { Operator, OperatorTable } from './operator.ts'

/** A graph for an attribute, with outputs of its own names. */
function branchGraph(scope: Scope, values: readonly Value[]): OnnxGraph {
  for (const value of values) scope.builder.output(scope.builder.node('Identity', [scope.nameOf(value)]))
  return scope.builder.finish()
}

/** What is known of a value that comes from either of two. */
function either(a: TfShape, b: TfShape): TfShape {
  if (!a || !b || a.length !== b.length) return null
  return a.map((size, i) => (size === b[i] ? size : null))
}

function emitIf(
  e: Emission,
  condition: string,
  branches: readonly [TfFunction, TfFunction],
  args: readonly Value[],
): Value[] {
  const scopes = branches.map(() => e.scope.nested()) as [Scope, Scope]
  const [no, yes] = branches.map((body, i) => e.bodies.emit(body, args, scopes[i] as Scope)) as [Value[], Value[]]
  return joined(e, condition, [no, yes], scopes)
}

function joined(
  e: Emission,
  condition: string,
  [no, yes]: readonly [readonly Value[], readonly Value[]],
  scopes: readonly [Scope, Scope],
): Value[] {
  const graphs = [branchGraph(scopes[0], no), branchGraph(scopes[1], yes)] as const
  const attributes = { else_branch: attribute.graph(graphs[0]), then_branch: attribute.graph(graphs[1]) }
  const names = e.ops('If', [condition], attributes, yes.length)
  return yes.map((value, i) => {
    const { dtype, element } = value
    return new Value({ dtype, element, shape: either(value.shape, no[i]?.shape ?? null) }).add(
      e.scope,
      'plain',
      names[i] as string,
    )
  })
}

const conditional: Operator = {
  emit: (e) => {
    const branches = [functionOf(e.node, 'else_branch'), functionOf(e.node, 'then_branch')].map(({ name }) =>
      e.bodies.function(name),
    )
    const args = e.inputs.slice(1)
    const condition = e.value(0)
    if (condition.constant) {
      const isTrue = Number(condition.constant.data[0]) !== 0
      return e.bodies.emit(branches[isTrue ? 1 : 0] as TfFunction, args, e.scope)
    }
    const name = condition.dtype === 'boolean' ? e.in(0) : e.cast(e.in(0), 'boolean')
    return emitIf(e, name, branches as [TfFunction, TfFunction], args)
  },
}

/** One If inside the other; an index without a branch takes the last. */
const choice: Operator = {
  emit: (e) => {
    const branches = functionsOf(e.node, 'branches').map(({ name }) => e.bodies.function(name))
    const args = e.inputs.slice(1)
    const known = e.known(0)?.[0]
    const last = branches.length - 1
    if (known !== undefined)
      return e.bodies.emit(branches[known >= 0 && known < last ? known : last] as TfFunction, args, e.scope)
    const build = (at: number, scope: Scope): Value[] => {
      if (at === last) return e.bodies.emit(branches[at] as TfFunction, args, scope)
      const inner = scope.nested()
      const yes = scope.nested()
      const condition = scope.builder.node('Equal', [scope.nameOf(e.value(0)), e.scalar('int32', at)])
      const values = [build(at + 1, inner), e.bodies.emit(branches[at] as TfFunction, args, yes)] as const
      const graphs = [branchGraph(inner, values[0]), branchGraph(yes, values[1])] as const
      const attributes = { else_branch: attribute.graph(graphs[0]), then_branch: attribute.graph(graphs[1]) }
      const names = scope.builder.nodes('If', [condition], attributes, { outputs: values[1].length })
      return values[1].map((value, i) =>
        new Value({
          dtype: value.dtype,
          element: value.element,
          shape: either(value.shape, values[0][i]?.shape ?? null),
        }).add(scope, 'plain', names[i] as string),
      )
    }
    return build(0, e.scope)
  },
}

/** Rounds after which shapes that a loop carries are taken as unknown. */
const maxRounds = 4

const loop: Operator = {
  types: (_node, inputs) => inputs,
  emit: (e) => {
    const condition = e.bodies.function(functionOf(e.node, 'cond').name)
    const body = e.bodies.function(functionOf(e.node, 'body').name)
    const isCarried = body.arguments.map(
      ({ node }, i) => body.results[i]?.node !== node || body.results[i]?.output !== 0,
    )
    const carried = isCarried.flatMap((one, i) => (one ? [i] : []))
    let shapes = carried.map((i) => declared(body.arguments[i]?.shape ?? null, e.value(i).shape))
    for (let round = 0; ; round++) {
      const built = emitLoop(e, condition, body, carried, shapes)
      const next = built.results.map((value, k) => either(shapes[k] as TfShape, value.shape))
      if (next.every((shape, k) => same(shape, shapes[k] as TfShape))) return built.finish(shapes)
      shapes = round < maxRounds ? next : next.map(() => null)
    }
  },
}

/** The loop's own word on a shape counts; where it has none, that of the first value until a round says otherwise. */
function declared(own: TfShape, first: TfShape): TfShape {
  if (!own) return first
  return first && first.length === own.length ? own.map((size, i) => size ?? first[i] ?? null) : own
}

function same(a: TfShape, b: TfShape): boolean {
  return a === b || (a !== null && b !== null && a.length === b.length && a.every((size, i) => size === b[i]))
}

function emitLoop(
  e: Emission,
  condition: TfFunction,
  body: TfFunction,
  carried: readonly number[],
  shapes: readonly TfShape[],
) {
  const scope = e.scope.nested()
  const { builder } = scope
  const args = e.inputs.slice()
  const inputs = carried.map((i, k) => {
    const { dtype, element } = e.value(i)
    const name = builder.fresh('carried')
    const value = new Value({ dtype, element, shape: element === null ? (shapes[k] ?? null) : null })
    args[i] = value.add(scope, 'plain', name)
    return infoOf(name, value, value.shape)
  })
  const all = e.bodies.emit(body, args, scope)
  const results = carried.map((i) => all[i] as Value)
  const next = args.slice()
  carried.forEach((i, k) => {
    next[i] = results[k] as Value
  })
  const finish = (final: readonly TfShape[]): Value[] => {
    const goesOn = e.bodies.emit(condition, next, scope)[0] as Value
    builder.output(builder.node('Identity', [scope.nameOf(goesOn)]))
    for (const value of results) builder.output(builder.node('Identity', [scope.nameOf(value)]))
    const graph = builder.finish()
    const iteration = { name: builder.fresh('iteration'), type: { kind: 'tensor', dtype: 'int64', shape: [] } } as const
    const before = { name: builder.fresh('goes_on'), type: { kind: 'tensor', dtype: 'boolean', shape: [] } } as const
    const start = e.bodies.emit(condition, e.inputs, e.scope)[0] as Value
    const starts = carried.map((i) => e.in(i))
    const names = e.ops(
      'Loop',
      ['', e.scope.nameOf(start), ...starts],
      { body: attribute.graph({ ...graph, inputs: [iteration, before, ...inputs] }) },
      carried.length,
    )
    const values = e.inputs.slice()
    carried.forEach((i, k) => {
      const { dtype, element } = e.value(i)
      values[i] = new Value({ dtype, element, shape: final[k] ?? null }).add(e.scope, 'plain', names[k] as string)
    })
    return values
  }
  return { results, finish }
}

/** Control flow by functions; that of TensorFlow 1 is made so before. */
export const controlOperators: OperatorTable = {
  If: conditional,
  StatelessIf: conditional,
  Case: choice,
  StatelessCase: choice,
  While: loop,
  StatelessWhile: loop,
}
