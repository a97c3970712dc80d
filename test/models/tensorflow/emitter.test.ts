import { expect, test } from 'vitest'
import { readModelProto } from '../../../src/models/onnx-graph/read-model.ts'
import { translateProgram } from '../../../src/models/tensorflow/translate.ts'
import { goldenCases, programOf } from '../../support/tensorflow-operators.ts'

const nodesOf = (group: string, name: string) => {
  const golden = goldenCases(group).find((one) => one.name === name)
  if (!golden) throw new Error(`there is no case ${name}`)
  const [step] = translateProgram(programOf(golden), name).steps
  if (step?.kind !== 'graph') throw new Error('no graph')
  return readModelProto(step.model, name).graph.nodes.map(({ op }) => op)
}

test('a chain of convolutions moves channels once', () => {
  const nodes = nodesOf('nn', 'chain')
  expect(nodes.filter((op) => op === 'Conv')).toHaveLength(2)
  expect(nodes.filter((op) => op === 'Transpose')).toHaveLength(1)
})

test('shape arithmetic is done at load where only the batch is open', () => {
  expect(nodesOf('nn', 'tensordot').filter((op) => !/^(Reshape|Transpose|MatMul)$/.test(op))).toStrictEqual([])
})
