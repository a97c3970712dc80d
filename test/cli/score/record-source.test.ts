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
    firstFields: null,
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
  expect(await source(['\ufeff{}\n{}'], { form: 'jsonl' })).toEqual({
    csv: null,
    firstFields: [],
    linesBefore: 0,
    text: '{}\n{}',
  })
  expect((await source(['\n{"a": 1, "b": 2}\n3'], { form: 'jsonl' })).firstFields).toEqual(['a', 'b'])
  for (const line of ['[1]', 'a', '']) expect((await source([line], { form: 'jsonl' })).firstFields).toBeNull()
})

test('text in UTF-16 and compressed files are told apart from CSV', async () => {
  const opened = (...bytes: number[]) =>
    openRecordSource(testWorld({ stdin: inputOf(Buffer.from([...bytes, 10])) }), choice)
  await expect(opened(0xff, 0xfe, 0x61)).rejects.toThrow('-: it is text in UTF-16, expected UTF-8')
  await expect(opened(0x1f, 0x8b, 8)).rejects.toThrow('compressed by gzip')
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
  expect(await source([], { form })).toEqual({ csv: null, firstFields: null, linesBefore: 0, text: '' })
})
