import { describe, expect, it } from 'vitest'
import { isNumberDtype, tfDtypeNumbers, tfDtypeOf, widthOf } from '../../../src/models/tensorflow/tf-dtype.ts'

describe('types of TensorFlow', () => {
  it('reads a reference as the type that it refers to', () => {
    expect(tfDtypeOf(1)).toBe('float32')
    expect(tfDtypeOf(101)).toBe('float32')
  })

  it('knows no type for numbers outside the enum', () => {
    expect([0, 33, 100, 133, -1].map(tfDtypeOf)).toEqual([null, null, null, null, null])
  })

  it('has the spelling of text graphs for each type, references included', () => {
    expect(tfDtypeNumbers.get('DT_FLOAT')).toBe(1)
    expect(tfDtypeNumbers.get('DT_BOOL')).toBe(10)
    expect(tfDtypeNumbers.get('DT_HALF_REF')).toBe(119)
    expect(tfDtypeNumbers.get('DT_FLOAT8_E4M3B11FNUZ')).toBe(27)
    expect(tfDtypeNumbers.get('DT_BFLOAT16')).toBe(14)
  })

  it('tells elements of a fixed size from text and handles, and counts the parts of complex numbers', () => {
    expect((['float16', 'string', 'resource', 'int4'] as const).map(isNumberDtype)).toEqual([true, false, false, false])
    expect([widthOf('complex64'), widthOf('float64')]).toEqual([2, 1])
  })
})
