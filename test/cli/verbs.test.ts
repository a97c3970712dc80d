import { expect, test } from 'vitest'
import { verbs } from '../../src/cli/verbs.ts'

test('verbs stand under their own names, in one word or two', () => {
  for (const [name, verb] of Object.entries(verbs)) {
    expect(verb.name).toBe(name)
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*( [a-z]+(-[a-z]+)*)?$/)
  }
})

test('no verb is the first word of another, so that words are never ambiguous', () => {
  const names = Object.keys(verbs)
  for (const name of names) expect(names.filter((other) => other.startsWith(`${name} `))).toEqual([])
})
