import { expect, test } from 'vitest'
import { openChunkScorer } from '../../../src/cli/score/chunk-scorer.ts'
import type { ScoreJob } from '../../../src/cli/score/score-job.ts'
import { registry } from '../../../src/components.ts'
import { timesSource } from '../../support/engine-folder.ts'
import { csvJob, preparedFunction } from '../../support/score-job.ts'

async function scored(job: ScoreJob, text: string, source = timesSource(2)) {
  const scorer = await openChunkScorer(job, 'javascript', await preparedFunction(source), registry)
  const { output, ...rest } = await scorer.score(Buffer.from(text))
  scorer.close()
  return { ...rest, output: Buffer.from(output).toString() }
}

test('a chunk of many batches is scored in order', async () => {
  const text = Array.from({ length: 2_000 }, (_, i) => `${i},"a\n${i}"\n`).join('')
  const { output, records, lines, faults } = await scored(csvJob(['x', 'id'], { copied: ['id'] }), text)
  expect(output).toBe(Array.from({ length: 2_000 }, (_, i) => `"a\n${i}",${i * 2}\n`).join(''))
  expect({ records, lines, faults }).toEqual({ records: 2_000, lines: 4_000, faults: [] })
})

const bad = '1,a\n2\n\nno,c\n4,d\n'

test('rows that cannot be read or scored keep their place, with their line and text', async () => {
  const { output, records, faults } = await scored(
    csvJob(['x', 'id'], { copied: ['id'], errorColumn: 'error' }, { keepsRows: true }),
    bad,
  )
  expect(output.split('\n').map((line) => line.slice(0, 16))).toEqual(
    ['a,2,', ',,"record is not', 'c,,"field ""x"" ', 'd,8,', ''].map((line) => line.slice(0, 16)),
  )
  expect(records).toBe(4)
  expect(faults).toMatchObject([
    { line: 1, code: 'ENCODING_CSV_SYNTAX', row: '2' },
    { line: 3, code: 'MODEL_INPUT_TYPE', row: 'no,c' },
  ])
})

test('they are skipped, or end it, when told', async () => {
  expect((await scored(csvJob(['x', 'id'], {}, { onError: 'skip' }), bad)).output).toBe('2\n8\n')
  const stopped = await scored(csvJob(['x', 'id'], {}, { onError: 'stop' }), bad)
  expect(stopped).toMatchObject({ output: '2\n', records: 2, faults: [{ line: 1 }] })
})

test('JSON lines in and out, with the same rules', async () => {
  const job = csvJob([], { form: 'jsonl', copied: ['id'] }, { input: { form: 'jsonl' } })
  const { output, faults } = await scored(job, '{"x":1,"id":7}\n\n[]\r\n{"x":"no"}\n{"x":3}')
  expect(
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { id: 7, y: 2 },
    {
      error: {
        code: 'MODEL_RECORD_ABSENT',
        message: 'the record is a list, expected an object with the fields of the model',
      },
    },
    { id: null, error: { code: 'MODEL_INPUT_TYPE', message: expect.any(String) } },
    { id: null, y: 6 },
  ])
  expect(faults.map((fault) => fault.line)).toEqual([2, 3])
})

test('a prediction that the output cannot express is a fault of its row', async () => {
  const source = `export const inputs = [{ name: 'x', dtype: 'float64' }]
export const outputs = [{ name: 'y', dtype: 'float64' }]
export const score = ({ x }) => ({ y: 1 / x })`
  const { output, faults } = await scored(csvJob(['x'], { form: 'jsonl' }), '2\n0\n', source)
  expect(output).toContain('{"y":0.5}\n{"error":{')
  expect(faults).toHaveLength(1)
})
