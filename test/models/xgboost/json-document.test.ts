import { describe, expect, it } from 'vitest'
import { readJson } from '../../../src/models/xgboost/json-document.ts'
import { Deferred } from '../../../src/models/xgboost/tree-document.ts'
import { seeded } from '../../random.ts'

const read = (text: string | Uint8Array, deferred: string[] = []) =>
  readJson(Buffer.from(text as string), 'm.json', new Set(deferred))
const refusal = (text: string | Uint8Array) => {
  try {
    read(text)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

describe('readJson', () => {
  it('reads lists of numbers and truths as typed arrays, other lists as lists', () => {
    const document = read(' {"a": [1, -2.5, true], "b": ["x", 1, []], "c": [], "d": {"e": null, "f": false}} ')
    expect(document.get('a')).toEqual(Float64Array.of(1, -2.5, 1))
    expect(document.get('b')).toEqual(['x', 1, []])
    expect(document.get('c')).toEqual([])
    expect(document.get('d')).toEqual(
      new Map<string, unknown>([
        ['e', null],
        ['f', false],
      ]),
    )
    expect(read('{"a": [1, "x", [2, 3], 4]}').get('a')).toEqual([1, 'x', Float64Array.of(2, 3), 4])
  })

  it('reads numbers as JavaScript does, whatever they look like', () => {
    const rnd = seeded(7)
    const texts = [
      '0',
      '-0',
      '1e-45',
      '1E+3',
      '123456789012345678',
      '0.1',
      '1.7976931348623157e308',
      '9007199254740993',
      '1e400',
      '5e-324',
    ]
    for (let i = 0; i < 2000; i++) {
      const digits = Math.floor(rnd() * 19) + 1
      const whole = Array.from({ length: digits }, () => Math.floor(rnd() * 10))
        .join('')
        .replace(/^0+(?=\d)/, '')
      const decimals = rnd() < 0.5 ? `.${Math.floor(rnd() * 1e9)}` : ''
      const exponent = rnd() < 0.5 ? `e${Math.floor(rnd() * 80) - 40}` : ''
      texts.push(`${rnd() < 0.5 ? '-' : ''}${whole}${decimals}${exponent}`)
      texts.push(String(Math.fround((rnd() - 0.5) * 10 ** Math.floor(rnd() * 40 - 20))))
    }
    const numbers = read(`{"n": [${texts.join(', ')}]}`).get('n') as Float64Array
    texts.forEach((text, i) => {
      expect(Object.is(numbers[i], Number(text)), text).toBe(true)
    })
  })

  it('reads what XGBoost writes for numbers that are none', () => {
    expect(read('{"n": [NaN, Infinity, -Infinity]}').get('n')).toEqual(Float64Array.of(Number.NaN, Infinity, -Infinity))
  })

  it('reads texts with escapes and other scripts', () => {
    expect(read('{"Länge \\u00e4\\n": "a\\"b\\\\"}').get('Länge ä\n')).toBe('a"b\\')
    expect(read('{"__proto__": 1}').get('__proto__')).toBe(1)
  })

  it('passes over deferred lists until they are asked for', () => {
    const document = read('{"skip": [1, 2, 3], "keep": [4], "also": {"skip": "text"}}', ['skip'])
    const skipped = document.get('skip') as Deferred
    expect(skipped).toBeInstanceOf(Deferred)
    expect(document.get('keep')).toEqual(Float64Array.of(4))
    expect(skipped.read()).toEqual(Float64Array.of(1, 2, 3))
    expect(skipped.read()).toEqual(Float64Array.of(1, 2, 3))
    expect(document.get('also')).toEqual(new Map([['skip', 'text']]))
    expect(() => (read('{"skip": [1, x]}', ['skip']).get('skip') as Deferred).read()).toThrow(/byte 13: found "x"/)
    expect(() => read('{"skip": [1, 2', ['skip'])).toThrow(/found the end of the document, expected the end of a list/)
  })

  it('names the byte where a document breaks off or goes wrong', () => {
    expect(refusal('{"a": [1, 2')).toBe(
      'm.json cannot be read as JSON of XGBoost: byte 11: found the end of the document, expected a comma or the end of the list',
    )
    expect(refusal('{"a" 1}')).toMatch(/byte 5: found "1", expected a colon/)
    expect(refusal('{"a": 1,}')).toMatch(/byte 8: found "}", expected the name of a member/)
    expect(refusal('{"a": 01}')).toBe('accepted')
    expect(refusal('{"a": 1.}')).toMatch(/byte 8: found "}", expected a digit/)
    expect(refusal('{"a": 1e}')).toMatch(/expected a digit/)
    expect(refusal('{"a": -}')).toMatch(/expected a value/)
    expect(refusal('{"a": tru}')).toMatch(/expected a value/)
    expect(refusal('{"a": "x')).toMatch(/expected the end of a text/)
    expect(refusal('{"a": "\\q"}')).toMatch(/valid escapes/)
    expect(refusal('{} x')).toMatch(/expected the end of the document/)
    expect(refusal('[]')).toMatch(/expected an object/)
    expect(refusal('')).toMatch(/the end of the document/)
  })

  it('refuses nesting without end', () => {
    expect(refusal(`{"a": ${'['.repeat(1e6)}`)).toMatch(/at most 64 levels/)
    expect(refusal('{"a":'.repeat(1e5))).toMatch(/at most 64 levels/)
  })
})
