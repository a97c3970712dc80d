import { expect, test } from 'vitest'
import { headerOf, messageIndexesAt, schemaIdAt } from '../../../src/encodings/schema-registry/wire-format.ts'
import { seeded } from '../../random.ts'
import { randomBytes } from '../../schema/generate.ts'

test('headers come back', () => {
  const random = seeded(1301)
  for (let round = 0; round < 300; round++) {
    const id = Math.floor(random() * 2 ** 31)
    const indexes = Array.from({ length: 1 + Math.floor(random() * 4) }, () => Math.floor(random() * 300))
    const header = headerOf(id, indexes)
    expect(schemaIdAt(header, 0, header.length)).toBe(id)
    expect(messageIndexesAt(header, 5, header.length)).toEqual({ indexes, end: header.length })
  }
})

test('the first message is a single zero', () => {
  expect([...headerOf(1, [0])]).toEqual([0, 0, 0, 0, 1, 0])
  expect([...headerOf(1, null)]).toEqual([0, 0, 0, 0, 1])
  expect([...headerOf(1, [1, 0])]).toEqual([0, 0, 0, 0, 1, 4, 2, 0])
})

test.each([
  ['00000000', -1],
  ['0100000001', -1],
  ['00ffffffff', -1],
  ['0080000001', -1],
  ['007fffffff', 2 ** 31 - 1],
])('the id of %s is %d', (hex, id) => {
  expect(schemaIdAt(Buffer.from(hex, 'hex'), 0, hex.length / 2)).toBe(id)
})

test('indexes that are cut, negative or without end are none', () => {
  const of = (hex: string) => messageIndexesAt(Buffer.from(hex, 'hex'), 0, hex.length / 2)
  expect(['', '04', '0402', '01', '0401', 'ffffffffffffff', '80808080808000', 'fe01'].map(of)).toEqual(
    Array.from({ length: 8 }, () => null),
  )
  const random = seeded(1302)
  for (let round = 0; round < 500; round++) {
    const bytes = randomBytes(random, Math.floor(random() * 12))
    const found = messageIndexesAt(bytes, 0, bytes.length)
    expect(found === null || found.end <= bytes.length).toBe(true)
  }
})
