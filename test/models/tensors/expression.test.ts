import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { ExpressionFault, functions, openExpression, planExpression } from '../../../src/models/tensors/expression.ts'
import type { RecordValue } from '../../../src/schema/value.ts'
import { seeded } from '../../random.ts'

const value = (text: string, record: RecordValue = {}): unknown => openExpression(planExpression(text))(record)

describe('values', () => {
  test('arithmetic over fields, text read as numbers', () => {
    expect(value('log1p(income) / household', { income: Math.E - 1, household: 2 })).toBeCloseTo(0.5, 12)
    expect(value('a + b * 2 ** 3', { a: '1', b: '2' })).toBe(17)
    expect(value('-a % 4', { a: 7 })).toBe(-3)
    expect(value('big + 1', { big: 5n })).toBe(6)
  })

  test('fields of any name in backquotes', () => {
    expect(value('`sepal length` * 2', { 'sepal length': 3 })).toBe(6)
    expect(value('`it\'s "x"`', { 'it\'s "x"': 4 })).toBe(4)
  })

  test('conditions and text', () => {
    expect(value("city == 'Paris' ? 1 : 0", { city: 'Paris' })).toBe(1)
    expect(value("lower(trim(city)) == 'paris' && age >= 18", { city: ' PARIS', age: '18' })).toBe(true)
    expect(value("contains(text, 'b') || startsWith(text, 'x')", { text: 'abc' })).toBe(true)
    expect(value("a != 'x'", { a: 'y' })).toBe(true)
    expect(value('a < b', { a: '9', b: '10' })).toBe(true)
    expect(value("a < 'b'", { a: 'a' })).toBe(true)
    expect(value('a == 1', { a: '1.0' })).toBe(true)
  })

  test('a missing field makes a missing value, unless the expression says what then', () => {
    for (const text of ['a + 1', 'a > 1', 'log(a)', 'max(1, a)', 'a == 1', 'lower(a)', 'a']) {
      expect(value(text)).toBeUndefined()
      expect(value(text, { a: null })).toBeUndefined()
    }
    expect(value('a ?? 5')).toBe(5)
    expect(value('(a / b) ?? 7', { a: 0, b: 0 })).toBe(7)
    expect(value('coalesce(a, b, 3)', { b: 2 })).toBe(2)
    expect(value('isMissing(a) ? 1 : 0')).toBe(1)
    expect(value('a && b', { a: 1 })).toBe(false)
  })

  test('text that is no number is a fault where a number is needed', () => {
    expect(() => value('a / 10', { a: 'long' })).toThrow('field "a / 10" has the value "long", expected a number')
    expect(() => value('a < 10', { a: 'long' })).toThrow('has the value "long"')
    expect(() => value('log(a)', { a: 'long' })).toThrow('has the value "long"')
    expect(() => value('a', { a: [1] })).toThrow('field "a" has the value "list of 1"')
    expect(value('a == 10', { a: 'long' })).toBe(false)
    expect(value('number(a) ?? -1', { a: 'long' })).toBe(-1)
    expect(value('number(a)', { a: '5' })).toBe(5)
  })

  test('names that every object inherits are fields like others', () => {
    expect(value('constructor + `__proto__` + toString')).toBeUndefined()
    expect(value('constructor + 1', { constructor: 2 } as unknown as RecordValue)).toBe(3)
  })

  test('every function takes its arguments', () => {
    for (const [
      name,
      {
        arguments: [count],
      },
    ] of Object.entries(functions))
      expect(() => value(`${name}(${Array.from({ length: count }, () => '1').join(', ')})`)).not.toThrow()
  })
})

