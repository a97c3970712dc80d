import { expect, test } from 'vitest'
import { compileCheck } from '../../src/schema/check.ts'
import { fromJsonSchema, toJsonSchema } from '../../src/schema/json-schema.ts'
import { seeded } from '../random.ts'
import { randomSchema, randomValue } from './generate.ts'

const object = (properties: object, required: string[] = []) => ({ type: 'object', properties, required })

/** The fault of a value, or null; throws when the document is not expressed. */
function fault(document: unknown, value: unknown) {
  const expressed = fromJsonSchema(document)
  if (typeof expressed === 'string') throw new Error(expressed)
  return compileCheck(expressed.schema)(value)
}

test.each([
  [object({ a: { type: 'integer' } }, ['a']), { a: 1 }, { a: 1.5 }],
  [object({ a: { type: 'number' } }, ['a']), { a: 1.5 }, {}],
  [object({ a: { type: 'string' } }), {}, { a: 1 }],
  [object({ a: { type: ['string', 'null'] } }, ['a']), { a: null }, { a: 1 }],
  [object({ a: { enum: ['x', 'y'] } }, ['a']), { a: 'y' }, { a: 'z' }],
  [object({ a: { const: 'x' } }, ['a']), { a: 'x' }, { a: 'y' }],
  [object({ a: { oneOf: [{ type: 'boolean' }, { type: 'string' }] } }, ['a']), { a: true }, { a: 1 }],
  [{ type: 'object', additionalProperties: { type: 'integer' } }, { any: 1 }, { any: 'x' }],
  [{ type: 'array', items: { type: 'integer' } }, [1, 2], ['x']],
  [{ $ref: '#/$defs/p', $defs: { p: object({ a: { type: 'integer' } }, ['a']) } }, { a: 1 }, { a: 'x' }],
])('%j takes %j and refuses %j', (document, good, bad) => {
  expect(fault(document, good)).toBeNull()
  expect(fault(document, bad)).not.toBeNull()
})

test('a type may hold itself', () => {
  const document = object({ next: { $ref: '#' }, x: { type: 'integer' } }, ['x'])
  expect(fault(document, { x: 1, next: { x: 2 } })).toBeNull()
  expect(fault(document, { x: 1, next: { x: 'y' } })?.path).toBe('next.x')
})

test('what is passed over is named', () => {
  const document = object({ a: { type: 'string', pattern: 'x', maxLength: 3, description: 'text' } })
  expect(fromJsonSchema({ ...document, additionalProperties: false })).toMatchObject({
    ignored: ['additionalProperties', 'maxLength', 'pattern'],
  })
})

test.each([
  [{ allOf: [] }, '"Record" uses allOf'],
  [{}, '"Record" is of any type'],
  [true, '"Record" is true, expected an object'],
  [object({ a: { $ref: 'other.json' } }), 'it refers to "other.json"'],
  [object({ a: { $ref: '#/$defs/gone' } }), 'it refers to "#/$defs/gone", which it does not have'],
  [{ $ref: '#' }, 'it is nested deeper than 64 levels'],
  [object({ a: { enum: [1, 2] } }), '"a" is one of values that are not all text'],
])('%j is not expressed: %s', (document, reason) => {
  expect(fromJsonSchema(document)).toBe(reason)
})

test('the JSON Schema of a schema takes its values', () => {
  const random = seeded(1401)
  let expressed = 0
  for (let round = 0; round < 200; round++) {
    const schema = randomSchema(random, 3)
    const back = fromJsonSchema(toJsonSchema(schema))
    if (typeof back === 'string' || JSON.stringify(toJsonSchema(schema)).includes('"__proto__')) continue
    const value = randomValue(random, schema)
    // Bytes and numbers beyond 2^53 are text and numbers in JSON.
    if (
      JSON.stringify(value, (_, v) => (typeof v === 'bigint' || v instanceof Uint8Array ? 'special' : v))?.includes(
        'special',
      )
    )
      continue
    expect(compileCheck(back.schema)(value)).toBeNull()
    expressed++
  }
  expect(expressed).toBeGreaterThan(50)
})
