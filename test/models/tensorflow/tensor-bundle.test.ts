import { describe, expect, it } from 'vitest'
import { objectGraphType } from '../../../src/models/tensorflow/saved-model-messages.ts'
import { boxOf, forEachRow, TensorBundle } from '../../../src/models/tensorflow/tensor-bundle.ts'
import { type BundleTensor, writeBundle } from '../../support/tensorflow-bundle.ts'
import { writeBinary } from '../../support/tensorflow-message.ts'

const prefix = 'variables/variables'
const open = (files: Record<string, Uint8Array>) => new TensorBundle(prefix, (path) => files[path] ?? null, 'm')
const bundle = (tensors: Record<string, BundleTensor>) => open(writeBundle(tensors))

const weights: BundleTensor = { dtype: 'DT_FLOAT', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }

describe('a checkpoint', () => {
  it('gives tensors of numbers and of text by their keys', () => {
    const read = bundle({
      'dense/kernel': weights,
      step: { dtype: 'DT_INT64', shape: [], data: BigInt64Array.of(7n) },
      flags: { dtype: 'DT_BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
      größe: { dtype: 'DT_STRING', shape: [3], data: ['a', '', 'é'] },
    })
    expect(read.keys().sort()).toEqual(['dense/kernel', 'flags', 'größe', 'step'])
    expect(read.tensor('dense/kernel')).toMatchObject({ dtype: 'float32', shape: [2, 3], size: 6, data: weights.data })
    expect(read.tensor('step')).toMatchObject({ dtype: 'int64', shape: [], data: BigInt64Array.of(7n) })
    expect(read.tensor('flags').data).toEqual(Uint8Array.of(1, 0, 1))
    expect((read.tensor('größe').data as Uint8Array[]).map(String)).toEqual(
      ['a', '', 'é'].map((text) => String(Buffer.from(text))),
    )
    expect([read.has('step'), read.has('stop')]).toEqual([true, false])
  })

  it('joins the slices of a partitioned variable', () => {
    const read = bundle({
      big: {
        dtype: 'DT_INT32',
        shape: [3, 4],
        data: [],
        parts: [
          { slice: { starts: [0, 0], lengths: [2, -1] }, data: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
          { slice: { starts: [2, 0], lengths: [1, 1] }, data: Int32Array.of(9) },
          { slice: { starts: [2, 1], lengths: [1, 3] }, data: Int32Array.of(10, 11, 12) },
        ],
      },
    })
    expect(read.tensor('big')).toMatchObject({
      shape: [3, 4],
      data: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
    })
    expect(read.keys()).toEqual(['big'])
  })

  it('finds keys by the names of variables in its object graph', () => {
    const attributes = [
      { name: 'VARIABLE_VALUE', full_name: 'dense/kernel', checkpoint_key: 'layer/kernel/.ATTRIBUTES/VARIABLE_VALUE' },
    ]
    const graph = Buffer.from(writeBinary(objectGraphType, { nodes: [{ attributes: [] }, { attributes }] })).toString(
      'latin1',
    )
    const read = bundle({ _CHECKPOINTABLE_OBJECT_GRAPH: { dtype: 'DT_STRING', shape: [], data: [graph] } })
    expect(read.keyOfVariable('dense/kernel')).toBe('layer/kernel/.ATTRIBUTES/VARIABLE_VALUE')
    expect(read.keyOfVariable('dense/bias')).toBeNull()
  })

  it('tells which tensor is damaged', () => {
    const files = writeBundle({ a: weights, t: { dtype: 'DT_STRING', shape: [2], data: ['ab', 'c'] } })
    const values = files[`${prefix}.data-00000-of-00001`] as Uint8Array
    const damaged = (at: number) => {
      const copy = Buffer.from(values)
      copy[at] = (copy[at] as number) ^ 1
      return open({ ...files, [`${prefix}.data-00000-of-00001`]: copy })
    }
    expect(() => damaged(3).tensor('a')).toThrow(
      'm cannot be read as tensorflow: variables/variables, tensor "a": its checksum differs: the file is damaged',
    )
    expect(damaged(3).tensor('t').size).toBe(2)
    expect(() => damaged(values.length - 1).tensor('t')).toThrow('its checksum differs')
    expect(() => damaged(25).tensor('t')).toThrow(/the checksum of its lengths differs|do not hold 2 texts/)
  })

  it('tells what is missing', () => {
    const files = writeBundle({ a: weights })
    expect(() => open(files).tensor('b')).toThrow('variables/variables.index: it has no tensor "b"')
    expect(() => open({})).toThrow('variables/variables.index: the model has variables and this file is missing')
    const { [`${prefix}.index`]: index } = files
    expect(() => open({ [`${prefix}.index`]: index as Uint8Array }).tensor('a')).toThrow(
      'its values are in variables/variables.data-00000-of-00001, which is missing',
    )
    const cut = { ...files, [`${prefix}.data-00000-of-00001`]: new Uint8Array(23) }
    expect(() => open(cut).tensor('a')).toThrow('its values are bytes 0 to 24 of a file of 23')
    const sizes = bundle({ a: { ...weights, shape: [2, 4] } })
    expect(() => sizes.tensor('a')).toThrow('it has 24 bytes, expected 32 for 8 elements of float32')
  })

  it('refuses slices that leave a hole', () => {
    const read = bundle({
      big: {
        dtype: 'DT_INT32',
        shape: [4],
        data: [],
        parts: [{ slice: { starts: [0], lengths: [3] }, data: Int32Array.of(1, 2, 3) }],
      },
    })
    expect(() => read.tensor('big')).toThrow('its slices have 3 elements, expected 4')
  })
})

describe('boxes', () => {
  it('fill in whole extents, and are none when they lie outside', () => {
    expect(boxOf({ starts: [1, 0], lengths: [2, -1] }, [3, 4])?.lengths).toEqual([2, 4])
    expect(boxOf({ starts: [2], lengths: [2] }, [3])).toBeNull()
    expect(boxOf({ starts: [0], lengths: [1] }, [3, 4])).toBeNull()
  })

  it('are visited row by row', () => {
    const rows: number[][] = []
    forEachRow({ starts: [1, 0, 1], lengths: [1, 2, 2] }, [2, 2, 4], (...row) => rows.push(row))
    expect(rows).toEqual([
      [0, 9, 2],
      [2, 13, 2],
    ])
    const scalar: number[][] = []
    forEachRow({ starts: [], lengths: [] }, [], (...row) => scalar.push(row))
    expect(scalar).toEqual([[0, 0, 1]])
  })
})
