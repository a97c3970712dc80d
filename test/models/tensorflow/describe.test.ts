import { expect, it } from 'vitest'
import { describeTensorflow, factsOf } from '../../../src/models/tensorflow/describe.ts'
import { floats, n, opened, plainGraph, type } from '../../support/tensorflow-model.ts'

it('tells sizes, operators and signatures of a graph', () => {
  const text = [
    n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
    n('k', 'Const', [], floats(1, 2, 3)),
    n('y', 'Add', ['x', 'k'], type('T', 'DT_FLOAT')),
    n('z', 'Add', ['y', 'k'], type('T', 'DT_FLOAT')),
  ]
  const model = opened(plainGraph(`${text.join(' ')} versions { producer: 27 }`))
  const results = model.programs(new Set())
  const [only] = results
  if (!only || 'error' in only) throw new Error('a program is expected')
  expect(factsOf(model, only.program)).toEqual({ graphVersion: 27, nodes: 4, constants: 1, constantElements: 3 })
  const description = describeTensorflow(results, only.program, { inputs: [], outputs: [] })
  expect(description.parts).toEqual([{ depth: 0, name: 'graph', count: 1, detail: 'x float32 -> z float32' }])
  expect(Object.entries(description.elements)).toEqual([
    ['Add', 2],
    ['Const', 1],
    ['Placeholder', 1],
  ])
})
