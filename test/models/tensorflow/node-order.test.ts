import { describe, expect, it } from 'vitest'
import type { FlatGraph } from '../../../src/models/tensorflow/flatten.ts'
import { readGraph } from '../../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { nodeOrder } from '../../../src/models/tensorflow/node-order.ts'
import { n } from '../../support/tensorflow-model.ts'

const graph = (...nodes: string[]): FlatGraph => ({
  nodes: new Map(readGraph(readText(graphType, nodes.join('\n')), 'm').nodes),
  effects: [],
})

describe('the order of nodes', () => {
  it('has each node after what it needs, and none that is not needed', () => {
    expect(
      nodeOrder(graph(n('c', 'Add', ['a', 'b', '^d']), n('b', 'Neg', ['a']), n('a', 'X'), n('d', 'X'), n('e', 'X')), [
        'c',
      ]),
    ).toEqual(['d', 'a', 'b', 'c'])
  })

  it('cuts loops where the next iteration comes in', () => {
    const loop = graph(
      n('i', 'Enter'),
      n('m', 'Merge', ['i', 'next']),
      n('s', 'Switch', ['m', 'm']),
      n('next', 'NextIteration', ['s:1']),
      n('exit', 'Exit', ['s']),
    )
    expect(nodeOrder(loop, ['exit'])).toEqual(['i', 'm', 's', 'exit', 'next'])
  })

  it('is none for another circle', () => {
    expect(nodeOrder(graph(n('a', 'X', ['b']), n('b', 'X', ['a'])), ['a'])).toBeNull()
  })

  it('takes chains of any length', () => {
    const chain = Array.from({ length: 50_000 }, (_, i) => n(`n${i}`, 'X', i === 0 ? [] : [`n${i - 1}`]))
    expect(nodeOrder(graph(...chain), ['n49999'])).toHaveLength(50_000)
  })
})
