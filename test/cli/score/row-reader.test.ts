import { expect, test } from 'vitest'
import { BATCH_RECORDS, openRowReader } from '../../../src/cli/score/row-reader.ts'
import type { ScoreJob } from '../../../src/cli/score/score-job.ts'
import { jsonEncoding } from '../../../src/encodings/json/json.ts'
import type { Signature } from '../../../src/schema/signature.ts'
import { csvJob } from '../../support/score-job.ts'

const feature = (name: string, dtype: 'float64' | 'int64' | 'string') => ({ name, dtype, shape: [], isOptional: true })
const signature: Signature = {
  inputs: [
    feature('x', 'float64'),
    feature('n', 'int64'),
    feature('fixed acidity', 'float64'),
    feature('city', 'string'),
  ],
  outputs: [],
}

function reader(job: ScoreJob) {
  return openRowReader(job, signature, () => jsonEncoding.openDecoder({}, { schema: null, baseFolder: '.', place: '' }))
}

test('columns are read by the types of the model; others only when they are wanted', () => {
  const header = ['x', 'n', 'fixed_acidity', 'city', 'id', 'x']
  const row = Buffer.from('1.50,7,0.25,12,007,9\n')
  const rows = reader(csvJob(header))
  rows.open(row)
  expect(rows.next()).toBe(true)
  expect(rows.records).toEqual([{ x: 1.5, n: 7, fixed_acidity: 0.25, city: '12' }])
  expect(rows.next()).toBe(false)
  const json = reader(csvJob(header, { form: 'jsonl', copied: ['id'] }))
  json.open(row)
  json.next()
  expect(json.records[0]).toMatchObject({ id: '007' })
  const anything = reader(csvJob(header, {}, { readsAnything: true }))
  anything.open(row)
  anything.next()
  expect(Object.keys(anything.records[0] ?? {})).toEqual(['x', 'n', 'fixed_acidity', 'city', 'id'])
})

test('NA is no value in columns of numbers; own marks hold everywhere and instead', () => {
  const text = Buffer.from('NA,null,,NA\n?,1,-1,?\n')
  const usual = reader(csvJob(['x', 'n', 'fixed acidity', 'city']))
  usual.open(text)
  usual.next()
  expect(usual.records).toEqual([
    { x: null, n: null, 'fixed acidity': null, city: 'NA' },
    { x: '?', n: 1, 'fixed acidity': -1, city: '?' },
  ])
  const job = csvJob(['x', 'n', 'fixed acidity', 'city'])
  const own = reader({ ...job, input: { ...job.input, missing: ['?', '-1'] } as ScoreJob['input'] })
  own.open(text)
  own.next()
  expect(own.records).toEqual([
    { x: 'NA', n: 'null', 'fixed acidity': null, city: 'NA' },
    { x: null, n: 1, 'fixed acidity': null, city: null },
  ])
})

test.each(['csv', 'jsonl'] as const)('lines and texts of %s rows are told over batches', (form) => {
  const rows = reader(form === 'csv' ? csvJob(['city']) : csvJob([], {}, { input: { form } }))
  const count = BATCH_RECORDS + 10
  rows.open(Buffer.from(Array.from({ length: count }, (_, i) => `${i}\n\n`).join('')))
  expect(rows.next()).toBe(true)
  expect(rows.length).toBe(BATCH_RECORDS)
  expect(rows.next()).toBe(true)
  expect([rows.length, rows.lineOf(9), rows.textOf(9)]).toEqual([10, (count - 1) * 2, String(count - 1)])
  if (form === 'jsonl') expect(rows.faultOf(9)?.message).toContain('the record is a number')
  expect(rows.next()).toBe(form === 'csv' && false)
  expect(rows.lines).toBe(count * 2)
})

test('a cell that is not UTF-8 is a fault of its row alone', () => {
  const rows = reader(csvJob(['city', 'n']))
  rows.open(Buffer.concat([Buffer.from('a,1\n'), Buffer.from([0xff]), Buffer.from(',2\nb,3\n')]))
  rows.next()
  expect(rows.records.map((record) => record?.['n'] ?? null)).toEqual([1, null, 3])
  expect(rows.faultOf(1)?.code).toBe('ENCODING_CSV_TEXT')
})
