import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

test('what is honoured is read somewhere: every element that can be reached, every attribute of it', () => {
  const folder = join(import.meta.dirname, '../../../src/models/pmml')
  const files = readdirSync(folder).filter((file) => file !== 'grammar.ts' && file !== 'support.ts')
  const code = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  const destructured = code.match(/const \{[^}]*\} = [\w.]*attributes/g)?.join(' ') ?? ''
  const isRead = (name: string) => new RegExp(`['"\`]${name}['"\`]`).test(code) || destructured.includes(name)
  const reached = new Set(['PMML'])
  for (const name of reached) {
    for (const child of grammar.get(name)?.children.values() ?? [])
      if (child.effect === 'honoured') reached.add(child.name)
  }
  const unread = [...reached].flatMap((name) => [
    ...(isRead(name) ? [] : [name]),
    ...[...(grammar.get(name)?.attributes.values() ?? [])]
      .filter((attribute) => attribute.effect === 'honoured' && !isRead(attribute.name))
      .map((attribute) => `${name}@${attribute.name}`),
  ])
  // Counts are read by test statistics that are refused; the parameters of binarySimilarity by a name that is put together.
  expect(unread.filter((name) => !/^(binarySimilarity@|(Normalized)?CountTable|FieldValue)/.test(name))).toEqual([])
})
