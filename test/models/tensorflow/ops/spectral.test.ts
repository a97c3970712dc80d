import { describe, expect, test } from 'vitest'
import { spectralOperators } from '../../../../src/models/tensorflow/ops/spectral.ts'
import { translateProgram } from '../../../../src/models/tensorflow/translate.ts'
import type { Tensor } from '../../../../src/schema/tensor.ts'
import { goldenCases, programOf, testOperators } from '../../../support/tensorflow-operators.ts'

// TensorFlow computes in 32 bits, and values are up to 100.
testOperators('spectral', /./, [], 2e-5)

const run = (op: string, shape: readonly number[], length: number): readonly Tensor[] => {
  const x = { dtype: 'float32' as const, shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }
  const count = { dtype: 'int32' as const, shape: [1], data: Int32Array.of(length) }
  return spectralOperators[op]?.evaluate?.({ name: 'n', op, attributes: new Map() }, [x, count]) ?? []
}

describe('Fourier transforms', () => {
  test('of too few numbers, of no length and of too many numbers are refused', () => {
    expect(() => run('RFFT', [2, 3], 4)).toThrow('its input has 3 numbers, fewer than its length 4')
    expect(() => run('IRFFT', [2, 3, 2], 6)).toThrow('its input has 3 numbers, length 6 needs 4')
    for (const length of [0, -1]) expect(() => run('RFFT', [2, 3], length)).toThrow(`its length is ${length}`)
    expect(() => run('RFFT', [0, 2 ** 30], 2 ** 30)).toThrow('transforms of length 1073741824')
    expect(() => run('RFFT', [2 ** 10, 1], 2 ** 20)).toThrow('are more than 4194304 numbers')
  })

  test('of no rows are no rows', () => {
    expect(run('RFFT', [0, 8], 8)[0]?.shape).toEqual([0, 5, 2])
    expect(run('IRFFT', [0, 5, 2], 8)[0]?.shape).toEqual([0, 8])
    expect(run('FFT', [0, 8, 2], 0)[0]?.shape).toEqual([0, 8, 2])
  })

  test('of constants are left to the run, since their parts are no tensor of TensorFlow', () => {
    const golden = goldenCases('spectral').find(({ name }) => name === 'RFFT-16')
    if (!golden) throw new Error('there is no case RFFT-16')
    const program = programOf(golden)
    const nodes = new Map(program.graph.nodes)
    const [port] = program.signature.inputs
    const input = nodes.get(port?.key ?? '')
    if (!input) throw new Error('there is no input')
    const data = new Float32Array(96).fill(1)
    const value = { kind: 'tensor' as const, value: { dtype: 'float32' as const, shape: [2, 3, 16], size: 96, data } }
    const attributes = new Map([['value', value]])
    nodes.set(input.name, { ...input, op: 'Const', attributes })
    const constant = {
      ...program,
      signature: { ...program.signature, inputs: [] },
      graph: {
        ...program.graph,
        nodes: new Map([...nodes].sort((a, b) => Number(b[0] === input.name) - Number(a[0] === input.name))),
      },
    }
    const ops = translateProgram(constant, 'm').steps.map((step) => (step.kind === 'graph' ? 'graph' : step.node.op))
    expect(ops).toContain('RFFT')
  })
})
