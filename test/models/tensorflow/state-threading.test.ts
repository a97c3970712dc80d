import { describe, expect, it } from 'vitest'
import type { FlatGraph } from '../../../src/models/tensorflow/flatten.ts'
import { endpointText } from '../../../src/models/tensorflow/graph.ts'
import { readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { nodeOrder } from '../../../src/models/tensorflow/node-order.ts'
import { assignedVariables, threadState } from '../../../src/models/tensorflow/state-threading.ts'
import { n } from '../../support/tensorflow-model.ts'

const graph = (...nodes: string[]): FlatGraph => ({
  nodes: new Map(readGraph(readText(graphType, nodes.join(' ')), 'm').nodes),
  effects: [],
})

function thread(target: string, ...nodes: string[]) {
  const flat = graph(...nodes)
  const threaded = threadState(flat, nodeOrder(flat, [target]) ?? [], new Map([['v', { node: 'before', output: 0 }]]))
  return {
    aliases: Object.fromEntries([...threaded.aliases].map(([from, to]) => [from, endpointText(to)])),
    inputs: Object.fromEntries([...threaded.inputs].map(([name, list]) => [name, list.map(endpointText)])),
    added: threaded.added.map(({ name, op, inputs }) => `${name} = ${op}(${inputs.map(endpointText).join(', ')})`),
    last: endpointText(threaded.last.get('v') ?? { node: '', output: 0 }),
  }
}

describe('state', () => {
  it('goes from an assignment to the reads that wait for it', () => {
    const nodes = [
      n('v', 'VarHandleOp'),
      n('d', 'Placeholder'),
      n('early', 'ReadVariableOp', ['v']),
      n('add', 'AssignAddVariableOp', ['v', 'd', '^early']),
      n('late', 'ReadVariableOp', ['v', '^add']),
      n('set', 'AssignVariableOp', ['v', 'd', '^late']),
      n('y', 'Add', ['early', 'late', '^set']),
    ]
    expect(thread('y', ...nodes)).toEqual({
      aliases: { early: 'before', late: 'add^value' },
      inputs: {},
      added: ['add^value = AddV2(before, d)'],
      last: 'd',
    })
  })

  it('is what a reference stands for when a node reads it', () => {
    const nodes = [
      n('v', 'VariableV2'),
      n('one', 'Const'),
      n('was', 'Identity', ['v']),
      n('sub', 'AssignSub', ['v', 'one', '^was']),
      n('y', 'Mul', ['was', 'sub']),
    ]
    expect(thread('y', ...nodes)).toMatchObject({
      inputs: { was: ['before'], y: ['was', 'sub^value'] },
      added: ['sub^value = Sub(before, one)'],
      last: 'sub^value',
    })
  })

  it('names the variables that are assigned, and refuses other changes', () => {
    expect([
      ...assignedVariables(
        graph(n('v', 'VariableV2'), n('a', 'Assign', ['v', 'v']), n('b', 'AssignAdd', ['a', 'v'])),
        'm',
      ),
    ]).toEqual(['v'])
    expect(() => assignedVariables(graph(n('v', 'VarHandleOp'), n('step', 'ResourceApplyAdam', ['v'])), 'm')).toThrow(
      'm: node "step" (ResourceApplyAdam) uses the operator ResourceApplyAdam, which changes the model',
    )
    expect(() => assignedVariables(graph(n('v', 'Placeholder'), n('a', 'AssignVariableOp', ['v', 'v'])), 'm')).toThrow(
      'an assignment to what is no variable',
    )
  })
})
