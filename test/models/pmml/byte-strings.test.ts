import { expect, test } from 'vitest'
import { ByteStrings } from '../../../src/models/pmml/byte-strings.ts'

test('equal bytes have one number, counted in the order of first use', () => {
  const strings = new ByteStrings(Buffer.from('abcab'))
  expect([strings.number(0, 2), strings.number(2, 3), strings.number(3, 5), strings.number(1, 1)]).toEqual([0, 1, 0, 2])
  expect([strings.start(0), strings.end(0), strings.size]).toEqual([0, 2, 3])
})

test('many strings keep their numbers', () => {
  const text = Array.from({ length: 10_000 }, (_, i) => String(10_000 + i)).join('')
  const strings = new ByteStrings(Buffer.from(text))
  for (const _ of [1, 2]) for (let i = 0; i < 10_000; i++) expect(strings.number(i * 5, i * 5 + 5)).toBe(i)
  expect(strings.size).toBe(10_000)
})
