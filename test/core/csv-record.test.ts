import { expect, test } from 'vitest'
import { type CsvColumn, compileCsvRecord, decimalAt, integerAt } from '../../src/core/csv-record.ts'
import { type CsvMarks, CsvScan, csvMarks } from '../../src/core/csv-scan.ts'
import { bufferOf } from '../../src/core/utf8.ts'
import { seeded } from '../random.ts'

const none: ReadonlySet<string> = new Set()

function recordOf(row: string | Buffer, columns: readonly Partial<CsvColumn>[]) {
  const bytes = bufferOf(Buffer.from(row as string))
  const scan = new CsvScan(csvMarks({ delimiter: ',', quote: '"' }) as CsvMarks, columns.length, 1)
  scan.scan(bytes, 0, bytes.length)
  const full = columns.map((column, index) => ({
    name: `c${index}`,
    index,
    kind: 'text' as const,
    missing: none,
    ...column,
  }))
  return compileCsvRecord(full, '"')(bytes, scan, 0)
}

test('texts are unquoted, numbers read, and what is no number stays text', () => {
  const kinds = [
    { kind: 'text' },
    { kind: 'text' },
    { kind: 'number' },
    { kind: 'number' },
    { kind: 'integer' },
    { kind: 'integer' },
  ] as const
  expect(recordOf('a,"b ""c"", é",1.5, 2,7,7.0', kinds)).toEqual({
    c0: 'a',
    c1: 'b "c", é',
    c2: 1.5,
    c3: 2,
    c4: 7,
    c5: '7.0',
  })
  expect(recordOf('1,2,x,1e999,-3,99999999999999999999', kinds)).toEqual({
    c0: '1',
    c1: '2',
    c2: 'x',
    c3: '1e999',
    c4: -3,
    c5: '99999999999999999999',
  })
})

test('empty cells are null, quoted ones too unless they are kept; marks are null, also when they are numbers', () => {
  expect(recordOf(',"",""', [{}, {}, { keepsEmpty: true }])).toEqual({ c0: null, c1: null, c2: '' })
  const missing = new Set(['-999', 'NA'])
  expect(
    recordOf('-999,NA,5,NA', [
      { kind: 'number', missing },
      { kind: 'number', missing },
      { kind: 'number', missing },
      {},
    ]),
  ).toEqual({ c0: null, c1: null, c2: 5, c3: 'NA' })
})

test('names can be anything', () => {
  const record = recordOf('1,2', [{ name: '__proto__' }, { name: '"];throw 1//\u2028' }])
  expect(Object.entries(record)).toEqual([
    ['__proto__', '1'],
    ['"];throw 1//\u2028', '2'],
  ])
})

test('a cell that is not UTF-8 is a fault that names its column', () => {
  expect(() => recordOf(Buffer.from([0x61, 0xe9, 0x62]), [{ name: 'city' }])).toThrow(
    'column "city" is not UTF-8: it has the byte 0xe9',
  )
})

test('decimals are the nearest doubles, as the language reads them', () => {
  const random = seeded(203)
  const read = (text: string) => decimalAt(bufferOf(Buffer.from(`x${text}y`)), 1, 1 + text.length)
  const digits = (max: number) =>
    Array.from({ length: Math.floor(random() * max) }, () => Math.floor(random() * 10)).join('')
  for (let round = 0; round < 30_000; round++) {
    const forms = [
      String((random() - 0.5) * 10 ** Math.floor(random() * 30 - 15)),
      `${random() < 0.3 ? '-' : ''}${digits(20)}.${digits(25)}`,
      `${digits(9)}e${Math.floor(random() * 40 - 20)}`,
      digits(4),
    ]
    const text = forms[Math.floor(random() * 4)] as string
    const expected = /\d/.test(text.replace(/e.*/, '')) ? Number(text) : Number.NaN
    expect(Object.is(read(text), expected), `${text}: ${read(text)}`).toBe(true)
  }
  for (const text of ['', '-', '.', '-.', '1.2.3', '0x10', '1_000', 'INF', 'NaN', '1,5', '--1', 'e5', '1e', '1e999'])
    expect(read(text)).toBeNaN()
  expect([' 1.5 ', '+2', '-0', '.5', '5.'].map(read)).toEqual([1.5, 2, -0, 0.5, 5])
})

test('integers have digits only, at most 15', () => {
  const read = (text: string) => integerAt(Buffer.from(text), 0, text.length)
  expect([read('0'), read('-12'), read('123456789012345')]).toEqual([0, -12, 123456789012345])
  for (const text of ['', '-', '1.0', '1e3', ' 1', '1234567890123456']) expect(read(text)).toBeNaN()
})
