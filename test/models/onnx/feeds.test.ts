import { describe, expect, test } from 'vitest'
import type { InputEdge } from '../../../src/models/onnx/edges.ts'
import { openInputs, openOutputs } from '../../../src/models/onnx/feeds.ts'
import { floats } from './models.ts'

const edge = (more: Partial<InputEdge> = {}): InputEdge => ({
  name: 'x',
  dtype: 'float32',
  shape: [null],
  from: 'x',
  isOfVectors: false,
  ...more,
})
const parts = { elements: 'e', shapes: 'd', ranks: 'r' }

describe('openInputs', () => {
  test('tensors are passed on, not copied', () => {
    const x = floats([2], 1, 2)
    expect(openInputs([edge()])({ x })['x']).toBe(x)
  })

  test('16-bit floats become 32-bit floats where these are fed', () => {
    const x = { dtype: 'float16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x7c00) } as const
    expect(openInputs([edge({ from: 'x_float32' })])({ x })).toEqual({
      x_float32: floats([3], 1, -2, Number.POSITIVE_INFINITY),
    })
  })

  test('other tensors are fed as they are, also under another name', () => {
    const x = floats([2], 1, 2)
    expect(openInputs([edge({ from: 'x_float32' })])({ x })['x_float32']).toBe(x)
  })

  test('sequences are joined, tensors of several ranks and none', () => {
    const feeds = openInputs([edge({ from: parts })])
    const data = [floats([2, 1], 1, 2), floats([], 3), floats([0])]
    expect(feeds({ x: { type: 'sequence', data } })).toEqual({
      e: floats([3], 1, 2, 3),
      d: { dtype: 'int64', shape: [3], data: BigInt64Array.of(2n, 1n, 0n) },
      r: { dtype: 'int64', shape: [3], data: BigInt64Array.of(2n, 0n, 1n) },
    })
    const text = openInputs([edge({ dtype: 'string', from: parts })])
    expect(text({ x: { type: 'sequence', data: [{ dtype: 'string', shape: [1], data: ['a'] }] } })['e']?.data).toEqual([
      'a',
    ])
  })

  test.each<[string, () => unknown, string]>([
    ['a missing input', () => openInputs([edge()])({}), 'input "x" is missing'],
    [
      'one that the model does not have',
      () => openInputs([edge()])({ x: floats([]), y: floats([]) }),
      'input "y" is not an input of the model',
    ],
    [
      'a sequence for a tensor',
      () => openInputs([edge()])({ x: { type: 'sequence', data: [] } }),
      'input "x" is a sequence, expected a tensor',
    ],
    [
      'a tensor for a sequence',
      () => openInputs([edge({ from: parts })])({ x: floats([]) }),
      'input "x" is a tensor, expected a sequence',
    ],
    [
      'a sequence of another dtype',
      () => openInputs([edge({ dtype: 'int64', from: parts })])({ x: { type: 'sequence', data: [floats([1], 1)] } }),
      'input "x[0]" is of float32, expected int64',
    ],
    [
      'matrices where only vectors go',
      () =>
        openInputs([edge({ from: parts, isOfVectors: true })])({ x: { type: 'sequence', data: [floats([1, 1], 1)] } }),
      'input "x[0]" has not one dimension',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

describe('openOutputs', () => {
  test('outputs that are tensors already are passed on', () => {
    const outputs = { y: floats([1], 1) }
    expect(openOutputs([{ kind: 'tensor', name: 'y', from: 'y', dtype: 'float32', shape: null }])(outputs)).toBe(
      outputs,
    )
  })

  test('rows of numbers become maps by label', () => {
    const open = openOutputs([{ kind: 'maps', name: 'y', labels: ['a', 'b'], from: 'p' }])
    const maps = {
      type: 'sequence',
      data: [
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
        new Map([
          ['a', 3],
          ['b', 4],
        ]),
      ],
    }
    expect(open({ p: floats([2, 2], 1, 2, 3, 4) })).toEqual({ y: maps })
    expect(open({ p: floats([2], 1, 2) })['y']).toEqual({ type: 'sequence', data: maps.data.slice(0, 1) })
    expect(() => open({ p: floats([1, 3], 1, 2, 3) })).toThrow('output "y" has 2 labels and 3 numbers per row')
  })

  test('sequences are taken apart as they were joined', () => {
    const x = { type: 'sequence', data: [floats([2, 1], 1, 2), floats([], 3), floats([0])] } as const
    const open = openOutputs([{ kind: 'sequence', name: 'x', dtype: 'float32', from: parts, isFixed: false }])
    expect(open(openInputs([edge({ from: parts })])({ x }))).toEqual({ x })
  })
})
