import { expect, test } from 'vitest'
import { grammar, standardModels } from '../../../src/models/pmml/grammar.ts'

test('every child of an element is an element of the grammar, and every model element is', () => {
  const unknown = [...grammar.values()].flatMap((rule) =>
    [...rule.children.keys()].filter((name) => !grammar.has(name)).map((name) => `${rule.name}/${name}`),
  )
  expect(unknown).toEqual([])
  expect([...standardModels].filter((name) => !grammar.has(name))).toEqual([])
  expect(standardModels.size).toBe(19)
})

test('a row says what is honoured, passed over and refused, once or many times, alone or in a group', () => {
  const segment = grammar.get('Segment')
  expect(segment?.attributes.get('weight')).toEqual({ name: 'weight', effect: 'honoured', harmless: null })
  expect(segment?.children.get('True')).toMatchObject({ place: '@predicate', isMany: false })
  expect(segment?.children.get('TreeModel')).toMatchObject({ place: '@model', isMany: false })
  expect(grammar.get('Node')?.children.get('Node')).toMatchObject({ effect: 'honoured', isMany: true })
  expect(grammar.get('TreeModel')?.attributes.get('modelName')?.effect).toBe('none')
  expect(grammar.get('NormDiscrete')?.attributes.get('method')).toEqual({
    name: 'method',
    effect: 'refused',
    harmless: 'indicator',
  })
  expect(grammar.get('Extension')?.isOpaque).toBe(true)
})
