import { expect, test } from 'vitest'
import { parseOptions } from '../../../src/config/parse.ts'
import { BytesWriter, bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { csvEncoding } from '../../../src/encodings/csv/csv.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import type { Value } from '../../../src/schema/value.ts'
import { seeded } from '../../random.ts'
import { randomNumber, randomText } from '../../schema/generate.ts'

const schema = parseAvro({
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'x', type: 'double' },
    { name: 'n', type: ['null', 'long'] },
    { name: 'ok', type: 'boolean' },
    { name: 'label', type: 'string' },
    { name: 'note', type: ['null', 'string'] },
  ],
})
const optionsOf = (given: object) => parseOptions(csvEncoding.options, given, { source: 'test' })
const contextOf = (given: Schema | null) => ({ schema: given, baseFolder: '.', place: 'test' })

test('generated records of a schema come back, whatever is in their texts', () => {
  const random = seeded(301)
  for (const given of [{}, { delimiter: '||', quote: "'" }, { delimiter: '\t', missing: ['NULL', ''] }]) {
    const encoder = csvEncoding.openEncoder(optionsOf(given), contextOf(schema))
    const decoder = csvEncoding.openDecoder(optionsOf(given), contextOf(schema))
    const writer = new BytesWriter(1, 1)
    const records = Array.from(
      { length: 500 },
      (): Value => ({
        x: randomNumber(random),
        n: random() < 0.3 ? null : Math.floor((random() - 0.5) * 2 ** 54),
        ok: random() < 0.5,
        label: random() < 0.1 ? '\\N' : random() < 0.1 ? 'NULL' : randomText(random, 9),
        note: random() < 0.3 ? null : `${randomText(random, 9)}||'\t`,
      }),
    )
    for (const record of records) encoder.encode(record, writer)
    expect(decoder.decode(writer.finish())).toEqual({ values: records, errors: null })
  }
})

test('a stream without schema and columns, or with marks that cannot be told apart, does not open', () => {
  expect(() => csvEncoding.openDecoder(optionsOf({}), contextOf(null))).toThrow('needs the names of its columns')
  expect(() => csvEncoding.openEncoder(optionsOf({ columns: ['a'], delimiter: '"' }), contextOf(null))).toThrow(
    'delimiter "\\"" and quote "\\""',
  )
  expect(() => csvEncoding.openDecoder(optionsOf({}), contextOf({ type: 'string' }))).toThrow(
    'needs schema a record or none',
  )
})

test('a single column that has no value is not a blank line', () => {
  const encoder = csvEncoding.openEncoder(optionsOf({ columns: ['a'] }), contextOf(null))
  const writer = new BytesWriter(1, 1)
  encoder.encode({ a: null }, writer)
  expect(Buffer.from(bytesAt(writer.finish(), 0) ?? []).toString()).toBe('""')
  expect(
    csvEncoding.openDecoder(optionsOf({ columns: ['a'] }), contextOf(null)).decode(columnOf([Buffer.from('x')])).values,
  ).toEqual([{ a: 'x' }])
})
