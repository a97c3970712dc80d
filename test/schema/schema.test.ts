import { describe, expect, test } from 'vitest'
import { compileCheck } from '../../src/schema/check.ts'
import { describeSchema, isNullable, type Schema } from '../../src/schema/schema.ts'
import { seeded } from '../random.ts'
import { randomSchema } from './generate.ts'

describe('isNullable', () => {
  test('is true exactly where null passes the check', () => {
    const random = seeded(8)
    for (let round = 0; round < 200; round++) {
      const schema = randomSchema(random, 2)
      expect(isNullable(schema)).toBe(compileCheck(schema)(null) === null)
    }
  })
})

describe('describeSchema', () => {
  test('names a recursive type instead of following it', () => {
    const branches: Schema[] = [{ type: 'null' }]
    const list: Schema = {
      type: 'record',
      name: 'List',
      fields: [{ name: 'next', schema: { type: 'union', branches } }],
    }
    branches.push(list)
    expect(describeSchema({ type: 'union', branches })).toBe('null or record List')
    expect(describeSchema({ type: 'array', items: list })).toBe('array of record List')
  })

  test('lists few symbols and names many', () => {
    const few: Schema = { type: 'enum', name: 'E', symbols: ['a', 'b'] }
    const many: Schema = { type: 'enum', name: 'E', symbols: [...'abcdefghi'] }
    expect([describeSchema(few), describeSchema(many)]).toEqual(['one of "a", "b"', 'symbol of E'])
  })
})
