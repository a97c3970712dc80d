import { expect, test } from 'vitest'
import { cellsOf, recordFileForm, recordsOf } from '../../src/cli/record-file.ts'
import { seeded } from '../random.ts'
import { inputOf, testWorld } from '../support/command-line.ts'

async function records(text: string, form: 'csv' | 'jsonl') {
  const found: unknown[] = []
  for await (const some of recordsOf(testWorld({ stdin: inputOf(text) }), '-', form)) found.push(...some)
  return found
}

test('cells of any text are read back from their quoted form', () => {
  const next = seeded(11)
  const signs = ['a', '"', ',', ' ', 'é', "'", '']
  for (let trial = 0; trial < 300; trial++) {
    const cells = Array.from({ length: 1 + Math.floor(next() * 5) }, () =>
      Array.from({ length: Math.floor(next() * 6) }, () => signs[Math.floor(next() * signs.length)]).join(''),
    )
    const line = cells.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
    expect(cellsOf(line, 'x')).toEqual(cells)
  }
})

test('the first line of CSV names the fields; empty cells are absent', async () => {
  expect(await records('\ufeffa,b\r\n1,x\r\n,"y, z"\n\n2\n', 'csv')).toEqual([
    { a: '1', b: 'x' },
    { b: 'y, z' },
    { a: '2' },
  ])
})

test('faults name the line', async () => {
  await expect(records('a\n1,2\n', 'csv')).rejects.toThrow('-:2: it has 2 cells')
  await expect(records('a\n"x', 'csv')).rejects.toThrow('-:2: cell 1 is not CSV')
  await expect(records('{"a":1}\nno\n', 'jsonl')).rejects.toThrow('-:2: "no" is not JSON')
  await expect(records('[1]\n', 'jsonl')).rejects.toThrow('-:1: the line is JSON but not an object')
})

test('the ending of a file tells its form', () => {
  expect(recordFileForm('a/b.CSV')).toBe('csv')
  expect(recordFileForm('a.csv.jsonl')).toBe('jsonl')
})
