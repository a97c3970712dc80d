import { describe, expect, it } from 'vitest'
import { sliceKey } from '../../../src/models/tensorflow/slice-key.ts'

const hex = (key: string) => Buffer.from(key, 'latin1').toString('hex')

describe('the key of a slice', () => {
  it('is that of TensorFlow for whole and partial extents', () => {
    // 0; "ab" 00 01; rank 2; start 0, whole (-1); start 5, length 3.
    expect(hex(sliceKey('ab', { starts: [0, 5], lengths: [-1, 3] }))).toBe('00' + '61620001' + '0102' + '807f' + '8583')
  })

  it('marks the count of bytes of larger numbers in their first bits', () => {
    const body = (start: number) =>
      hex(sliceKey('', { starts: [start], lengths: [0] })).slice('00000101'.length + 2, -2)
    expect([63, 64, 8191, 8192, 1_000_000].map(body)).toEqual(['bf', 'c040', 'dfff', 'e02000', 'ef4240'])
  })

  it('escapes 00 and FF in names', () => {
    expect(hex(sliceKey('\0', { starts: [], lengths: [] }))).toBe('00' + '00ff0001' + '00')
    expect(hex(sliceKey('é', { starts: [], lengths: [] }))).toBe('00' + 'c3a90001' + '00')
  })
})
