import { expect, test } from 'vitest'
import { cellsOfRow } from '../../src/core/csv-row.ts'

const comma = { delimiter: ',', quote: '"' }

test('cells are split, unquoted, and lenient where quotes are not closed', () => {
  expect(cellsOfRow('a,"b,""c""",', comma)).toEqual(['a', 'b,"c"', ''])
  expect(cellsOfRow('', comma)).toEqual([''])
  expect(cellsOfRow('5" pipe,"open, x', comma)).toEqual(['5" pipe', 'open, x'])
  expect(cellsOfRow('"a"b||"c"', { delimiter: '||', quote: '"' })).toEqual(['ab', 'c'])
  expect(cellsOfRow('"a;b"', { delimiter: ';', quote: '' })).toEqual(['"a', 'b"'])
})
