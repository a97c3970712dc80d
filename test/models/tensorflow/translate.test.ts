import { expect, test } from 'vitest'
import type { TfProgram } from '../../../src/models/tensorflow/graph.ts'
import { translateProgram } from '../../../src/models/tensorflow/translate.ts'
import { goldenCases, programOf } from '../../support/tensorflow-operators.ts'

const golden = goldenCases('math').find(({ name }) => name === 'Tanh')

test('an operator that has no translation is named with its node', () => {
  const program = programOf(golden as NonNullable<typeof golden>)
  const nodes = new Map(
    [...program.graph.nodes].map(([name, node]) => [name, node.op === 'Tanh' ? { ...node, op: 'Fancy' } : node]),
  )
  const changed: TfProgram = { ...program, graph: { ...program.graph, nodes } }
  expect(() => translateProgram(changed, 'model.pb')).toThrow(
    'model.pb: node "Tanh" (Fancy) uses the operator Fancy, which is not supported',
  )
})

test('random operators say why they are refused', () => {
  const program = programOf(golden as NonNullable<typeof golden>)
  const nodes = new Map(
    [...program.graph.nodes].map(([name, node]) => [
      name,
      node.op === 'Tanh' ? { ...node, op: 'RandomUniform' } : node,
    ]),
  )
  expect(() => translateProgram({ ...program, graph: { ...program.graph, nodes } }, 'm')).toThrow('random')
})

test('translations are plain data', () => {
  const translation = translateProgram(programOf(golden as NonNullable<typeof golden>), 'm')
  expect(structuredClone(translation)).toStrictEqual(translation)
})