describe('refusals', () => {
  test.each([
    ['a.b', 'MemberExpression at column 1'],
    ['a["b"]', 'MemberExpression'],
    ['eval("1")', 'there is no function "eval"'],
    ['a()', 'there is no function "a"'],
    ['log1(a)', 'did you mean "log"'],
    ['constructor("x")', 'there is no function "constructor"'],
    ['(a => a)(1)', 'a call of something'],
    ['abs()', 'has 0 arguments, expected 1'],
    ['abs(...a)', 'SpreadElement'],
    ['a = 1', 'AssignmentExpression'],
    ['a++', 'UpdateExpression'],
    ['a, b', 'SequenceExpression'],
    ['new Date()', 'NewExpression'],
    ['this', 'ThisExpression'],
    ['import("x")', 'ImportExpression'],
    ['typeof a', 'the operator typeof'],
    ['a in b', 'the operator in'],
    ['a & b', 'the operator &'],
    ['/x/', 'this literal'],
    ['1n', 'this literal'],
    ['`$' + '{a}`', 'backquotes'],
    ['a b', 'follows its end'],
    ['a +', 'Unexpected token'],
    ['', 'Unexpected token'],
    ['`a`.length', 'MemberExpression'],
    ['[1]', 'ArrayExpression'],
    ['a?.b', 'ChainExpression'],
  ])('%s', (text, reason) => {
    expect(() => planExpression(text)).toThrow(ExpressionFault)
    expect(() => planExpression(text)).toThrow(reason)
  })

  test('length and depth have limits', () => {
    expect(() => planExpression(`${'1+'.repeat(3000)}1`)).toThrow('4000')
    expect(() => planExpression(`${'('.repeat(90)}1${')'.repeat(90)}`)).not.toThrow()
    expect(() => planExpression(`${'('.repeat(1900)}1${')'.repeat(1900)}`)).toThrow(ExpressionFault)
    expect(() => planExpression(`${'-('.repeat(200)}1${')'.repeat(200)}`)).toThrow('nested deeper')
  })
})

/** A random expression with the value that the closure beside it computes. */
type Made = { readonly text: string; readonly of: (r: Record<string, number>) => number }

test('random expressions have the value that their parts say', () => {
  const next = seeded(11)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  const make = (depth: number): Made => {
    if (depth === 0 || next() < 0.2) {
      if (next() < 0.5) {
        const number = Math.round(next() * 1000) / 8
        return { text: String(number), of: () => number }
      }
      const field = pick(['a', 'b', 'field c'])
      return { text: field.includes(' ') ? `\`${field}\`` : field, of: (r) => r[field] as number }
    }
    const [x, y, z] = [make(depth - 1), make(depth - 1), make(depth - 1)]
    return pick<Made>([
      { text: `(${x.text} + ${y.text})`, of: (r) => x.of(r) + y.of(r) },
      { text: `(${x.text} - ${y.text})`, of: (r) => x.of(r) - y.of(r) },
      { text: `(${x.text} * ${y.text})`, of: (r) => x.of(r) * y.of(r) },
      { text: `max(${x.text}, ${y.text})`, of: (r) => Math.max(x.of(r), y.of(r)) },
      { text: `abs(${x.text})`, of: (r) => Math.abs(x.of(r)) },
      { text: `(${x.text} < ${y.text} ? ${y.text} : ${z.text})`, of: (r) => (x.of(r) < y.of(r) ? y.of(r) : z.of(r)) },
      { text: `(-(${x.text}))`, of: (r) => -x.of(r) },
    ])
  }
  for (let i = 0; i < 500; i++) {
    const { text, of } = make(4)
    const record = { a: next() * 10, b: -next(), 'field c': Math.floor(next() * 5) }
    expect([text, value(text, record)]).toEqual([text, of(record)])
  }
})

test('random text is refused or scored, never anything else', () => {
  const next = seeded(13)
  const tokens = [
    'a',
    'b',
    '1',
    '.5',
    '+',
    '-',
    '*',
    '/',
    '(',
    ')',
    ',',
    '?',
    ':',
    '&&',
    '||',
    '??',
    '==',
    '<',
    '!',
    "'x'",
    '`f g`',
    'max',
    'log',
    '.',
    '[',
    ']',
    '{',
    '}',
    '=>',
    'this',
    'globalThis',
    'process',
    '"',
    '\\u0061',
    '${',
    ';',
    '\n',
    '//',
    'return',
    '__proto__',
  ]
  let good = 0
  for (let i = 0; i < 4000; i++) {
    const text = Array.from(
      { length: 1 + Math.floor(next() * 7) },
      () => tokens[Math.floor(next() * tokens.length)],
    ).join(next() < 0.5 ? ' ' : '')
    try {
      const made = openExpression(planExpression(text))({ a: 1, b: 'x', 'f g': 2 })
      expect(['number', 'string', 'boolean', 'undefined']).toContain(typeof made)
      good++
    } catch (thrown) {
      if (thrown instanceof MillraceError && thrown.code === 'MODEL_INPUT_INVALID') continue
      expect([text, thrown]).toEqual([text, expect.any(ExpressionFault)])
    }
  }
  expect(good).toBeGreaterThan(100)
})
