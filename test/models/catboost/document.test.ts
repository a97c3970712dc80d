import { describe, expect, it } from 'vitest'
import { Document } from '../../../src/models/catboost/document.ts'

const document = new Document('m.json')

describe('Document', () => {
  it('gives members of the expected kind', () => {
    expect(document.parse(Buffer.from('{"a": 1}'))).toEqual({ a: 1 })
    expect(document.numbers([1, 2], 'a')).toEqual([1, 2])
    expect(document.count(3, 'a')).toBe(3)
  })

  it('says what stands where something else is expected', () => {
    expect(() => document.parse(Buffer.from('{"a": '))).toThrow(
      /m\.json cannot be read as JSON of CatBoost: the text: /,
    )
    expect(() => document.parse(Buffer.from([0x7b, 0xff]))).toThrow(/the text: /)
    expect(() => document.object([], 'a')).toThrow('a: is a list, expected an object')
    expect(() => document.list({}, 'a')).toThrow('is an object, expected a list')
    expect(() => document.numbers([1, null], 'a')).toThrow('a[1]: is null, expected a number')
    for (const value of [-1, 0.5, '1']) expect(() => document.count(value, 'a')).toThrow('whole number')
    expect(() => document.text('x'.length, 'a')).toThrow('is 1, expected text')
  })
})
