import { expect, test } from 'vitest'
import { openRowReader } from '../../../src/cli/score/row-reader.ts'
import { csvColumns, openRowWriter } from '../../../src/cli/score/row-writer.ts'
import type { ScoreOutput } from '../../../src/cli/score/score-job.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { jsonEncoding } from '../../../src/encodings/json/json.ts'
import type { RecordValue } from '../../../src/schema/value.ts'
import { comma, csvJob } from '../../support/score-job.ts'

const context = { schema: null, baseFolder: '.', place: '' }
const header = ['a', 'b']

function writerFor(output: Partial<ScoreOutput>, rows: string) {
  const job = csvJob(header, output)
  const reader = openRowReader(job, { inputs: [], outputs: [] }, () => jsonEncoding.openDecoder({}, context))
  reader.open(Buffer.from(rows))
  reader.next()
  return openRowWriter(job.output, job.input, reader, () => jsonEncoding.openEncoder({}, context))
}

const fault = new MillraceError('MODEL_INPUT_MISSING', { field: 'x' })

test('cells are copied as they stand, or written anew for other marks', () => {
  const rows = '"1,5","x""y"\n'
  const same = writerFor({ copied: null }, rows)
  same.prediction(0, { y: 1 })
  expect(Buffer.from(same.take()).toString()).toBe('"1,5","x""y",1\n')
  const other = writerFor({ copied: ['b', 'a'], marks: { delimiter: ';', quote: '"' } }, rows)
  other.prediction(0, { y: 1 })
  expect(Buffer.from(other.take()).toString()).toBe('"x""y";1,5;1\n')
})

test('predictions that are shared and frozen are written alike the second time', () => {
  const writer = writerFor({ outputs: ['y', 'z'], errorColumn: 'why', copied: ['a'] }, '1,2\n3,4\n')
  const shared: RecordValue = Object.freeze({ y: 'a,b', z: null })
  writer.prediction(0, shared)
  writer.prediction(1, shared)
  const changing = { y: 1, z: 2 }
  writer.prediction(0, changing)
  changing.y = 5
  writer.prediction(0, changing)
  writer.fault(1, fault)
  expect(Buffer.from(writer.take()).toString()).toBe(
    '1,"a,b",,\n3,"a,b",,\n1,1,2,\n1,5,2,\n3,,,"field ""x"" is missing and the model needs it"\n',
  )
  expect(
    csvColumns({ ...csvJob([]).output, copied: ['a'], outputs: ['y'], prefix: 'p_', errorColumn: 'why' }, header),
  ).toEqual(['a', 'p_y', 'why'])
})

test('JSON lines hold copied fields, prefixed outputs and errors', () => {
  const writer = writerFor({ form: 'jsonl', marks: comma, copied: ['b'], prefix: 'p_' }, '1,2\n')
  writer.prediction(0, { y: 1 })
  writer.fault(0, fault)
  const lines = Buffer.from(writer.take())
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(lines).toEqual([
    { b: '2', p_y: 1 },
    { b: '2', error: { code: fault.code, message: fault.message } },
  ])
})
