import { describe, expect, it } from 'vitest'
import { writeBundle } from '../../support/tensorflow-bundle.ts'
import {
  calls,
  f,
  floats,
  n,
  nodesOf,
  opened,
  plainGraph,
  programOf,
  savedModel,
  signature,
  type,
} from '../../support/tensorflow-model.ts'

const counter = savedModel(
  `graph_def {
    ${n('counter', 'VariableV2', [], type('dtype', 'DT_FLOAT'))} ${n('one', 'Const', [], floats(1))} ${n('by', 'Placeholder', [], type('dtype', 'DT_FLOAT'))}
    ${n('incr', 'AssignAdd', ['counter', 'one'], type('T', 'DT_FLOAT'))} ${n('incr_by', 'AssignAdd', ['counter', 'by'], type('T', 'DT_FLOAT'))}
    ${n('zero', 'Const', [], floats(0))} ${n('reset', 'Assign', ['counter', 'zero'], type('T', 'DT_FLOAT'))}
  }
  ${signature('get', {}, { output: 'counter:0' })} ${signature('incr', {}, { output: 'incr:0' })} ${signature('add', { by: 'by:0' }, { output: 'incr_by:0' })} ${signature('reset', {}, { output: 'reset:0' })}`,
  writeBundle({ counter: { dtype: 'DT_FLOAT', shape: [], data: Float32Array.of(3) } }),
)

describe('a program', () => {
  it('has only what its outputs need, without nodes that pass values on', () => {
    const text = [
      n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
      n('i', 'Identity', ['x', '^check']),
      n('check', 'Assert', ['x']),
      n('s', 'StopGradient', ['i']),
      n('all', 'IdentityN', ['x', 's']),
      n('d', 'PlaceholderWithDefault', ['all:1']),
      n('y', 'Neg', ['d']),
      n('z', 'Identity', ['y']),
    ].join(' ')
    const program = programOf(plainGraph(text))
    expect(nodesOf(program.graph.nodes)).toEqual({ x: 'Placeholder()', y: 'Neg(x)' })
    expect(program.signature.outputs).toMatchObject([{ key: 'z', endpoint: { node: 'y', output: 0 } }])
  })

  it('threads variables that some signature assigns, also where it only reads them', () => {
    const shown = (name: string) => {
      const { graph, state, signature: own } = programOf(counter, name)
      return [nodesOf(graph.nodes), own.outputs[0]?.endpoint.node, state[0]?.output.node]
    }
    expect(shown('get')).toEqual([{ 'counter^state': 'Placeholder()' }, 'counter^state', 'counter^state'])
    expect(shown('incr')).toEqual([
      { 'counter^state': 'Placeholder()', one: 'Const()', 'incr^value': 'AddV2(counter^state, one)' },
      'incr^value',
      'incr^value',
    ])
    expect(shown('add')).toEqual([
      { by: 'Placeholder()', 'counter^state': 'Placeholder()', 'incr_by^value': 'AddV2(counter^state, by)' },
      'incr_by^value',
      'incr_by^value',
    ])
    expect(shown('reset')).toEqual([{ zero: 'Const()' }, 'zero', 'zero'])
    const model = opened(counter)
    model.programs(new Set())
    expect(model.initialValue('counter')?.data).toEqual(Float32Array.of(3))
  })

  it('has variables as constants where no signature that is left assigns them', () => {
    const results = opened(counter).programs(new Set(['incr', 'add', 'reset']))
    const [only] = results
    if (!only || 'error' in only) throw new Error('a program is expected')
    expect(only.program.state).toEqual([])
    expect(nodesOf(only.program.graph.nodes)).toEqual({ counter: 'Const()' })
  })

  it('has functions of branches by the node that names them, with variables as constants', () => {
    const branch = (name: string, op: string) =>
      `function { signature { name: "${name}" input_arg { name: "a" type: DT_FLOAT } input_arg { name: "h" type: DT_RESOURCE } output_arg { name: "r" type: DT_FLOAT } } ${f('v', 'ReadVariableOp', ['h'])} ${f('o', op, ['a', 'v:value:0'])} ${f('i', 'Identity', ['o:z:0'])} ret { key: "r" value: "i:output:0" } }`
    const files = writeBundle({ w: { dtype: 'DT_FLOAT', shape: [], data: Float32Array.of(2) } })
    const handle = n(
      'w',
      'VarHandleOp',
      [],
      `${type('dtype', 'DT_FLOAT')} attr { key: "shared_name" value { s: "w" } }`,
    )
    const { graph } = programOf(
      savedModel(
        `graph_def { ${n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT'))} ${n('p', 'Placeholder', [], type('dtype', 'DT_BOOL'))} ${handle}
          ${n('if', 'StatelessIf', ['p', 'x', 'w'], calls('yes', 'then_branch') + calls('no', 'else_branch'))} library { ${branch('yes', 'Mul')} ${branch('no', 'Add')} } }
         ${signature('s', { p: 'p:0', x: 'x:0' }, { y: 'if:0' })}`,
        files,
      ),
    )
    expect(nodesOf(graph.nodes)).toEqual({ p: 'Placeholder()', x: 'Placeholder()', if: 'StatelessIf(p, x)' })
    expect(graph.nodes.get('if')?.attributes.get('then_branch')).toMatchObject({ value: { name: 'yes@if' } })
    const yes = graph.functions.get('yes@if')
    expect(yes?.arguments.map(({ node }) => node)).toEqual(['a'])
    expect(nodesOf(yes?.nodes ?? new Map())).toEqual({ a: '_Arg()', w: 'Const()', o: 'Mul(a, w)' })
    expect(yes?.results).toMatchObject([{ name: 'r', node: 'o', output: 0 }])
  })

  it('takes what a signature feeds in place of what makes it', () => {
    const text = savedModel(
      `graph_def { ${n('raw', 'Placeholder', [], type('dtype', 'DT_STRING'))} ${n('parse', 'ParseExample', ['raw'])} ${n('y', 'Neg', ['parse:2'])} } ${signature('s', { x: 'parse:2' }, { y: 'y:0' })}`,
    )
    const { graph, signature: own } = programOf(text)
    expect(nodesOf(graph.nodes)).toEqual({ 'parse:2': 'Placeholder()', y: 'Neg(parse:2)' })
    expect(own.inputs[0]?.endpoint).toEqual({ node: 'parse:2', output: 0 })
  })

  it('is refused when an output needs what nobody feeds', () => {
    const text = savedModel(
      `graph_def { ${n('x', 'Placeholder')} ${n('y', 'Neg', ['x'])} } ${signature('s', {}, { y: 'y:0' })}`,
    )
    expect(() => programOf(text)).toThrow(
      'node "x" (Placeholder): an output of signature "s" needs it, and it is no input',
    )
  })

  it('is refused when it depends on itself', () => {
    const text = [n('a', 'Add', ['b', 'b']), n('b', 'Neg', ['a']), n('y', 'Neg', ['b'])].join(' ')
    expect(() => programOf(plainGraph(text))).toThrow(
      'm cannot be read as tensorflow: the graph: nodes depend on each other in a circle',
    )
  })
})
