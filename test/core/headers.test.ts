import { describe, expect, it } from 'vitest'
import { columnOf } from '../../src/core/bytes.ts'
import { decodeHeaders, encodeHeaders, headersWithout, headerText } from '../../src/core/headers.ts'
import { seeded } from '../random.ts'

describe('headers', () => {
  it('come back as they were (200 generated maps, seed 2)', () => {
    const random = seeded(2)
    const letters = ['a', 'B', '-', 'é', '😀', ' ', '\u0000']
    const word = () =>
      Array.from({ length: Math.floor(random() * 8) }, () => letters[Math.floor(random() * letters.length)]).join('')
    for (let round = 0; round < 200; round++) {
      const headers = new Map(
        Array.from({ length: Math.floor(random() * 5) }, () => [word(), Buffer.from(word())] as const),
      )
      expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers)
    }
  })

  it('can be concatenated; the last value of a name counts', () => {
    const a = encodeHeaders([
      ['x', '1'],
      ['y', '2'],
    ])
    const b = encodeHeaders([['x', '3']])
    const texts = [...decodeHeaders(Buffer.concat([a, b]))].map(([name, value]) => [name, value.toString()])
    expect(texts).toEqual([
      ['x', '3'],
      ['y', '2'],
    ])
  })

  it('with a null value read as an empty one, and those after it are read', () => {
    const bytes = Buffer.concat([Buffer.of(1, 0, 97, 255, 255, 255, 255), encodeHeaders([['b', 'x']])])
    expect([...decodeHeaders(bytes)]).toEqual([
      ['a', Buffer.alloc(0)],
      ['b', Buffer.from('x')],
    ])
  })

  it('end at a damaged tail, wherever it was cut', () => {
    const bytes = encodeHeaders([
      ['name', 'value'],
      ['other', ''],
    ])
    for (let length = 0; length < bytes.length; length++) {
      const headers = decodeHeaders(bytes.subarray(0, length))
      expect(headers.size).toBe(length >= 15 ? 1 : 0)
    }
    expect(decodeHeaders(bytes).size).toBe(2)
  })

  it('never throw on random bytes (seed 3)', () => {
    const random = seeded(3)
    for (let round = 0; round < 500; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 40) }, () =>
        Math.floor(random() * (round % 2 ? 256 : 4)),
      )
      for (const value of decodeHeaders(bytes).values()) expect(value.length).toBeLessThanOrEqual(bytes.length)
    }
  })

  it('are empty where there are none', () => {
    expect(encodeHeaders([])).toHaveLength(0)
    expect(decodeHeaders(null).size).toBe(0)
  })

  it('read bytes that lie inside a larger buffer', () => {
    const bytes = encodeHeaders([['a', 'b']])
    const large = new Uint8Array(bytes.length + 20)
    large.set(bytes, 7)
    expect(
      decodeHeaders(large.subarray(7, 7 + bytes.length))
        .get('a')
        ?.toString(),
    ).toBe('b')
  })
})

describe('headerText', () => {
  it('is the value of one header of one record, or null', () => {
    const column = columnOf([
      encodeHeaders([
        ['a', 'é'],
        ['b', ''],
      ]),
      null,
    ])
    expect(headerText(column, 0, 'a')).toBe('é')
    expect(headerText(column, 0, 'b')).toBe('')
    expect(headerText(column, 0, 'c')).toBeNull()
    expect(headerText(column, 1, 'a')).toBeNull()
    expect(headerText(null, 0, 'a')).toBeNull()
  })

  it('leave some out by name, and keep several of another name', () => {
    const kept: [string, string][] = [
      ['b', '2'],
      ['b', '3'],
    ]
    const all = encodeHeaders([['a', '1'], ...kept, ['c', '']])
    expect(headersWithout(all, new Set(['a', 'c']))).toEqual(encodeHeaders(kept))
    expect(headersWithout(all.subarray(0, -1), new Set())).toEqual(encodeHeaders([['a', '1'], ...kept]))
  })
})
