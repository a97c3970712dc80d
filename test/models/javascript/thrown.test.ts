import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { describeThrown, describeValue } from '../../../src/models/javascript/thrown.ts'

test('an error of another realm is told by name, message and its place in the model', () => {
  let thrown: unknown
  try {
    runInNewContext('function f() { null.x }\n  f()', {}, { filename: 'models/a b.js' })
  } catch (error) {
    thrown = error
  }
  const { reason, place } = describeThrown(thrown, 'models/a b.js')
  expect(reason).toMatch(/^TypeError: Cannot read/)
  expect(place).toBe('models/a b.js:1:21')
})

test('anything may be thrown, and reading it may throw', () => {
  const hostile = {
    get message(): string {
      throw new Error('no')
    },
  }
  expect(describeThrown('text', 'm').reason).toBe('"text"')
  expect(describeThrown(undefined, 'm').reason).toBe('undefined')
  expect(describeThrown({}, 'm').reason).toBe('object')
  expect(describeThrown(hostile, 'm').reason).toBe('a value that cannot be printed')
  expect(describeThrown(new Error('x'.repeat(10_000)), 'm').reason.length).toBeLessThan(400)
  expect(describeThrown({ name: 'E', stack: 'm:x m:1 m' }, 'm').place).toBe('m')
})

test('values are named so that a reader knows what the function gave', () => {
  expect(describeValue(Number.NaN)).toBe('NaN')
  expect(describeValue(undefined)).toBe('undefined')
  expect(describeValue(() => 1)).toBe('a function')
  expect(describeValue(Promise.resolve())).toBe('an object of type Promise')
  expect(describeValue([1, 2])).toBe('an array of 2')
  expect(
    describeValue(
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no')
          },
        },
      ),
    ),
  ).toBe('an object')
})
