import { expect, test } from 'vitest'
import { squareMatrix } from '../../../src/models/pmml/comparison-table.ts'
import { DocumentReader } from '../../../src/models/pmml/document.ts'
import { readXml } from '../../../src/models/pmml/xml.ts'

const read = (attributes: string, inner: string, size = 2) =>
  squareMatrix(new DocumentReader('t'), readXml(Buffer.from(`<Matrix ${attributes}>${inner}</Matrix>`), 't'), size)
const row = (...items: readonly number[]) => `<Array n="${items.length}" type="real">${items.join(' ')}</Array>`

test.each([
  ['any: all rows', 'kind="any"', row(1, 2) + row(3, 4), [1, 2, 3, 4]],
  ['symmetric: the lower triangle', 'kind="symmetric" nbRows="2" nbCols="2"', row(1) + row(3, 4), [1, 3, 3, 4]],
  ['diagonal: one row', 'kind="diagonal" offDiagDefault="9"', row(1, 2), [1, 9, 9, 2]],
  ['cells and defaults', 'diagDefault="1" offDiagDefault="5"', '<MatCell row="2" col="1">7</MatCell>', [1, 5, 7, 1]],
  ['symmetric cells', 'kind="symmetric"', '<MatCell row="2" col="1">7</MatCell>', [0, 7, 7, 0]],
])('%s', (_, attributes, inner, expected) => {
  expect([...read(attributes, inner)]).toEqual(expected)
})

test.each([
  ['kind="any"', row(1, 2), 'has 1 rows, expected 2'],
  ['kind="symmetric"', row(1, 2) + row(3, 4), 'has 2 items, expected 1'],
  ['nbRows="3"', '', '"nbRows" is 3, expected 2'],
  ['', '<MatCell row="3" col="1">7</MatCell>', 'is at row 3, column 1 of a matrix of 2 rows'],
  ['', '<MatCell row="1" col="1">seven</MatCell>', '"seven"'],
])('%s %s is refused', (attributes, inner, reason) => {
  expect(() => read(attributes, inner)).toThrow(reason)
})
