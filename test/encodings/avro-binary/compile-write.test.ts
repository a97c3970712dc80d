import { expect, test } from 'vitest'
import { writeHex } from './frames.ts'

const record = (name: string, ...fields: object[]) => ({ type: 'record', name, fields })

test.each([
  // A number is an int where it is one, and a float only where that is exact.
  [['int', 'double'], 1, '0002'],
  [['int', 'double'], 1.5, '02000000000000f83f'],
  [['float', 'double'], 0.5, '000000003f'],
  [['float', 'double'], 0.1, '029a9999999999b93f'],
  [['double', 'long'], 2n ** 60n, '02808080808080808020'],
  [['null', 'float'], 0.1, '02cdcccc3d'],
  [['float', 'int'], 2n ** 60n, '000000805d'],
  [[{ type: 'enum', name: 'E', symbols: ['A'] }, 'string'], 'A', '0000'],
  [[{ type: 'enum', name: 'E', symbols: ['A'] }, 'string'], 'B', '020242'],
  [[{ type: 'fixed', name: 'F', size: 1 }, 'bytes'], Uint8Array.of(7), '0007'],
  [[{ type: 'fixed', name: 'F', size: 1 }, 'bytes'], Uint8Array.of(7, 8), '02040708'],
])('a value of %j that is %o takes the branch that holds it: %s', (union, value, hex) => {
  expect(writeHex(union, value)).toBe(hex)
})

test('of several records a value takes the one with the most of its fields', () => {
  const a = record('A', { name: 'x', type: 'int' })
  const b = record('B', { name: 'x', type: 'int' }, { name: 'y', type: 'int' })
  const union = [a, b, { type: 'map', values: 'string' }, 'null']
  expect(writeHex(union, { x: 1 })).toBe('0002')
  expect(writeHex(union, { x: 1, y: 2 })).toBe('020204')
  expect(writeHex(union, { x: 'text' })).toBe('040202780874657874' + '00')
  expect(writeHex(union, null)).toBe('06')
})

test('absent fields are their default, or null', () => {
  const schema = record(
    'R',
    { name: 'a', type: 'int', default: 7 },
    { name: 'b', type: ['string', 'null'] },
    { name: 'c', type: { type: 'array', items: 'int' }, default: [1] },
    { name: 'constructor', type: ['null', 'int'], default: null },
  )
  expect(writeHex(schema, {})).toBe('0e02020200' + '00')
  expect(writeHex(schema, { a: 1, b: null, c: [] })).toBe('020200' + '00')
})

test('typed arrays are lists of numbers', () => {
  const list = (items: string) => ({ type: 'array', items })
  expect(writeHex(list('int'), Int16Array.of(1, -1))).toBe('04020100')
  expect(writeHex(list('long'), BigInt64Array.of(1n))).toBe('020200')
  expect(writeHex(list('double'), Float32Array.of(1))).toBe('02000000000000f03f00')
  expect(() => writeHex(list('int'), Uint8Array.of(1))).toThrow('expected array of int, got 1 bytes')
})
