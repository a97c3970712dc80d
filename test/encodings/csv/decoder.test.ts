import { expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { CsvDecoder } from '../../../src/encodings/csv/decoder.ts'
import { fieldsOf } from '../../../src/encodings/csv/fields.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { RecordSchema } from '../../../src/schema/schema.ts'

const comma = { delimiter: ',', quote: '"' }
const rows = (...texts: string[]) => columnOf(texts.map((text) => Buffer.from(text)))

test('without a schema cells are text, and empty ones null', () => {
  const decoder = new CsvDecoder(fieldsOf(['a', 'b'], null), comma, ['\\N'], null)
  expect(decoder.decode(rows('1,x', ',""', '\\N,"\\N"', '"a\nb",c\r')).values).toEqual([
    { a: '1', b: 'x' },
    { a: null, b: '' },
    { a: null, b: '\\N' },
    { a: 'a\nb', b: 'c' },
  ])
})

test('with a schema cells have its types, and what does not fit is a fault of its row', () => {
  const schema = parseAvro({
    type: 'record',
    name: 'Row',
    fields: [
      { name: 'x', type: 'double', default: 0.5 },
      { name: 'n', type: ['null', 'long'] },
      { name: 'ok', type: 'boolean' },
      { name: 's', type: 'string' },
    ],
  }) as RecordSchema
  const decoder = new CsvDecoder(fieldsOf([], schema), comma, [], schema)
  const { values, errors } = decoder.decode(
    rows('1e3,9007199254740993,TRUE,', ',,false,1', 'x,,true,a', '1,2.5,true,a', '1,2,yes,a'),
  )
  expect(values).toEqual([
    { x: 1000, n: 9007199254740993n, ok: true, s: '' },
    { x: 0.5, n: null, ok: false, s: '1' },
    undefined,
    undefined,
    undefined,
  ])
  expect([...(errors ?? [])].map(([i, { message }]) => `${i} ${message}`)).toEqual([
    expect.stringMatching(/^2 .*"x".*double.*"x"/),
    expect.stringMatching(/^3 .*"n"/),
    expect.stringMatching(/^4 .*"ok".*boolean/),
  ])
})

test('a frame is one row', () => {
  const decoder = new CsvDecoder(fieldsOf(['a'], null), comma, [], null)
  const { errors } = decoder.decode(rows('1\n2', '', '1,2', '"x'))
  expect([...(errors ?? [])].map(([, { message }]) => message.replace('record is not a CSV row: ', ''))).toEqual([
    'it goes on after a line end',
    'it is empty',
    'it has 2 cells, expected 1 as the header has',
    'the quote of cell 1 is not closed',
  ])
})
