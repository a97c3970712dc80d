import { expect, test } from 'vitest'
import { arrayItems, columnNamed, DocumentReader, numbersOf } from '../../../src/models/pmml/document.ts'
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

test('columns lose their prefix', () => {
  expect(columnNamed('data:x')).toBe('x')
})
