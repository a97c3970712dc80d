import { expect, test } from 'vitest'
import { guessDelimiter, markSize, readHeader } from '../../../src/cli/score/csv-header.ts'
import { type CsvMarks, csvMarks } from '../../../src/core/csv-scan.ts'

const form = { delimiter: ',', quote: '"' }
const header = (text: string) => readHeader(Buffer.from(text), form, csvMarks(form) as CsvMarks)

test('a header is the first row after the byte order mark and blank lines', () => {
  expect(header('a, b ,"c\nd"\r\n1,2,3\n')).toEqual({ names: ['a', 'b', 'c\nd'], end: 13, lines: 2 })
  expect(header('\ufeff\r\n\na,b\n')).toEqual({ names: ['a', 'b'], end: 10, lines: 3 })
  expect(header('a')).toMatchObject({ names: ['a'], end: 1 })
  expect(header('\n\n')).toBe(null)
  const long = Array.from({ length: 3_000 }, (_, i) => `column ${i}`)
  expect(header(`${long.join(',')}\n1`)?.names).toEqual(long)
  expect(markSize(Buffer.from('\ufeffa'))).toBe(3)
})

test('the delimiter is the one that the header has most of', () => {
  const guess = (text: string) => guessDelimiter(Buffer.from(text))
  expect(['a;b;c,d\n1,2,3,4,5', '\ufeffa\tb', 'a|b', 'a', 'a,b;c', '"a;b;c",d\n'].map(guess)).toEqual([
    ';',
    '\t',
    '|',
    ',',
    ',',
    ',',
  ])
})
