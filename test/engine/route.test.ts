import { expect, test } from 'vitest'
import { columnOf } from '../../src/core/bytes.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { describeKeySource, type KeySource, routerOf } from '../../src/engine/route.ts'
import type { Value } from '../../src/schema/value.ts'
import { frames } from './fakes.ts'

const batch = frames(['a', 'b', 'c'], {
  keys: columnOf([Buffer.from('käse'), Buffer.from(''), null]),
  headers: columnOf([encodeHeaders([['kind', 'wine']]), encodeHeaders([['other', 'x']]), null]),
})
const keysOf = (source: KeySource, values: readonly (Value | undefined)[]) =>
  values.map((_, i) => routerOf(source)(batch, values, i))

test('a constant routes everything to one key', () => {
  expect(keysOf({ type: 'constant', value: 'iris' }, [{}, null, undefined])).toEqual(['iris', 'iris', 'iris'])
})

test('a field routes by its scalar value; what has no such field has no key', () => {
  const values: (Value | undefined)[] = ['wine', 7, 0, 12n, false, '', null, { a: 1 }, [1]].map((kind) => ({
    kind: kind as Value,
  }))
  expect(keysOf({ type: 'field', name: 'kind' }, values)).toEqual(['wine', '7', '0', '12', 'false', '', '', '', ''])
  expect(keysOf({ type: 'field', name: 'kind' }, [undefined, null, {}, 5, 'text', [1]])).toEqual(Array(6).fill(''))
})

test('names that every object inherits are no fields', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    expect(keysOf({ type: 'field', name }, [{}, 'text', [1]])).toEqual(['', '', ''])
})

test('a header routes by its text, the transport key by its bytes', () => {
  expect(keysOf({ type: 'header', name: 'kind' }, [{}, {}, {}])).toEqual(['wine', '', ''])
  expect(keysOf({ type: 'transport-key' }, [{}, {}, {}])).toEqual(['käse', '', ''])
})

test('streams without keys and headers give none', () => {
  const bare = frames(['a'])
  expect(routerOf({ type: 'header', name: 'kind' })(bare, [{}], 0)).toBe('')
  expect(routerOf({ type: 'transport-key' })(bare, [{}], 0)).toBe('')
})

test('every source has words for messages that tell it from the others', () => {
  const sources: KeySource[] = [
    { type: 'constant', value: 'x' },
    { type: 'field', name: 'x' },
    { type: 'header', name: 'x' },
    { type: 'transport-key' },
  ]
  expect(new Set(sources.map(describeKeySource)).size).toBe(sources.length)
  expect(describeKeySource({ type: 'field', name: 'dataType' })).toBe('field "dataType"')
})
