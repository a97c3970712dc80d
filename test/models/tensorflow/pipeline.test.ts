import { expect, test } from 'vitest'
import { Pipeline } from '../../../src/models/tensorflow/pipeline.ts'
import { translateProgram } from '../../../src/models/tensorflow/translate.ts'
import { goldenCases, programOf, tensorOf } from '../../support/tensorflow-operators.ts'

const golden = (group: string, name: string) => {
  const found = goldenCases(group).find((one) => one.name === name)
  if (!found) throw new Error(`there is no case ${name}`)
  return found
}

test('inputs that are missing or of another type are an error of the run', async () => {
  const pipeline = await Pipeline.open(translateProgram(programOf(golden('math', 'Tanh')), 'm'), {}, 'm')
  expect(() => pipeline.run({}, new Map())).toThrow('input "x" is missing')
  const wrong = { dtype: 'int32' as const, shape: [1, 5], data: new Int32Array(5) }
  expect(() => pipeline.run({ x: wrong }, new Map())).toThrow('input "x" is of int32, expected float32')
  pipeline.release()
  pipeline.release()
})

test('what a kernel finds wrong names its node', async () => {
  const case_ = golden('text', 'StringToNumber')
  const pipeline = await Pipeline.open(translateProgram(programOf(case_), 'm'), {}, 'm')
  const text = { dtype: 'string' as const, shape: [1], data: ['x1'] }
  expect(() => pipeline.run({ t: text }, new Map())).toThrow(
    /node "StringToNumber\w*" \(StringToNumber\): "x1" is no number/,
  )
  pipeline.release()
})

test('variables are kept by who runs the pipeline', async () => {
  const program = programOf(golden('math', 'Add'))
  const [x, y] = program.signature.inputs
  if (!x || !y) throw new Error('two inputs expected')
  const [out] = program.signature.outputs
  const stateful = {
    ...program,
    signature: { ...program.signature, inputs: [x] },
    state: [
      { variable: 'total', dtype: y.dtype, shape: y.shape, input: y.endpoint, output: out?.endpoint ?? y.endpoint },
    ],
  }
  const pipeline = await Pipeline.open(translateProgram(stateful, 'm'), {}, 'm')
  const one = tensorOf('x', { dtype: 'float32', shape: [1, 5], data: [1, 1, 1, 1, 1] })
  const variables = new Map([['total', one]])
  pipeline.run({ x: one }, variables)
  pipeline.run({ x: one }, variables)
  expect(variables.get('total')?.data[0]).toBe(3)
  pipeline.release()
})
