import { expect, test } from 'vitest'
import { parseAvro } from '../../src/schema/avro.ts'
import { defaultValue } from '../../src/schema/default-value.ts'

test.each([
  ['bytes', '\u0000\u00ff', Uint8Array.of(0, 255)],
  ['float', 0.1, Math.fround(0.1)],
  ['string', 'x', 'x'],
  [{ type: 'array', items: 'double' }, [1, 2], Float64Array.of(1, 2)],
  [{ type: 'array', items: 'int' }, [1], [1]],
  [{ type: 'map', values: 'bytes' }, { a: 'A' }, { a: Uint8Array.of(65) }],
  [['null', 'bytes'], 'A', Uint8Array.of(65)],
  [['int', 'null'], null, null],
])('%j: %j stands for %o', (schema, json, value) => {
  expect(defaultValue(parseAvro(schema), json)).toEqual(value)
})

test('the fields of a record come from its default or from their own', () => {
  const schema = parseAvro({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: 'int' },
      { name: '__proto__', type: 'int', default: 2 },
    ],
  })
  expect(Object.entries(defaultValue(schema, { a: 1 }) as object)).toEqual([
    ['a', 1],
    ['__proto__', 2],
  ])
})
