import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { numberParameter, textParameter, wholeNumber } from '../../src/server/query-parameter.ts'

const asked = (query: Record<string, string | string[]>) => ({ query }) as unknown as FastifyRequest

test('a whole number within its limit is taken, anything else is an error that shows it', () => {
  expect(wholeNumber('0', 'wait', 10)).toBe(0)
  expect(wholeNumber('10', 'wait', 10)).toBe(10)
  for (const text of ['11', '-1', '1.5', '1e1', ' 1', '', '0x1', '9'.repeat(400), 'NaN']) {
    expect(() => wholeNumber(text, 'wait', 10), text).toThrow(
      `parameter "wait" is ${JSON.stringify(text.slice(0, 100))}`,
    )
  }
})

test('a parameter that is not given has its default, one given twice is an error', () => {
  const limits = { absent: 7, limit: 10 }
  expect(numberParameter(asked({}), 'wait', limits)).toBe(7)
  expect(numberParameter(asked({ wait: '3' }), 'wait', limits)).toBe(3)
  expect(textParameter(asked({}), 'key')).toBeNull()
  expect(() => textParameter(asked({ key: ['a', 'b'] }), 'key')).toThrow('parameter "key" is given 2 times')
})
