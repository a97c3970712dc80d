import { expect, test } from 'vitest'
import { arrayItems, columnNamed, DocumentReader, numbersOf, tableRows } from '../../../src/models/pmml/document.ts'
import { readXml } from '../../../src/models/pmml/xml.ts'

const element = (xml: string) => readXml(Buffer.from(xml), 'test.pmml')

test('items of an array are parted by blanks, quoted ones keep theirs', () => {
  expect(arrayItems(' ab "a b"\n"say \\"hi\\"" "" c"d ')).toEqual(['ab', 'a b', 'say "hi"', '', 'c"d'])
})

test('a sparse array is filled up with its default', () => {
  const reader = new DocumentReader('test.pmml')
  const sparse = element(
    '<REAL-SparseArray n="4" defaultValue="7"><Indices>2 4</Indices><REAL-Entries>1.5 INF</REAL-Entries></REAL-SparseArray>',
  )
  expect([...numbersOf(reader, sparse)]).toEqual([7, 1.5, 7, Number.POSITIVE_INFINITY])
  expect(() =>
    numbersOf(
      reader,
      element('<REAL-SparseArray n="1"><Indices>2</Indices><REAL-Entries>1</REAL-Entries></REAL-SparseArray>'),
    ),
  ).toThrow('index 2 is outside 1 to 1')
  expect(() => numbersOf(reader, element('<Array n="2">1</Array>'))).toThrow(
    'attribute "n" is 2, but there are 1 items',
  )
})

test('numbers are read from bytes as they are from text', () => {
  const reader = new DocumentReader('test.pmml')
  const read = (text: string) => [...numbersOf(reader, element(`<Array>${text}</Array>`))]
  expect(read(' 1 -2.5\n3e2\tINF ')).toEqual([1, -2.5, 300, Number.POSITIVE_INFINITY])
  expect(read('1 &#50; <![CDATA[3]]> "4"')).toEqual([1, 2, 3, 4])
  expect(read('')).toEqual([])
  expect(() => read('1 two')).toThrow('item 2 is "two", expected a number')
})

test('cells are found by column, in rows that are alike and in those that are not', () => {
  const reader = new DocumentReader('test.pmml')
  const read = (rows: string) =>
    tableRows(reader, element(`<t xmlns:d="u"><InlineTable>${rows}</InlineTable></t>`)).map((row) => [
      row.get('a'),
      row.get('b'),
      row.has('c'),
    ])
  expect(read('<row><a>1</a><d:b>2</d:b></row><row><b>3</b><a/></row><row><c>4</c></row>')).toEqual([
    ['1', '2', false],
    ['', '3', false],
    [undefined, undefined, true],
  ])
  expect(read('<row><a>1</a><b>2</b></row><row><a>1<b>x</b></a><b>2</b></row>')).toEqual([
    ['1', '2', false],
    ['1', '2', false],
  ])
})

test('columns lose their prefix', () => {
  expect(columnNamed('data:x')).toBe('x')
})
