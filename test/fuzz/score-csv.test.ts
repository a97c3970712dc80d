import { expect, test } from 'vitest'
import { openChunkScorer } from '../../src/cli/score/chunk-scorer.ts'
import { openRecordSource } from '../../src/cli/score/record-source.ts'
import type { RowFault } from '../../src/cli/score/score-job.ts'
import { registry } from '../../src/components.ts'
import { seeded } from '../random.ts'
import { testWorld } from '../support/command-line.ts'
import { timesSource } from '../support/engine-folder.ts'
import { csvJob, preparedFunction } from '../support/score-job.ts'

const pieces = [
  '1',
  '22.5',
  'x',
  ',',
  ',',
  '\n',
  '\n',
  '\r\n',
  '"',
  '""',
  '"a,b"',
  '"1\n2"',
  '\r',
  ' ',
  'é',
  '\xff',
  '\u0000',
  ';',
  '-',
  'NA',
]
const prepared = await preparedFunction(timesSource(2))

/** What is written and told of a file that comes in these chunks. */
async function scored(bytes: Buffer, cuts: readonly number[]) {
  async function* stdin() {
    let at = 0
    for (const cut of [...cuts, bytes.length]) {
      yield bytes.subarray(at, cut)
      at = cut
    }
  }
  const choice = { path: '-', form: 'csv', delimiter: ',', quote: '"', columns: ['x', 'id'] } as const
  const { chunks } = await openRecordSource(testWorld({ stdin: stdin() }), choice)
  const job = csvJob(['x', 'id'], { copied: null, errorColumn: 'why' }, { keepsRows: true })
  const scorer = await openChunkScorer(job, 'javascript', prepared, registry)
  const faults: RowFault[] = []
  let output = ''
  let records = 0
  let lines = 0
  for await (const chunk of chunks) {
    const result = await scorer.score(chunk)
    output += Buffer.from(result.output).toString('latin1')
    for (const fault of result.faults) faults.push({ ...fault, line: fault.line + lines })
    records += result.records
    lines += result.lines
  }
  scorer.close()
  return { output, faults, records, lines }
}

test('whatever the bytes are, every row has its place, and chunks change nothing', async () => {
  const random = seeded(401)
  for (let round = 0; round < 700; round++) {
    const text = Array.from(
      { length: Math.floor(random() * 40) },
      () => pieces[Math.floor(random() * pieces.length)],
    ).join('')
    const bytes = Buffer.from(text, random() < 0.2 ? 'latin1' : 'utf8')
    const whole = await scored(bytes, [])
    expect(whole.faults.every((fault, i) => i === 0 || fault.line > (whole.faults[i - 1]?.line ?? -1))).toBe(true)
    expect(whole.faults.length).toBeLessThanOrEqual(whole.records)
    const cuts = Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * (bytes.length + 1))).sort(
      (a, b) => a - b,
    )
    expect(await scored(bytes, cuts), JSON.stringify([text, cuts])).toEqual(whole)
  }
})
