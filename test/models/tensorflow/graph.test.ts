import { expect, it } from 'vitest'
import { endpointText } from '../../../src/models/tensorflow/graph.ts'

it('names the first output of a node by the node alone', () => {
  expect(endpointText({ node: 'split', output: 0 })).toBe('split')
  expect(endpointText({ node: 'split', output: 2 })).toBe('split:2')
})
