import { expect, test } from 'vitest'
import { flagText, overviewText, wrapped } from '../../src/cli/help.ts'
import { exitStatuses } from '../../src/cli/verb.ts'
import { verbs } from '../../src/cli/verbs.ts'
import { flagsOf } from '../../src/config/flags.ts'
import { boolean, choice, integer, list, map, text } from '../../src/config/option.ts'
import { seeded } from '../random.ts'

test('the overview names every verb and every exit status', () => {
  const overview = overviewText(verbs, 100)
  for (const name of Object.keys(verbs)) expect(overview).toContain(`  ${name} `)
  for (const status of Object.keys(exitStatuses)) expect(overview).toMatch(new RegExp(`^ {2}${status} `, 'm'))
})

test('a flag shows what it takes', () => {
  const facets = { summary: 's', isOptional: true } as const
  const table = {
    plain: text(facets),
    count: integer({ ...facets, unit: 'records' }),
    pick: choice(['a', 'b'], facets),
    some: list(text({ summary: 'i' }), facets),
    names: map(text({ summary: 'i' }), facets),
    off: boolean({ summary: 's', default: false }),
    on: boolean({ summary: 's', default: true }),
  }
  expect(flagsOf(table).map(flagText)).toEqual([
    '--plain <text>',
    '--count <records>',
    '--pick <a|b>',
    '--some <text>…',
    '--names <name=value>…',
    '--off',
    '--[no-]on',
  ])
})

test('wrapping keeps every word and the width', () => {
  const next = seeded(3)
  for (let trial = 0; trial < 50; trial++) {
    const words = Array.from({ length: 1 + Math.floor(next() * 40) }, () => 'w'.repeat(1 + Math.floor(next() * 12)))
    const width = 12 + Math.floor(next() * 40)
    const lines = wrapped(words.join(' '), width)
    expect(lines.join(' ')).toBe(words.join(' '))
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  }
})
