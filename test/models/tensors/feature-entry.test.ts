import { expect, test } from 'vitest'
import { readEntry, readInputEntry } from '../../../src/models/tensors/feature-entry.ts'

const context = { source: 'm', place: 'features[0]', dtype: 'float32', missing: 'nan' } as const

test('text is the name of a field', () => {
  expect(readEntry('a', context)).toEqual(readEntry({ field: 'a' }, context))
})

test('what the model does with missing values holds unless the entry says more', () => {
  expect(readEntry('a', context).source.missing).toEqual({ kind: 'nan' })
  expect(readEntry('a', { ...context, dtype: 'int64' }).source.missing).toEqual({ kind: 'error' })
  expect(readEntry({ field: 'a', missing: 0 }, context).source.missing).toEqual({ kind: 'value', value: 0 })
})

test('words that the dtype cannot hold are refused with their place', () => {
  const integer = { ...context, dtype: 'int32' } as const
  expect(() => readEntry({ field: 'a', missing: 'nan' }, integer)).toThrow(
    'm: features[0] does not fit the model: "missing" is "nan", which int32 cannot hold',
  )
  expect(() => readEntry({ field: 'a', vocabulary: ['x'], unknown: 'nan' }, integer)).toThrow('"unknown" is "nan"')
  expect(() => readEntry({ field: 'a', vocabulary: ['x'] }, { ...context, dtype: 'string' })).toThrow('takes text')
  expect(() => readEntry({ field: 'a', vocabulary: ['x'], oneHot: ['x'] }, context)).toThrow('of which one is allowed')
  expect(() => readEntry({ field: 'a', oneHot: ['x', 'x'] }, context)).toThrow('a list of different values')
})

test('an entry with an input is none of a feature', () => {
  expect(readInputEntry('a', context)).toBeNull()
  expect(readInputEntry({ input: 'x', value: 1 }, context)).toEqual({ input: 'x', features: null, value: 1 })
  expect(() => readInputEntry({ input: 'x', features: [], field: 'a' }, context)).toThrow(
    '"field" is unknown beside "input"',
  )
})
