import { describe, expect, test } from 'vitest'
import { operators } from '../../../../src/models/tensorflow/ops/registry.ts'
import { tfjsOperators } from '../../../../src/models/tensorflow/ops/tfjs.ts'
import { Pipeline } from '../../../../src/models/tensorflow/pipeline.ts'
import { loadTfjs } from '../../../../src/models/tensorflow/tfjs-runtime.ts'
import { translateProgram } from '../../../../src/models/tensorflow/translate.ts'
import type { Step } from '../../../../src/models/tensorflow/translation.ts'
import type { Tensor } from '../../../../src/schema/tensor.ts'
import { differenceOf, goldenCases, programOf, tensorOf } from '../../../support/tensorflow-operators.ts'

const cases = goldenCases('tfjs')

const golden = (name: string) => {
  const found = cases.find((one) => one.name === name)
  if (!found) throw new Error(`there is no case ${name}`)
  return found
}

const operatorsOf = (steps: readonly Step[]): string[] =>
  steps.flatMap((step) => {
    if (step.kind === 'graph') return []
    return step.kind === 'kernel' ? [step.node.op] : step.bodies.flatMap((body) => operatorsOf(body.steps))
  })

describe('operators that tfjs runs', () => {
  test.each(cases)('$name gives what TensorFlow gives', async (one) => {
    let used: string[] = []
    const check = ({ steps }: { steps: readonly Step[] }) => {
      used = operatorsOf(steps)
    }
    expect(await differenceOf(one, check)).toBeNull()
    expect(used.some((op) => tfjsOperators.has(op))).toBe(true)
  })

  test('each has a case, and no translation', () => {
    const tested = new Set(cases.flatMap((one) => operatorsOf(translateProgram(programOf(one), one.name).steps)))
    expect([...tfjsOperators.keys()].filter((op) => !tested.has(op))).toEqual([])
    expect([...tfjsOperators.keys()].filter((op) => operators.has(op))).toEqual([])
  })

  test('leave nothing behind in tfjs', async () => {
    const tfjs = await loadTfjs('m')
    const before = tfjs.memory().numTensors
    for (const one of cases) await differenceOf(one, () => {}, 1)
    expect(tfjs.memory().numTensors).toBe(before)
  })
})

describe('what tfjs computes otherwise than TensorFlow is an error of the run', () => {
  const run = async (name: string, inputs: Record<string, Tensor>) => {
    const pipeline = await Pipeline.open(translateProgram(programOf(golden(name)), name), {}, name)
    try {
      return pipeline.run(inputs, new Map())
    } finally {
      pipeline.release()
    }
  }
  const image = (fill: number) => tensorOf('x', { dtype: 'float32', shape: [1, 7, 6, 3], data: Array(126).fill(fill) })

  test('a maximum of NaN', async () => {
    await expect(run('MaxPoolWithArgmax-SAME', { x: image(Number.NaN) })).rejects.toThrow(
      /node "MaxPoolWithArgmax\w*" \(MaxPoolWithArgmax\): a number is not finite/,
    )
  })

  test('a dilation of NaN or of numbers that tfjs starts from', async () => {
    for (const fill of [Number.NaN, -1e30])
      await expect(run('Dilation2D-SAME', { x: image(fill) })).rejects.toThrow('NaN or numbers below -9e15 only')
  })

  test('counts of negative values', async () => {
    const x = tensorOf('x', { dtype: 'int32', shape: [9], data: [-1, 0, 1, 1, 1, 1, 1, 1, 1] })
    await expect(run('Bincount-counts', { x })).rejects.toThrow('a value is negative')
  })
})

describe('inputs that tfjs is not given are refused by node and operator', () => {
  const cumprod = golden('Cumprod-odd')

  test('64-bit floats', () => {
    const program = programOf(cumprod)
    const inputs = program.signature.inputs.map((port) => ({ ...port, dtype: 'float64' as const }))
    const wide = { ...program, signature: { ...program.signature, inputs } }
    expect(() => translateProgram(wide, 'm')).toThrow(/node "\w+" \(Cumprod\) uses inputs of float64/)
  })

  test('complex numbers in operators that have a translation', () => {
    const program = programOf(golden('complex'))
    const nodes = new Map(program.graph.nodes)
    for (const [name, node] of nodes) if (node.op === 'Real') nodes.set(name, { ...node, op: 'Neg' })
    expect(() => translateProgram({ ...program, graph: { ...program.graph, nodes } }, 'm')).toThrow(
      'uses inputs of complex64',
    )
  })

  test('windows across channels', () => {
    const program = programOf(golden('Dilation2D-VALID'))
    const nodes = new Map(program.graph.nodes)
    for (const [name, node] of nodes) {
      const rates = node.attributes.get('rates')
      if (rates?.kind !== 'list') continue
      const attributes = new Map([...node.attributes, ['rates', { ...rates, ints: [1n, 1n, 1n, 2n] }] as const])
      nodes.set(name, { ...node, attributes })
    }
    expect(() => translateProgram({ ...program, graph: { ...program.graph, nodes } }, 'm')).toThrow(
      /\(Dilation2D\) uses rates of 1, 1, 1, 2/,
    )
  })
})
