import { expect, test } from 'vitest'
import { translateProgram } from '../../../src/models/tensorflow/translate.ts'
import { goldenCases, programOf } from '../../support/tensorflow-operators.ts'

const stepsOf = (group: string, name: string) => {
  const golden = goldenCases(group).find((one) => one.name === name)
  if (!golden) throw new Error(`there is no case ${name}`)
  return translateProgram(programOf(golden), name).steps.map((step) => (step.kind === 'graph' ? 'graph' : step.node.op))
}

test('numbers are one graph', () => {
  expect(stepsOf('nn', 'chain')).toStrictEqual(['graph'])
})

test('text is kernels alone, and arithmetic between kernels is not cut into graphs', () => {
  expect(stepsOf('text', 'StringLower-Upper')).not.toContain('graph')
  const steps = stepsOf('text', 'split-to-dense')
  expect(steps.filter((step) => step === 'graph').length).toBeLessThanOrEqual(1)
})
