import { describe, expect, it } from 'vitest'
import { Flattener, MAX_NODES } from '../../../src/models/tensorflow/flatten.ts'
import { FunctionLibrary } from '../../../src/models/tensorflow/function-body.ts'
import { endpointText } from '../../../src/models/tensorflow/graph.ts'
import { parseInput, readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { calls, f, n, nodesOf } from '../../support/tensorflow-model.ts'

function flatten(text: string, outputs: readonly string[], cuts: Record<string, string> = {}, nodes = MAX_NODES) {
  const graph = readGraph(readText(graphType, text), 'm')
  const flattener = new Flattener(graph, new FunctionLibrary(graph), new Map(Object.entries(cuts)), { nodes })
  const found = outputs.map((name) => endpointText(flattener.output(parseInput(name) as never, 'the output')))
  return { graph: flattener.graph, found, shown: nodesOf(flattener.graph.nodes) }
}

const library = (...functions: string[]) => `library { ${functions.map((text) => `function { ${text} }`).join(' ')} }`
const args = (name: string, inputs: readonly string[], outputs: readonly string[]) =>
  `signature { name: "${name}" ${inputs.map((x) => `input_arg { name: "${x}" type: DT_FLOAT }`).join(' ')} ${outputs.map((x) => `output_arg { name: "${x}" type: DT_FLOAT }`).join(' ')} }`
const ret = (key: string, value: string) => `ret { key: "${key}" value: "${value}" }`

describe('inlining', () => {
  it('takes what outputs need and leaves out the rest', () => {
    const { shown, found } = flatten([n('x', 'Placeholder'), n('y', 'Neg', ['x']), n('z', 'Exp', ['x'])].join(' '), [
      'y',
    ])
    expect(shown).toEqual({ x: 'Placeholder()', y: 'Neg(x)' })
    expect(found).toEqual(['y'])
  })

  it('puts the bodies of calls, also nested ones and calls by name, in their place', () => {
    const inner = `${args('inner', ['a'], ['r', 's'])} ${f('half', 'Half', ['a'])} ${ret('r', 'half:y:0')} ${ret('s', 'a')}`
    const outer = `${args('outer', ['v', 'w'], ['p'])} ${f('c', 'inner', ['w'])} ${f('sum', 'Add', ['c:r:0', 'c:s:0'])} ${f('m', 'Mul', ['sum:z:0', 'v'])} ${ret('p', 'm:z:0')}`
    const { shown, found } = flatten(
      [
        n('x', 'Placeholder'),
        n('k', 'Const'),
        n('call', 'StatefulPartitionedCall', ['k', 'x'], calls('outer')),
        n('y', 'Identity', ['call']),
        library(inner, outer),
      ].join(' '),
      ['y'],
    )
    expect(shown).toEqual({
      x: 'Placeholder()',
      k: 'Const()',
      'call/c/half': 'Half(x)',
      'call/sum': 'Add(call/c/half, x)',
      'call/m': 'Mul(call/sum, k)',
      y: 'Identity(call/m)',
    })
    expect(found).toEqual(['y'])
  })

  it('cuts where a tensor is fed, whatever makes it', () => {
    const text = [n('raw', 'DecodeRaw'), n('top', 'TopKV2', ['raw']), n('y', 'Add', ['top:1', 'top'])].join(' ')
    expect(flatten(text, ['y'], { 'top:1': 'top:1' }).shown).toMatchObject({ y: 'Add(top:1, top)' })
    expect(flatten(text, ['y', 'top'], { 'top:1': 'fed', top: 'fed too' }).shown).toEqual({ y: 'Add(fed, fed too)' })
  })

  it('runs effects of calls in the order that control inputs say', () => {
    const count = `${args('count', ['h'], ['r'])} ${f('add', 'AssignAddVariableOp', ['h', 'h'])} ${f('read', 'ReadVariableOp', ['h', '^add'])} ${ret('r', 'read:value:0')} control_ret { key: "e" value: "add" }`
    const text = [
      n('v', 'VarHandleOp'),
      n('one', 'StatefulPartitionedCall', ['v'], calls('count')),
      n('two', 'StatefulPartitionedCall', ['v', '^one'], calls('count')),
      library(count),
    ].join(' ')
    const { shown, graph } = flatten(text, ['two'])
    expect(graph.effects).toEqual(['one/^out', 'two/^out'])
    expect(shown).toMatchObject({
      'two/add': 'AssignAddVariableOp(v, v, ^two/^in)',
      'two/^in': 'NoOp(^one/^out)',
      'one/^out': 'NoOp(^one/add)',
      'two/read': 'ReadVariableOp(v, ^two/add, ^two/^in)',
    })
  })

  it('leaves nothing of assertions but their place', () => {
    const { shown } = flatten(
      [
        n('x', 'Placeholder'),
        n('bad', 'Odd', ['x']),
        n('check', 'Assert', ['bad']),
        n('y', 'Neg', ['x', '^check']),
      ].join(' '),
      ['y'],
    )
    expect(shown).toEqual({ x: 'Placeholder()', check: 'Assert()', y: 'Neg(x, ^check)' })
  })

  it('gives loops and branches their own functions, with variables as they are outside', () => {
    const cond = `signature { name: "cond" input_arg { name: "i" type: DT_INT32 } input_arg { name: "v" type: DT_RESOURCE } output_arg { name: "r" type: DT_BOOL } } ${f('less', 'Less', ['i', 'i'])} ${ret('r', 'less:z:0')}`
    const body = `signature { name: "body" input_arg { name: "i" type: DT_INT32 } input_arg { name: "v" type: DT_RESOURCE } output_arg { name: "o" type: DT_INT32 } output_arg { name: "w" type: DT_RESOURCE } } ${f('read', 'ReadVariableOp', ['v'])} ${f('add', 'Add', ['i', 'read:value:0'])} ${ret('o', 'add:z:0')} ${ret('w', 'v')}`
    const types = 'attr { key: "T" value { list { type: DT_RESOURCE type: DT_INT32 } } }'
    const order = (text: string) =>
      text
        .replace(/(input_arg \{ name: "i"[^}]*\}) (input_arg \{ name: "v"[^}]*\})/, '$2 $1')
        .replace(/(output_arg \{ name: "o"[^}]*\}) (output_arg \{ name: "w"[^}]*\})/, '$2 $1')
    const text = [
      n('v', 'VarHandleOp'),
      n('zero', 'Const'),
      n('loop', 'While', ['v', 'zero'], calls('cond', 'cond') + calls('body', 'body') + types),
      n('y', 'Neg', ['loop:1']),
      n('again', 'ReadVariableOp', ['loop']),
      library(order(cond), order(body)),
    ].join(' ')
    const { graph, shown } = flatten(text, ['y', 'again'])
    expect(shown).toMatchObject({ loop: 'While(zero)', y: 'Neg(loop)', again: 'ReadVariableOp(v)' })
    const bodies = graph.nodes.get('loop')?.bodies ?? []
    expect(bodies.map(({ name }) => name)).toEqual(['cond@loop', 'body@loop'])
    expect(nodesOf(bodies[1]?.graph.nodes ?? new Map())).toEqual({
      i: '_Arg()',
      add: 'Add(i, read)',
      read: 'ReadVariableOp(v)',
      v: 'VarHandleOp()',
    })
    expect(bodies[1]?.results.map(endpointText)).toEqual(['add'])
    expect(graph.nodes.get('loop')?.attributes.get('T')).toMatchObject({ dtypes: ['int32'] })
  })

  it('refuses functions that call themselves, or that are not there', () => {
    const itself = `${args('f', ['a'], ['r'])} ${f('c', 'f', ['a'])} ${ret('r', 'c:r:0')}`
    expect(() => flatten([n('x', 'X'), n('y', 'f', ['x']), library(itself)].join(' '), ['y'])).toThrow(
      'uses calls more than 60 deep',
    )
    expect(() => flatten([n('y', 'PartitionedCall', [], calls('g'))].join(' '), ['y'])).toThrow(
      'node "y" (PartitionedCall): it names the function "g", which is not there',
    )
  })

  it('refuses what multiplies without end, and inputs that lead nowhere', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) =>
        `${args(`f${i}`, ['a'], ['r'])} ${f('c', `f${i + 1}`, ['a'])} ${f('d', `f${i + 1}`, ['a'])} ${f('s', 'Add', ['c:r:0', 'd:r:0'])} ${ret('r', 's:z:0')}`,
    )
    const last = `${args('f30', ['a'], ['r'])} ${f('n', 'Neg', ['a'])} ${ret('r', 'n:y:0')}`
    expect(() =>
      flatten([n('x', 'X'), n('y', 'f0', ['x']), library(...levels, last)].join(' '), ['y'], {}, 5000),
    ).toThrow('m: the graph with its functions inlined exceeds the limit of 500000 nodes')
    expect(() => flatten(n('y', 'Neg', ['z:1']), ['y'])).toThrow('node "y" (Neg): its input "z:1" is no node')
    expect(() => flatten(n('y', 'Neg', ['^z']), ['y'])).toThrow('its control input "z" is no node')
    const same = `${args('same', ['a'], ['r'])} ${ret('r', 'a')}`
    expect(() => flatten([n('y', 'same', ['y']), library(same)].join(' '), ['y'])).toThrow(
      'its input depends on itself',
    )
  })
})
