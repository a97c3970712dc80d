import { expect, test } from 'vitest'
import { registry as all } from '../../src/components.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { csvTogether } from '../../src/streams/fastscore-csv.ts'

test('what FastScore gives to envelope and encoding goes where ours reads it', () => {
  const warnings: string[] = []
  const descriptor = normalise(
    {
      Transport: { Type: 'file', Path: 'x.csv' },
      Envelope: {
        Type: 'delimited-csv',
        Separator: '\n',
        SkipHeader: false,
        NullValues: ['NA'],
        StripWhitespace: 'all',
      },
      Encoding: { Type: 'csv', Delimiter: ';', QuoteCharacter: "'" },
    },
    { warn: (warning) => warnings.push(warning) },
    all,
  )
  expect(descriptor).toMatchObject({
    envelope: { type: 'delimited-csv', hasHeader: false, lineEnding: '\n', delimiter: ';', quote: "'" },
    encoding: { type: 'csv', delimiter: ';', quote: "'", missing: ['NA'] },
  })
  expect(warnings).toEqual([expect.stringContaining('StripWhitespace is ignored')])
  const csv = { Transport: { Type: 'file', Path: 'x.csv' }, Encoding: 'csv' }
  expect(normalise(csv, {}, all)).toMatchObject({ envelope: { type: 'delimited-csv', hasHeader: true } })
  const wrong = (envelope: object) => () =>
    normalise({ ...csv, Envelope: { Type: 'delimited-csv', ...envelope } }, {}, all)
  expect(wrong({ Separator: ';' })).toThrow('Envelope.Separator')
  expect(wrong({ SkipBlankLines: false })).toThrow('blank lines are never rows')
  expect(() => normalise({ ...csv, Encoding: 'json', Envelope: 'delimited-csv' }, {}, all)).toThrow(
    'needs encoding "csv"',
  )
  const differing = {
    transport: { type: 'file', path: 'x' },
    encoding: { type: 'csv', delimiter: ';' },
    envelope: 'delimited-csv',
  }
  expect(() => normalise(differing, {}, all)).toThrow('delimiter and quote of envelope "delimited-csv" differ')
})

test('other envelopes and encodings are left as they are', () => {
  expect(csvTogether({ type: 'delimited' }, { type: 'csv' })).toBe(null)
  expect(csvTogether(null, { type: 'csv' })).toBe(null)
  expect(csvTogether({ type: 'delimited-csv', missing: [] }, { type: 'json' })).toEqual({
    envelope: { type: 'delimited-csv' },
    encoding: { type: 'json' },
  })
})
