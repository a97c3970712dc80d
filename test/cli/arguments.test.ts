import { describe, expect, test } from 'vitest'
import { parseArguments } from '../../src/cli/arguments.ts'
import { defineVerb } from '../../src/cli/verb.ts'
import { verbs } from '../../src/cli/verbs.ts'
import { boolean, integer, list, text } from '../../src/config/option.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { seeded } from '../random.ts'

const verb = defineVerb({
  name: 'try',
  summary: 'Try it',
  operands: [
    { name: 'file', summary: 'A file' },
    { name: 'more', summary: 'Others', isOptional: true, isRepeated: true },
  ],
  options: {
    topic: text({ summary: 'A topic', isOptional: true }),
    maxRecords: integer({ summary: 'How many', default: 10 }, { min: 1 }),
    follow: boolean({ summary: 'Wait', default: true }),
    tag: list(text({ summary: 'A tag' }), { summary: 'Tags', default: [] }),
  },
  examples: [],
  run: async () => 0,
})
const parse = (...args: string[]) => parseArguments(verb, args)

describe('spellings of an option', () => {
  const spellings = [
    ['--max-records', '7'],
    ['--max-records=7'],
    ['-max-records', '7'],
    ['-max-records=7'],
    ['-max-records:7'],
    ['--maxRecords', '7'],
  ]
  test.each(spellings)('%s gives its value, before and after the operands', (...spelling) => {
    const args = spelling.filter((word) => word !== undefined)
    expect(parse('a', ...args).options['maxRecords']).toBe(7)
    expect(parse(...args, 'a')).toEqual(parse('a', ...args))
  })

  test('a value may hold the signs that end a name, look like an option, or be empty', () => {
    expect(parse('a', '--topic=a=b:c').options['topic']).toBe('a=b:c')
    expect(parse('a', '--topic', '--b').options['topic']).toBe('--b')
    expect(parse('a', '--topic=').options['topic']).toBe('')
    expect(parse('a', '--topic=two\nlines').options['topic']).toBe('two\nlines')
  })

  test('a boolean takes no value from the next word and has a negation', () => {
    expect(parse('--json', 'a').operands).toEqual(['a'])
    expect(parse('--no-follow', 'a').options['follow']).toBe(false)
    expect(parse('--follow=false', 'a').options['follow']).toBe(false)
  })

  test('a list takes every time it is given, another option the last', () => {
    const { options } = parse('a', '--tag', 'x', '--tag', 'y', '--topic', 'p', '--topic', 'q')
    expect(options['tag']).toEqual(['x', 'y'])
    expect(options['topic']).toBe('q')
  })
})

test('a dash alone, a negative number and what follows -- are operands', () => {
  expect(parse('-', '-5', '--', '--topic').operands).toEqual(['-', '-5', '--topic'])
})

test('faults name the option as it is typed, the closest one, and the form of the verb', () => {
  expect(() => parse('a', '--topc', 'x')).toThrow('"try" has no option "--topc"; did you mean "--topic"?')
  expect(() => parse('a', '--max-records', '0')).toThrow('option "--max-records" is 0, expected integer from 1')
  expect(() => parse('a', '--follow=maybe')).toThrow('option "--follow" is "maybe"')
  expect(() => parse('a', '--topic')).toThrow('option "--topic" needs a value')
  expect(() => parse()).toThrow('<file> is missing; the form is: millrace try <file> [<more>…] [options]')
})

test('help is understood although everything else is missing', () => {
  expect(parse('--help').options['help']).toBe(true)
  expect(parse('-h', '--max-records', 'x').options['help']).toBe(true)
})

test('whatever is typed after any verb is either understood or a fault of the command line', () => {
  const next = seeded(5)
  const signs = [
    '-',
    '--',
    '=',
    ':',
    'a',
    'json',
    'topic',
    'max',
    '1',
    '-5',
    '{',
    'no-',
    '\n',
    '',
    'é',
    '__proto__',
    'help',
  ]
  for (const known of Object.values(verbs)) {
    for (let trial = 0; trial < 200; trial++) {
      const args = Array.from({ length: Math.floor(next() * 6) }, () =>
        Array.from({ length: Math.floor(next() * 4) }, () => signs[Math.floor(next() * signs.length)]).join(''),
      )
      try {
        parseArguments(known, args)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
        expect((thrown as MillraceError).code).toMatch(/^CLI_(OPTION|OPERAND)_/)
      }
    }
  }
})
