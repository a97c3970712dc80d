import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../src/models/xgboost/tree-document.ts'
import { readUbj } from '../../../src/models/xgboost/ubj-document.ts'
import { ubjBytes } from './documents.ts'

const read = (bytes: Uint8Array, deferred: string[] = []) => readUbj(bytes, 'm.ubj', new Set(deferred))
const bytesOf = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.of(part))))
const refusal = (bytes: Uint8Array) => {
  try {
    read(bytes)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

describe('readUbj', () => {
  it('reads what XGBoost writes', () => {
    const document = read(ubjBytes({ a: [1, 2.5], b: { c: 'Größe', d: [] }, e: true, f: null, g: ['x'], h: 7 }))
    expect(document.get('a')).toEqual(Float32Array.of(1, 2.5))
    expect(document.get('b')).toEqual(
      new Map<string, unknown>([
        ['c', 'Größe'],
        ['d', []],
      ]),
    )
    expect([document.get('e'), document.get('f'), document.get('h')]).toEqual([true, null, 7])
    expect(document.get('g')).toEqual(['x'])
  })

  it('reads every type of number, big-endian, alone and in lists of one type', () => {
    const one = (type: string, data: string) => read(bytesOf('{U', 1, 'a', type, data, '}')).get('a')
    expect(one('i', '\xff')).toBe(-1)
    expect(one('U', '\xff')).toBe(255)
    expect(one('I', '\x01\x00')).toBe(256)
    expect(one('l', '\xff\xff\xff\xfe')).toBe(-2)
    expect(one('L', '\x00\x00\x00\x01\x00\x00\x00\x00')).toBe(2 ** 32)
    expect(one('d', '\x3f\x80\x00\x00')).toBe(1)
    expect(one('D', '\x40\x00\x00\x00\x00\x00\x00\x00')).toBe(2)
    expect(one('[$I#U\x02', '\x01\x00\x00\x01')).toEqual(Int16Array.of(256, 1))
    expect(one('[$l#U\x01', '\xff\xff\xff\xfe')).toEqual(Int32Array.of(-2))
    expect(one('[$i#U\x02', '\xff\x01')).toEqual(Int8Array.of(-1, 1))
    expect(one('[$D#U\x01', '\x40\x00\x00\x00\x00\x00\x00\x00')).toEqual(Float64Array.of(2))
    expect(one('[$L#U\x01', '\xff\xff\xff\xff\xff\xff\xff\xff')).toEqual(Float64Array.of(-1))
    expect(one('H', 'U\x041e-3')).toBe(0.001)
    expect(one('C', 'x')).toBe('x')
  })

  it('reads lists and objects with and without lengths, and passes over no-ops', () => {
    const one = (data: string) => read(bytesOf('{U', 1, 'a', data, '}')).get('a')
    expect(one('[i\x01Ni\x02]')).toEqual(Float64Array.of(1, 2))
    expect(one('[TF]')).toEqual(Float64Array.of(1, 0))
    expect(one('[#U\x02SU\x01xZ')).toEqual(['x', null])
    expect(one('{#U\x01U\x01bT')).toEqual(new Map([['b', true]]))
    expect(one('{$U#U\x01U\x01b\x09')).toEqual(new Map([['b', 9]]))
    expect(read(bytesOf('{NU', 1, 'a', 'Ti', 1, 'b', 'F', 'N}'))).toEqual(
      new Map([
        ['a', true],
        ['b', false],
      ]),
    )
  })

  it('reads deferred lists when they are asked for', () => {
    const skipped = read(ubjBytes({ skip: [1, 2] }), ['skip']).get('skip') as Deferred
    expect(skipped).toBeInstanceOf(Deferred)
    expect(skipped.read()).toEqual(Float32Array.of(1, 2))
  })

  it('believes no length that the bytes cannot hold', () => {
    const huge = 'L\x00\x00\x7f\xff\xff\xff\xff\xff'
    expect(refusal(bytesOf('{U', 1, 'a', '[$d#', huge))).toMatch(
      /byte 17: 140737488355327 elements are promised, 0 bytes are left/,
    )
    expect(refusal(bytesOf('{U', 1, 'a', '[#', huge))).toMatch(/elements are promised/)
    expect(refusal(bytesOf('{U', 1, 'a', '[$Z#', huge))).toMatch(/a list of "Z" is not supported/)
    expect(refusal(bytesOf('{U', 1, 'a', 'S', huge))).toMatch(/bytes are promised, 0 are left/)
    expect(refusal(bytesOf('{', 'L\xff\xff\xff\xff\xff\xff\xff\xff', 'a'))).toMatch(/-1 is no length/)
    expect(refusal(bytesOf('{U', 1, 'a', '[$d#U', 9, '\0\0\0\0\0\0\0\0\0'))).toMatch(
      /36 bytes are promised, 9 are left/,
    )
  })

  it('names the byte where a document goes wrong', () => {
    const whole = ubjBytes({ a: [1, 2], b: 'text' })
    for (let length = 0; length < whole.length; length++)
      expect(refusal(whole.subarray(0, length))).toMatch(/^m\.ubj cannot be read as UBJSON of XGBoost: byte \d+: /)
    expect(refusal(bytesOf('{U', 1, 'a', '?'))).toMatch(/byte 4: found "\?", expected a type of UBJSON/)
    expect(refusal(bytesOf('{S', 1, 'a', '?'))).toMatch(/expected the type of a length/)
    expect(refusal(bytesOf('[]'))).toMatch(/expected an object/)
    expect(refusal(bytesOf('{U', 1, 'a', '[$dU'))).toMatch(/a list of one type has no length/)
    expect(refusal(bytesOf('{U', 1, 'a', '['.repeat(1e5)))).toMatch(/more than 64 levels/)
  })
})
