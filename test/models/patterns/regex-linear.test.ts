import { expect, test } from 'vitest'
import { openLinear } from '../../../src/models/patterns/regex-linear.ts'
import { parseRegex } from '../../../src/models/patterns/regex-parse.ts'
import { seeded } from '../../random.ts'

const budget = () => ({
  left: 1e7,
  refuse(): never {
    throw new Error('too many steps')
  },
})

function find(pattern: string, text: string): (string | undefined)[] | null {
  const run = openLinear(parseRegex(pattern, false))
  if (!run) throw new Error('not linear')
  const ends = run(text, 0, budget())
  if (!ends) return null
  return Array.from({ length: ends.length / 2 }, (_, i) =>
    (ends[i * 2] as number) < 0 ? undefined : text.slice(ends[i * 2], ends[i * 2 + 1]),
  )
}

test('finds what the language itself finds, groups included, on generated patterns and texts (seed 5)', () => {
  const rnd = seeded(5)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rnd() * list.length)] as T
  const pattern = (depth: number): string => {
    const kind = rnd()
    if (depth === 0 || kind < 0.35) return pick(['a', 'b', '.', '[ab]', '[^a]', '\\w', '\\b', '^', '$'])
    if (kind < 0.6) return pattern(depth - 1) + pattern(depth - 1)
    if (kind < 0.75) return `(?:${pattern(depth - 1)}|${pattern(depth - 1)})`
    if (kind < 0.85) return `(${pattern(depth - 1)})`
    return `(?:${pattern(0).replace(/^(\\b|\^|\$)$/, 'a')})${pick(['*', '+', '?', '{1,2}', '*?', '+?', '??'])}`
  }
  for (let round = 0; round < 3000; round++) {
    const source = pattern(4)
    const text = Array.from({ length: Math.floor(rnd() * 7) }, () => pick(['a', 'b', 'c'])).join('')
    const expected = new RegExp(source, 'u').exec(text)
    expect(find(source, text), `${source} on "${text}"`).toEqual(expected && [...expected])
  }
})

test('patterns that keep others busy for ever take steps in proportion to the text', () => {
  const text = `${'a'.repeat(20_000)}!`
  for (const pattern of ['(a+)+$', '(a|aa)+$', '(a|a)*b', '^(\\w+\\s?)*$', '(.*)*x', '(a?){50}a{50}!!']) {
    expect(find(pattern, text)).toBeNull()
  }
})

test('the budget ends what would take too long, and patterns that are too large are refused', () => {
  const run = openLinear(parseRegex('(a|aa)+$', false))
  const few = { ...budget(), left: 1000 }
  expect(() => run?.('a'.repeat(2000), 0, few)).toThrow('too many steps')
  expect(() => openLinear(parseRegex('((a{1000}){1000}){1000}', false))).toThrow('steps')
})

test('looking around or back is left to the caller', () => {
  for (const pattern of ['(?=a)a', '(?<!a)b', '(a)\\1']) expect(openLinear(parseRegex(pattern, false))).toBeNull()
})
