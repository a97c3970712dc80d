import { describe, expect, test } from 'vitest'
import { parseAvro } from '../../../src/schema/avro.ts'
import { decodeOne } from './texts.ts'

describe('compileConform', () => {
  const order = parseAvro({
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'amount', type: 'double' },
      { name: 'note', type: ['null', 'string'] },
      { name: 'count', type: 'int', default: 7 },
    ],
  })

  test('a long beyond 2^53 keeps its digits; a field without a schema does not', () => {
    const text = '{"id":9007199254740993,"amount":9007199254740993,"more":9007199254740993}'
    const expected = { id: 9007199254740993n, amount: 9007199254740992, note: null, count: 7, more: 9007199254740992 }
    expect(decodeOne(order, text).value).toEqual(expected)
    expect(decodeOne(order, text, [text, text, text]).value).toEqual(expected)
  })

  test("takes unions in Avro's own JSON form", () => {
    expect(decodeOne(order, '{"id":1,"amount":2,"note":{"string":"x"}}').value).toMatchObject({ note: 'x' })
  })
})
