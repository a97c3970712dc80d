import { describe, expect, test } from 'vitest'
import { parseAvro } from '../../src/schema/avro.ts'
import { compileCheck, mismatch } from '../../src/schema/check.ts'
import type { Schema } from '../../src/schema/schema.ts'
import { seeded } from '../random.ts'
import { pick, randomSchema, randomValue } from './generate.ts'

function sentenceOf(schema: unknown, value: unknown): string | null {
  const fault = compileCheck(parseAvro(schema))(value)
  return fault && mismatch(fault).message
}

const order = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'amount', type: 'double' },
    { name: 'note', type: ['null', 'string'] },
    {
      name: 'lines',
      type: { type: 'array', items: { type: 'record', name: 'Line', fields: [{ name: 'count', type: 'int' }] } },
    },
    { name: 'next', type: ['null', 'Order'] },
  ],
}

describe('compileCheck', () => {
  test('every generated value of a schema passes, and one whose part was exchanged is refused where it was exchanged', () => {
    const random = seeded(5)
    for (let round = 0; round < 300; round++) {
      const schema = randomSchema(random, 4)
      const check = compileCheck(schema)
      const value = randomValue(random, schema)
      expect(check(value)).toBe(null)
      const broken = breakOne(random, schema, value)
      if (broken) expect(check(broken.value)?.path).toBe(broken.path)
    }
  })

  test('names the field, what it expects and what it got', () => {
    const good = { amount: 1, lines: [{ count: 1 }] }
    expect(sentenceOf(order, good)).toBe(null)
    expect(sentenceOf(order, { ...good, amount: 'abc' })).toBe('field "amount": expected double, got "abc"')
    expect(sentenceOf(order, { ...good, note: 7 })).toBe('field "note": expected null or string, got 7')
    expect(sentenceOf(order, { ...good, lines: [{ count: 1 }, { count: 1.5 }] })).toBe(
      'field "lines[1].count": expected int, got 1.5',
    )
    expect(sentenceOf(order, { ...good, next: { ...good, amount: null } })).toBe(
      'field "next.amount": expected double, got null',
    )
    expect(sentenceOf(order, [1])).toBe('record: expected record Order, got an array of 1')
    expect(sentenceOf(order, { lines: [] })).toBe('field "amount": expected double, got no value')
  })

  test('numbers widen, whole numbers keep their range, typed arrays are arrays', () => {
    expect(sentenceOf('double', 1)).toBe(null)
    expect(sentenceOf('int', 2 ** 31)).toBe('record: expected int, got 2147483648')
    expect(sentenceOf('long', 2n ** 63n - 1n)).toBe(null)
    expect(sentenceOf('long', 2n ** 63n)).toContain('expected long')
    expect(sentenceOf({ type: 'array', items: 'double' }, Float64Array.of(1, 2))).toBe(null)
    expect(sentenceOf({ type: 'array', items: 'int' }, Float64Array.of(1, 2.5))).toContain('field "[1]"')
    expect(sentenceOf({ type: 'array', items: 'int' }, Uint8Array.of(1))).toContain('got 1 bytes')
    expect(sentenceOf('bytes', Uint8Array.of(1))).toBe(null)
  })

  test('a field with a default may be absent; a name of the prototype is not a field', () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'constructor', type: 'string', default: 'x' },
        { name: 'toString', type: ['null', 'int'] },
      ],
    }
    expect(sentenceOf(schema, {})).toBe(null)
    expect(sentenceOf(schema, { constructor: 1 })).toContain('field "constructor"')
  })

  test('names and symbols cannot break out of the generated text', () => {
    const evil = '"];throw new Error("out")//\u2028`${'
    const schema: Schema = {
      type: 'record',
      name: evil,
      fields: [{ name: evil, schema: { type: 'enum', name: evil, symbols: [evil] } }],
    }
    expect(compileCheck(schema)({ [evil]: evil })).toBe(null)
    expect(compileCheck(schema)({ [evil]: 1 })?.path).toBe(evil)
  })
})

const strangers: Readonly<Record<string, unknown>> = {
  boolean: 'no',
  int: 0.5,
  long: 0.5,
  double: 'x',
  string: 5,
  bytes: 'x',
  enum: 'grey',
  fixed: 1,
}

/** Exchanges one part of a value for one that its type does not allow. */
function breakOne(random: () => number, schema: Schema, value: unknown): { value: unknown; path: string } | null {
  if (schema.type === 'record') {
    const field = pick(random, schema.fields)
    const part = Object.getOwnPropertyDescriptor(value, field.name)?.value
    const broken = breakOne(random, field.schema, part)
    if (!broken) return null
    const copy = {}
    for (const f of schema.fields) {
      const own = f === field ? broken.value : Object.getOwnPropertyDescriptor(value, f.name)?.value
      Object.defineProperty(copy, f.name, { value: own, enumerable: true })
    }
    const joint = broken.path === '' || broken.path.startsWith('[') ? '' : '.'
    return { value: copy, path: `${field.name}${joint}${broken.path}` }
  }
  return schema.type in strangers ? { value: strangers[schema.type], path: '' } : null
}
