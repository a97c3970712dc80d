// One model in one process of Node, driven by bench/pmml.ts through lines as bench/jvm's Bench is.
//
//   node bench/pmml-subject.ts MODEL RECORDS
//   predict            answers the predictions of all records as a JSON array
//   one MS | many MS   scores records over and over for MS milliseconds, answers nanoseconds per record: elapsed, of the thread's CPU
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pmmlFormat as pmml } from '../src/models/pmml/pmml.ts'
import type { RecordValue } from '../src/schema/value.ts'

const BATCH = 1000
const [model = '', rows = ''] = process.argv.slice(2)
const bytes = readFileSync(model)
const digest = createHash('sha256').update(bytes).digest('hex')
const prepared = await pmml.prepare({ bytes, digest, source: model }, {} as never, {
  allowsCode: false,
  maxArtifactBytes: 2 ** 30,
})
const scorer = await pmml.open(prepared)
const records = JSON.parse(readFileSync(rows, 'utf8')) as RecordValue[]
const batch = Array.from({ length: BATCH }, (_, i) => records[i % records.length] as RecordValue)
let next = 0
/** Predictions end here, so that the compiler may not leave out their making. */
export const sink: { last: unknown } = { last: null }

function predictions(): unknown {
  const found = scorer.score(records)
  if (found instanceof Promise) throw new Error('the scorer is not synchronous')
  const [error] = found.errors?.values() ?? []
  if (error) throw error
  return found.predictions
}

/** A batch of one record at a time. The clock is read every hundred records. */
function scoreOnes(): number {
  for (let i = 0; i < 100; i++) {
    sink.last = scorer.score([records[next] as RecordValue])
    if (++next === records.length) next = 0
  }
  return 100
}

function scoreMany(): number {
  sink.last = scorer.score(batch)
  return BATCH
}

function time(work: () => number, ms: number): string {
  const startCpu = process.threadCpuUsage()
  const start = performance.now()
  let done = 0
  let now: number
  do {
    done += work()
    now = performance.now()
  } while (now < start + ms)
  const cpu = process.threadCpuUsage(startCpu)
  return `${((now - start) * 1e6) / done} ${((cpu.user + cpu.system) * 1e3) / done}`
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ms = '0'] = line.split(' ')
  if (verb === 'predict') process.stdout.write(`${JSON.stringify(predictions())}\n`)
  else process.stdout.write(`${time(verb === 'one' ? scoreOnes : scoreMany, Number(ms))}\n`)
}
