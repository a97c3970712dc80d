import { describe, expect, it } from 'vitest'
import type { TfAttribute, TfNode } from '../../../src/models/tensorflow/graph.ts'
import {
  boolOf,
  dtypeOf,
  dtypesOf,
  floatOf,
  floatsOf,
  functionOf,
  functionsOf,
  intOf,
  intsOf,
  NodeFault,
  shapeOf,
  shapesOf,
  tensorOf,
  textOf,
  textsOf,
} from '../../../src/models/tensorflow/node-attributes.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const list = { bytes: [], ints: [], floats: [], bools: [], dtypes: [], shapes: [], tensors: [], functions: [] }
const body = { name: 'body', attributes: new Map() }
const tensor = { dtype: 'int32', shape: [1], size: 1, data: Int32Array.of(7) } as const

const attributes: Record<string, TfAttribute> = {
  padding: { kind: 'bytes', value: bytes('SAME') },
  axis: { kind: 'int', value: -1n },
  huge: { kind: 'int', value: 2n ** 62n },
  epsilon: { kind: 'float', value: 0.5 },
  transpose: { kind: 'bool', value: false },
  T: { kind: 'dtype', value: 'int64', isReference: false },
  shape: { kind: 'shape', value: [null, 2] },
  value: { kind: 'tensor', value: tensor },
  branch: { kind: 'function', value: body },
  many: {
    kind: 'list',
    ...list,
    ints: [1n, 2n],
    floats: [0.5],
    bytes: [bytes('a')],
    dtypes: ['string'],
    shapes: [[1]],
    functions: [body],
  },
  none: { kind: 'list', ...list, dtypes: [null] },
}
const node: TfNode = {
  name: 'conv',
  op: 'Conv2D',
  inputs: [],
  controls: [],
  attributes: new Map(Object.entries(attributes)),
  device: '',
}

describe('attributes of a node', () => {
  it('are read by type', () => {
    expect(textOf(node, 'padding')).toBe('SAME')
    expect(intOf(node, 'axis')).toBe(-1)
    expect(floatOf(node, 'epsilon')).toBe(0.5)
    expect(boolOf(node, 'transpose', true)).toBe(false)
    expect(dtypeOf(node, 'T')).toBe('int64')
    expect(shapeOf(node, 'shape')).toEqual([null, 2])
    expect(tensorOf(node, 'value')).toBe(tensor)
    expect(functionOf(node, 'branch')).toBe(body)
    expect(intsOf(node, 'many')).toEqual([1, 2])
    expect(floatsOf(node, 'many')).toEqual([0.5])
    expect(textsOf(node, 'many')).toEqual(['a'])
    expect(dtypesOf(node, 'many')).toEqual(['string'])
    expect(shapesOf(node, 'many')).toEqual([[1]])
    expect(functionsOf(node, 'many')).toEqual([body])
  })

  it('take the default of the operator where they are absent, and are a fault without one', () => {
    expect(intOf(node, 'dilation', 1)).toBe(1)
    expect(textsOf(node, 'names', [])).toEqual([])
    expect(shapeOf(node, 'absent')).toBeNull()
    expect(() => intOf(node, 'dilation')).toThrow(new NodeFault(node, 'its attribute "dilation" is missing'))
  })

  it('are a fault when they are of another kind, do not fit or name no type', () => {
    expect(() => intOf(node, 'padding')).toThrow('its attribute "padding" is of the kind bytes, expected int')
    expect(() => intOf(node, 'huge')).toThrow(`its attribute "huge" is ${2n ** 62n}, too large`)
    expect(() => dtypesOf(node, 'none')).toThrow('its attribute "none" is missing')
  })

  it('name the node and its operator in a fault', () => {
    const fault = new NodeFault(node, 'x')
    expect([fault.node, fault.op]).toEqual(['conv', 'Conv2D'])
  })
})
