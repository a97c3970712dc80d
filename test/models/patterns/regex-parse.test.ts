import { describe, expect, test } from 'vitest'
import { parseRegex } from '../../../src/models/patterns/regex-parse.ts'
import { TextPattern } from '../../../src/models/patterns/text-pattern.ts'

const holds = (pattern: string, text: string): boolean => new TextPattern(pattern, false).test(text)

describe('what Java, PCRE and Python write', () => {
  test.each([
    ['(?i)ab', 'xAB', true],
    ['^\\p{Alpha}+$', 'abc', true],
    ['^\\p{Punct}$', '~', true],
    ['^[\\p{Punct}\\s]+$', '! ?', true],
    ['^\\p{Lu}\\p{javaLower}?', 'A', 'property "javaLower"'],
    ['^\\p{IsLatin}+$', 'é', true],
    ['[[:digit:]]+', '12', true],
    ['^[[:^space:]]$', ' ', false],
    ['^\\h+$', ' \t\u00a0', true],
    ['^a\\Z', 'a\n', true],
    ['^a\\z', 'a\n', false],
    ['^a$', 'a\n', true],
    ['\\Aa', 'ba', false],
    ['(?s)^a.b$', 'a\nb', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^(?P<x>a)(?P=x)$', 'aa', true],
    ["^(?'x'a)\\k<x>\\g{1}\\1$", 'aaaa', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\x41\\x{1F600}\\u0042\\t$', 'A😀B\t', true],
    ['^[]a]+$', ']a', true],
    ['^[a\\-z]+$', '-', true],
    ['^a\\-b\\_\\/$', 'a-b_/', true],
    ['^\\R$', '\r\n', true],
    ['a{,3}', 'a{,3}', true],
    ['^.{2}$', '😀😀', true],
    ['(?#note)a', 'a', true],
    ['(?i)straße', 'STRASSE', false],
  ])('%s on %j', (pattern, text, expected) => {
    if (typeof expected === 'string') expect(() => holds(pattern, text)).toThrow(expected)
    else expect(holds(pattern, text)).toBe(expected)
  })
})

test.each([
  ['a++', 'possessive quantifier at 3'],
  ['(?>a)', 'atomic group "(?>a)" at 1'],
  ['a(?i)b', 'flags inside the pattern'],
  ['(?x)a', 'flag "x"'],
  ['[a-z&&[^b]]', '"&&"'],
  ['\\G', '"\\G"'],
  ['\\X', '"\\X"'],
  ['(', 'is not closed'],
  [')', 'closes no group'],
  ['[a', 'is not closed'],
  ['*a', 'repeats nothing'],
  ['a**', 'two quantifiers in a row'],
  ['\\2(a)', 'refers to group 2'],
  ['(?<a>x)(?<a>y)', 'is there twice'],
  ['(?1)', 'group "(?1)"'],
  ['a{2000}', 'quantifier above 1000'],
  ['a\\', 'ends in a backslash'],
  ['[z-a]', 'range'],
  [`${'('.repeat(500)}a`, 'nest over 200 deep'],
])('%s is refused by what JavaScript has no equivalent for', (pattern, reason) => {
  expect(() => parseRegex(pattern, false)).toThrow(reason)
})
