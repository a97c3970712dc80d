import { expect, test } from 'vitest'
import { recordFileForm, recordsOf } from '../../src/cli/record-file.ts'
import { inputOf, testWorld } from '../support/command-line.ts'

async function records(text: string, form: 'csv' | 'jsonl') {
  const found: unknown[] = []
  for await (const some of recordsOf(testWorld({ stdin: inputOf(text) }), '-', form)) found.push(...some)
  return found
}

test('the first line of CSV names the fields; empty cells are absent', async () => {
  expect(await records('\ufeffa,b\r\n1,x\r\n,"y,\n z"\n\n2,\n', 'csv')).toEqual([
    { a: '1', b: 'x' },
    { b: 'y,\n z' },
    { a: '2' },
  ])
})

test('columns are typed and marks are taken when told', async () => {
  const found: unknown[] = []
  const world = testWorld({ stdin: inputOf('x|s|s\n1.5|?|a\n||\n') })
  const x = { name: 'x', dtype: 'float64', shape: [], isOptional: true } as const
  for await (const some of recordsOf(world, '-', 'csv', { inputs: [x], missing: ['?'], keepsNulls: true }))
    found.push(...some)
  expect(found).toEqual([
    { x: 1.5, s: null },
    { x: null, s: null },
  ])
})

test('faults name the line', async () => {
  await expect(records('a\n1,2\n', 'csv')).rejects.toThrow('-:2: record is not a CSV row: it has 2 cells')
  await expect(records('a\n\n1\n"x', 'csv')).rejects.toThrow(
    '-:4: record is not a CSV row: the quote of cell 1 is not closed',
  )
  await expect(records('{"a":1}\nno\n', 'jsonl')).rejects.toThrow('-:2: "no" is not JSON')
  await expect(records('[1]\n', 'jsonl')).rejects.toThrow('-:1: the line is JSON but not an object')
})

test('the ending of a file tells its form', () => {
  expect(recordFileForm('a/b.CSV')).toBe('csv')
  expect(recordFileForm('a.tsv')).toBe('csv')
  expect(recordFileForm('a.csv.jsonl')).toBe('jsonl')
})
