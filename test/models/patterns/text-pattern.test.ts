import { describe, expect, test } from 'vitest'
import { replacementOf, TextPattern, trimmed } from '../../../src/models/patterns/text-pattern.ts'

const pattern = (text: string, ignoresCase = false) => new TextPattern(text, ignoresCase)
const long = 20_000

describe('a pattern does the same by both engines', () => {
  // Above the length for the native engine the other one runs.
  const filler = 'x'.repeat(long)
  test('tests', () => {
    expect(pattern('b+c').test('abbc')).toBe(true)
    expect(pattern('b+c').test(`${filler}abbc`)).toBe(true)
    expect(pattern('B+C', true).test(`${filler}abbc`)).toBe(true)
    expect(pattern('b+c').test(filler)).toBe(false)
  })

  test('splits', () => {
    expect(pattern('\\s+').split('a b  c ')).toEqual(['a', 'b', 'c', ''])
    expect(pattern('\\s+').split(`a b ${filler}`)).toEqual(['a', 'b', filler])
    expect(pattern('\\s*').split('a b')).toEqual('a b'.split(/\s*/))
  })

  test('finds all', () => {
    expect(pattern('\\b\\w\\w+\\b').all('a bc def')).toEqual(['bc', 'def'])
    expect(pattern('\\b\\w\\w+\\b').all(`a bc ${filler}`)).toEqual(['bc', filler])
  })

  test('replaces with groups by number and name', () => {
    const swap = pattern('(?P<y>\\d+)-(\\d+)')
    for (const template of ['<$2 \\1>', `<$\{2} $\{y}>`, '<\\2 \\g<y>>', '<\\g<2> $1>']) {
      expect(swap.replace('in 2024-11', replacementOf(template))).toBe('in <11 2024>')
      expect(swap.replace(`${filler} 2024-11`, replacementOf(template))).toBe(`${filler} <11 2024>`)
    }
    expect(pattern('(b)').replace('abc', replacementOf("$&$'$`\\$1"))).toBe("a$&$'$`$1c")
    expect(pattern('x*').replace('ab', () => '-')).toBe('ab'.replace(/x*/g, '-'))
  })
})

test('a catastrophic pattern ends at once, on short and on long texts', () => {
  for (const text of ['(a+)+$', '(a|aa)+$', '(\\w+\\s?)+$', '(a*)*b']) {
    expect(pattern(text).test(`${'a'.repeat(5000)}!!`)).toBe(false)
  }
})

test('one that cannot be followed in bounded time is refused, and texts that grow too long are', () => {
  expect(() => pattern('(a+)+(?=b)')).toThrow('repeats inside repeats')
  expect(() => pattern('(\\w+\\s?)+\\1')).toThrow('repeats inside repeats')
  expect(pattern('(\\w)\\1').test('hello')).toBe(true)
  expect(() => pattern('(\\w+)\\1').test('ab'.repeat(long))).toThrow('expected a text of at most 10000 characters')
  expect(() => pattern('a').replace('a'.repeat(2_000_000), () => 'bbbbbbbb')).toThrow('at most 10000000 characters')
})

test('trims characters that fit at both ends, pairs of surrogates whole', () => {
  const punctuation = /^\p{P}$/u
  expect(trimmed('"(a.b)!"', punctuation)).toBe('a.b')
  expect(trimmed('...', punctuation)).toBe('')
  expect(trimmed('😀.', punctuation)).toBe('😀')
  expect(trimmed(`${'.'.repeat(100_000)}a${'.'.repeat(100_000)}a`, punctuation)).toHaveLength(100_002)
})
