import { expect, test } from 'vitest'
import { WireReader } from '../../../src/encodings/avro-binary/wire-reader.ts'
import { readHex } from './frames.ts'

const record = (...fields: [string, unknown][]) => ({
  type: 'record',
  name: 'R',
  fields: fields.map(([name, type]) => ({ name, type })),
})

test.each([
  ['int', '80', 'a number runs past the end at byte 0, in the record'],
  ['int', '80 80 80 80 10', 'a number outside of 32 bits at byte 0, in the record'],
  ['long', 'ff ff ff ff ff ff ff ff ff 02', 'a number has more than 64 bits at byte 0, in the record'],
  ['boolean', '02', 'byte 2 is neither true (1) nor false (0) at byte 0, in the record'],
  ['double', '00 00 00', 'a number of 8 bytes runs past the end at byte 0, in the record'],
  ['string', '06 61 62', 'a size of 3 bytes runs past the end at byte 0, in the record'],
  ['string', '01', 'a size of -1 bytes at byte 0, in the record'],
  ['string', '04 c3 28', 'text is not UTF-8 at byte 1, in the record'],
  ['string', `80 01 ${'61'.repeat(62)} c3 28`, 'text is not UTF-8 at byte 2, in the record'],
  ['int', '02 00', '1 bytes are left behind the value at byte 1, in the record'],
  [['null', 'int'], '04', 'branch 2 of 2 at byte 0, in the record'],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, '04', 'symbol 2 of 2 at byte 0, in the record'],
  [{ type: 'fixed', name: 'F', size: 3 }, '00', 'a value of 3 bytes runs past the end at byte 0, in the record'],
  [{ type: 'array', items: 'double' }, '04 00', 'a block of 2 items runs past the end at byte 0, in the record'],
  [{ type: 'array', items: 'int' }, '03 7e 02', 'a size of 63 bytes runs past the end at byte 1, in the record'],
  [
    { type: 'array', items: 'null' },
    '80 80 80 80 10 00',
    'a block of 2147483648 items without bytes, where 65536 are allowed at byte 0, in the record',
  ],
  [
    { type: 'array', items: 'null' },
    '80 f1 04 80 f1 04 00',
    'a block of 40000 items without bytes, where 65536 are allowed at byte 3, in the record',
  ],
  [
    record(['a', 'int'], ['b', record2()]),
    '02 04 02 02 61 02 00 01 03',
    'a size of -2 bytes at byte 8, in field "b.c[1]"',
  ],
])('%j of %s is refused: %s', (schema, hex, message) => {
  const found = readHex(schema, hex)
  expect(typeof found === 'string' && found.endsWith(message) ? message : found).toBe(message)
})

function record2() {
  return {
    type: 'record',
    name: 'S',
    fields: [{ name: 'c', type: { type: 'array', items: { type: 'map', values: 'int' } } }],
  }
}

test('longs beyond 2^53 are bigint, others numbers', () => {
  const reader = new WireReader()
  const read = (hex: string) => reader.long(Buffer.from(hex, 'hex'), 0, hex.length / 2)
  expect(read('feffffffffffff1f')).toBe(2 ** 53 - 1)
  expect(read('8080808080808020')).toBe(2n ** 53n)
  expect(read('ffffffffffffffffff01')).toBe(-(2n ** 63n))
  expect(read('01')).toBe(-1)
})

test('values nested without end are refused', () => {
  const node = { type: 'record', name: 'N', fields: [{ name: 'next', type: ['null', 'N'] }] }
  expect(readHex(node, `${'02'.repeat(100)}00`)).toBeTypeOf('object')
  expect(readHex(node, `${'02'.repeat(10_000)}00`)).toMatch(
    /^record is nested deeper than 128 levels at field "next\.next/,
  )
})
