import { expect, test } from 'vitest'
import { openRecordSource, type SourceChoice } from '../../../src/cli/score/record-source.ts'
import { inputOf, testWorld } from '../../support/command-line.ts'

const choice: SourceChoice = { path: '-', form: 'csv', delimiter: undefined, quote: '"', columns: [] }

async function source(chunks: readonly string[], changes: Partial<SourceChoice> = {}) {
  const { chunks: rows, ...rest } = await openRecordSource(testWorld({ stdin: inputOf(...chunks) }), {
    ...choice,
    ...changes,
  })
  let text = ''
  for await (const chunk of rows) text += Buffer.from(chunk).toString()
  return { ...rest, text }
}

test('the header is taken off, in whatever pieces the file comes', async () => {
  const expected = {
    csv: { marks: { delimiter: ';', quote: '"' }, header: ['a', 'b'] },
    linesBefore: 3,
    text: '1;2\n3;4',
  }
  expect(await source(['\ufeff\n', '\na', ';b\n1', ';2\n3;', '4'])).toEqual(expected)
  expect(await source(['\ufeff\n\na;b\n1;2\n3;4'])).toEqual(expected)
})

test('names can be given instead, and JSON lines have none', async () => {
  expect(await source(['1,2\n'], { columns: ['x', 'y'] })).toMatchObject({
    csv: { header: ['x', 'y'] },
    linesBefore: 0,
    text: '1,2\n',
  })
  expect(await source(['\ufeff{}\n{}'], { form: 'jsonl' })).toEqual({ csv: null, linesBefore: 0, text: '{}\n{}' })
})

test('an empty file and marks that are the same are errors', async () => {
  await expect(source(['\n'])).rejects.toThrow('-: it is empty, expected a header row')
  await expect(source([])).rejects.toThrow('it is empty')
  await expect(source(['a'], { delimiter: '"' })).rejects.toThrow('expected two different texts')
})

test('where nothing tells the form, the first character does', async () => {
  const form = undefined
  expect(await source(['\ufeff \n', '{"a":1}\n'], { form })).toMatchObject({ csv: null })
  expect(await source(['[1]\n'], { form })).toMatchObject({ csv: null })
  expect(await source(['a,b\n1,2\n'], { form })).toMatchObject({ csv: { header: ['a', 'b'] }, text: '1,2\n' })
  expect(await source(['{,2\n'], { form, columns: ['x', 'y'] })).toMatchObject({ csv: { header: ['x', 'y'] } })
  expect(await source([], { form })).toEqual({ csv: null, linesBefore: 0, text: '' })
})
