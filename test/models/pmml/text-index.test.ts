import { describe, expect, test } from 'vitest'
import { evaluate } from './documents.ts'

describe('TextIndex', () => {
  const index = (attributes: string, term = 'good day') =>
    `<TextIndex textField="s" ${attributes}><Constant dataType="string">${term}</Constant></TextIndex>`
  test.each([
    ['', 2],
    ['isCaseSensitive="true"', 1],
    ['localTermWeights="binary"', 1],
    ['localTermWeights="logarithmic"', Math.log10(3)],
    ['maxLevenshteinDistance="1"', 3],
  ])('%j', async (attributes, expected) => {
    expect(await evaluate(index(attributes), { s: 'Good day, (good day) or goot day; goodday' })).toBe(expected)
  })

  test('counts words by their own pattern', async () => {
    expect(await evaluate(index('x-wordRE="\\w+"', 'b'), { s: 'a.b,b' })).toBe(2)
  })
})
