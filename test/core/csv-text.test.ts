import { expect, test } from 'vitest'
import { cellsOfRow } from '../../src/core/csv-row.ts'
import { CsvText } from '../../src/core/csv-text.ts'
import { seeded } from '../random.ts'
import { randomText } from '../schema/generate.ts'

const comma = { delimiter: ',', quote: '"' }

function rowOf(values: readonly unknown[], form = comma): string {
  const text = new CsvText(form)
  for (const [i, value] of values.entries()) {
    if (i > 0) text.delimiter()
    text.cell(value)
  }
  text.endRow()
  return text.take().toString()
}

test('cells are quoted where they must be, and empty text differs from no value', () => {
  expect(rowOf(['a', 'b,c', 'd"e', 'f\ng', '', null, undefined, true, 12n, 'é'])).toBe(
    'a,"b,c","d""e","f\ng","",,,true,12,é\n',
  )
  expect(rowOf([[1, 2], { a: 'x' }, Float64Array.of(0.5)])).toBe('"[1,2]","{""a"":""x""}",[0.5]\n')
  expect(rowOf(['a,b', 'c||d', 'e|f'], { delimiter: '||', quote: "'" })).toBe("a,b||'c||d'||e|f\n")
})

test('texts come back, whatever is in them', () => {
  const random = seeded(204)
  for (let round = 0; round < 2_000; round++) {
    const texts = Array.from({ length: 3 }, () => randomText(random, 12))
    expect(cellsOfRow(rowOf(texts).slice(0, -1), comma)).toEqual(texts)
  }
})

test('numbers come back as the same double, in the shortest text', () => {
  const random = seeded(205)
  for (let round = 0; round < 30_000; round++) {
    const value =
      round % 2
        ? (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20)
        : Math.round(random() * 1e6) / 10 ** Math.floor(random() * 6)
    expect(rowOf([value])).toBe(`${value}\n`)
  }
  expect(rowOf([0, -0, 9, 10, 0.0001, 0.00005, 9999999.5, 1e21, Infinity, NaN])).toBe(
    '0,0,9,10,0.0001,0.00005,9999999.5,1e+21,Infinity,NaN\n',
  )
})

test('long text grows the buffer, and what was taken stays as it was', () => {
  const text = new CsvText(comma)
  text.cell('x'.repeat(200_000))
  const first = text.take()
  text.raw(Buffer.from('abc'.repeat(50)), 3, 150)
  text.cell('y')
  expect(first.toString()).toBe('x'.repeat(200_000))
  expect(text.since(147).toString()).toBe('y')
  expect(text.take().toString()).toBe(`${'abc'.repeat(49)}y`)
})
