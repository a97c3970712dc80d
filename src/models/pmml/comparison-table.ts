import { childOf, childrenOf, type DocumentReader, numbersOf } from './document.ts'
import type { Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

/**
 * Reads the `Comparisons` of a field with compareFunction="table": how any two of its values compare, [values, values], row-major. Rows and
 * columns are in the order of the field's Values (PMML Clustering Models, Comparisons).
 */
export function planComparisons(scope: Scope, field: XmlElement, values: number): Float64Array {
  const { reader } = scope
  const comparisons = childOf(field, 'Comparisons') ?? reader.fault(field, 'element Comparisons is missing')
  const matrix = childOf(comparisons, 'Matrix') ?? reader.fault(comparisons, 'element Matrix is missing')
  return squareMatrix(reader, matrix, values)
}

/** A `Matrix` of `size` rows and columns, row-major (PMML General Structure, Matrix). */
export function squareMatrix(reader: DocumentReader, matrix: XmlElement, size: number): Float64Array {
  for (const attribute of ['nbRows', 'nbCols']) {
    const count = reader.number(matrix, attribute, size)
    if (count !== size) reader.fault(matrix, `attribute "${attribute}" is ${count}, expected ${size}`)
  }
  const kind = reader.word(matrix, 'kind', ['diagonal', 'symmetric', 'any'], 'any')
  const diagonal = reader.number(matrix, 'diagDefault', 0)
  const result = new Float64Array(size * size).fill(reader.number(matrix, 'offDiagDefault', 0))
  for (let i = 0; i < size; i++) result[i * size + i] = diagonal
  const set = (row: number, column: number, value: number): void => {
    result[row * size + column] = value
    if (kind === 'symmetric') result[column * size + row] = value
  }
  fillRows(reader, matrix, kind, size, set)
  for (const cell of childrenOf(matrix, 'MatCell')) {
    const [row, column] = [reader.number(cell, 'row'), reader.number(cell, 'col')]
    if (!isPlace(row, size) || !isPlace(column, size))
      reader.fault(cell, `is at row ${row}, column ${column} of a matrix of ${size} rows`)
    set(row - 1, column - 1, reader.numberIn(cell, cell.text, 'the content'))
  }
  return result
}

function isPlace(number: number, size: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= size
}

function fillRows(
  reader: DocumentReader,
  matrix: XmlElement,
  kind: 'diagonal' | 'symmetric' | 'any',
  size: number,
  set: (row: number, column: number, value: number) => void,
): void {
  const arrays = childrenOf(matrix, 'Array')
  if (arrays.length === 0) return
  const rows = kind === 'diagonal' ? 1 : size
  if (arrays.length !== rows) reader.fault(matrix, `has ${arrays.length} rows, expected ${rows}`)
  arrays.forEach((array, row) => {
    const numbers = numbersOf(reader, array)
    // A symmetric matrix states its lower triangle.
    const expected = kind === 'symmetric' ? row + 1 : size
    if (numbers.length !== expected) reader.fault(array, `has ${numbers.length} items, expected ${expected}`)
    numbers.forEach((value, column) => {
      set(kind === 'diagonal' ? column : row, column, value)
    })
  })
}
