import { expect, test } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { delimitedCsvEnvelope } from '../../../src/envelopes/delimited-csv/delimited-csv.ts'
import { seeded } from '../../random.ts'
import { chunksOf, cutAll, wrapped } from '../framing.ts'

const optionsOf = (given: object) => objectSchema(delimitedCsvEnvelope.options).parse(given)
const cut = (given: object, text: string, position = 0) =>
  cutAll(delimitedCsvEnvelope.openCutter(optionsOf(given), position), [Buffer.from(text, 'latin1')])

test('line ends inside quotes belong to their row; blank lines and the header are none', () => {
  expect(cut({}, 'a,b\r\n\r\n1,"x\r\ny"\n\n2,z')).toEqual(['7:1,"x\r\ny"', '17:2,z'])
  expect(cut({ hasHeader: false }, '\xef\xbb\xbfa\nb\n')).toEqual(['0:a', '5:b'])
  expect(cut({}, 'only a header')).toEqual([])
  expect(cut({ quote: '' }, 'h\n"a\nb"\n')).toEqual(['2:"a', '5:b"'])
})

test('reading on at a position has no header there', () => {
  expect(cut({}, '1,2\n3,4\n', 8)).toEqual(['8:1,2', '12:3,4'])
})

test('frames come back whole wherever the chunks end', () => {
  const random = seeded(302)
  const options = optionsOf({ hasHeader: false })
  for (let round = 0; round < 100; round++) {
    const frames = Array.from({ length: 8 }, (_, i) =>
      Buffer.from(random() < 0.5 ? `${i},"a""\n\n${i}",x` : `plain ${i} "quotes"`),
    )
    const bytes = wrapped((f, w) => delimitedCsvEnvelope.wrap(options, f, w), frames)
    const whole = cutAll(delimitedCsvEnvelope.openCutter(options, 0), [bytes])
    expect(whole.map((f) => f.slice(f.indexOf(':') + 1))).toEqual(frames.map(String))
    expect(cutAll(delimitedCsvEnvelope.openCutter(options, 0), chunksOf(random, bytes, 4))).toEqual(whole)
  }
})

test('a quote that nobody closes costs its line, not the stream', () => {
  const rows = Array.from({ length: 20 }, (_, i) => `row ${i}\n`).join('')
  const found = cut({ hasHeader: false, maxFrameBytes: 50 }, `ok\n"open\n${rows}`)
  expect(found.slice(0, 4)).toEqual(['0:ok', '3:"open', '9:row 0', '15:row 1'])
  expect(found).toHaveLength(22)
})

test('marks that cannot be told apart are refused', () => {
  expect(() => cut({ delimiter: '"' }, '')).toThrow('expected two different texts')
})
