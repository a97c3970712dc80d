import { expect, test } from 'vitest'
import { brokenNames, keptMessage, messageOf } from './broken.ts'

test.each(brokenNames)('%s is refused in the words that are kept', async (name) => {
  expect(await messageOf(name)).toBe(keptMessage(name))
})

test('there is a document for every kind of mistake, and none is accepted', () => {
  expect(brokenNames.length).toBeGreaterThan(25)
  expect(brokenNames.filter((name) => !/^[A-Z_]+\n/.test(keptMessage(name)))).toEqual([])
})
