// Question: how fast is the embedded log on one thread: appends and reads of 200-byte records in batches of 1,000, commits of
// one record and of a task's whole transaction, and how soon does a commit of another process wake a waiting reader?
//
//   node bench/log.ts
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { EmbeddedLog } from '../src/clients/log/log.ts'
import { columnOf } from '../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../src/core/frames.ts'

const TRIALS = 5
const RECORD_BYTES = 200
const BATCH_RECORDS = 1000
const BATCHES = 2000
const COMMITS = 20_000
const WAKES = 200

const record = Buffer.alloc(RECORD_BYTES, 'x')
const batchOf = (records: number): FrameBatch => framesOf(columnOf(Array.from({ length: records }, () => record)))
/** A free turn of the event loop, as a task has between batches: the maintenance thread's answers come in. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** What each trial measures, in a process of its own; samples by name. */
const questions = { throughput, commits, transactions, wakes } as const
type Question = keyof typeof questions
type Samples = Readonly<Record<string, number>>

async function throughput(log: EmbeddedLog): Promise<Samples> {
  log.createTopic('t')
  const batch = batchOf(BATCH_RECORDS)
  const times: number[] = []
  const appendStart = performance.now()
  for (let i = 0; i < BATCHES; i++) {
    const before = performance.now()
    log.append('t', 0, batch)
    times.push(performance.now() - before)
    if (i % 8 === 0) await turn()
  }
  const appendMs = performance.now() - appendStart
  const cursor = log.cursor('t', 0, 0)
  let read = 0
  const readStart = performance.now()
  while (cursor.hasMore()) read += cursor.read(BATCH_RECORDS).length
  const readMs = performance.now() - readStart
  const records = BATCHES * BATCH_RECORDS
  if (read !== records) throw new Error(`read ${read} of ${records} records`)
  return {
    appendsPerSecond: (records / appendMs) * 1000,
    readsPerSecond: (records / readMs) * 1000,
    ...percentiles(times),
  }
}

async function commits(log: EmbeddedLog): Promise<Samples> {
  log.createTopic('t')
  const batch = batchOf(1)
  const times = await timesOf(async () => void log.append('t', 0, batch))
  const cursor = log.cursor('t', 0, 0)
  const start = performance.now()
  while (cursor.hasMore()) cursor.read(BATCH_RECORDS)
  return { ...times, readsPerSecond: (COMMITS / (performance.now() - start)) * 1000 }
}

/** One record in and out, a dead letter, the group's position and the checkpoint, fenced: what a task commits. */
async function transactions(log: EmbeddedLog): Promise<Samples> {
  log.createTopic('predictions')
  log.createTopic('deadLetters')
  const batch = batchOf(1)
  const fence = await log.acquire('task')
  return timesOf(async (i) => {
    const transaction = log.begin()
    transaction.require(fence)
    transaction.append('predictions', 0, batch)
    transaction.append('deadLetters', 0, batch)
    transaction.commitPosition('g', 'predictions', 0, i)
    transaction.putState('positions', 'task', Buffer.from(JSON.stringify({ data: i, models: 3 })))
    await transaction.commit()
  })
}

/** A reader that waits at the end, woken by a writer in another process that commits every 5 ms. */
async function wakes(log: EmbeddedLog): Promise<Samples> {
  log.createTopic('t')
  const child = spawn(process.execPath, [import.meta.filename, 'ringer', log.path], { stdio: 'inherit' })
  const times: number[] = []
  const cursor = log.cursor('t', 0, 0)
  while (times.length < WAKES) {
    if (!(await log.waitForAppend('t', 0, cursor.position, 10_000))) throw new Error('nothing came in 10 s')
    const nowNs = process.hrtime.bigint()
    const { values } = cursor.read(1)
    times.push(Number(nowNs - Buffer.from(values.bytes).readBigUInt64LE(values.starts[0])) / 1e6)
  }
  await once(child, 'exit')
  return percentiles(times.slice(WAKES / 10))
}

/** The other process of `wakes`: each record is the time just before its commit, on the clock that all processes share. */
async function ringer(path: string): Promise<void> {
  const log = EmbeddedLog.open(path)
  for (let i = 0; i < WAKES; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    const time = Buffer.alloc(8)
    time.writeBigUInt64LE(process.hrtime.bigint())
    log.append('t', 0, framesOf(columnOf([time])))
  }
  log.close()
}

async function timesOf(work: (i: number) => Promise<void>): Promise<Samples> {
  const times: number[] = []
  const start = performance.now()
  for (let i = 0; i < COMMITS; i++) {
    const before = performance.now()
    await work(i)
    times.push(performance.now() - before)
    if (i % 64 === 0) await turn()
  }
  return { perSecond: (COMMITS / (performance.now() - start)) * 1000, ...percentiles(times) }
}

function percentiles(timesMs: readonly number[]): Samples {
  const sorted = [...timesMs].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) }
}

/** One trial in `folder`, which the parent removes: the maintenance thread may still be closing the file here. */
async function trial(question: Question, folder: string): Promise<Samples> {
  const log = EmbeddedLog.open(join(folder, 'log.db'))
  const samples = await questions[question](log)
  log.close()
  return samples
}

function trialProcess(question: string): Samples {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-log-'))
  try {
    return JSON.parse(execFileSync(process.execPath, [import.meta.filename, question, folder], { encoding: 'utf8' }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [argument, path = ''] = process.argv.slice(2)
if (argument === 'ringer') await ringer(path)
else if (argument) process.stdout.write(JSON.stringify(await trial(argument as Question, path)))
else {
  const samples: Record<string, Samples[]> = {}
  for (const question of Object.keys(questions)) {
    samples[question] = Array.from({ length: TRIALS }, () => trialProcess(question))
    const median = (name: string) =>
      samples[question]?.map((sample) => sample[name] as number).sort((a, b) => a - b)[TRIALS >> 1] as number
    const names = Object.keys(samples[question]?.[0] ?? {})
    console.log(question.padEnd(13), names.map((name) => `${name} ${median(name).toPrecision(3)}`).join('  '))
  }
  const result = {
    question: 'appends, reads, commits and wake-ups of the embedded log on one thread',
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: { cpu: cpus()[0]?.model, cpus: cpus().length, memoryBytes: totalmem() },
    versions: { node: process.version, sqlite: process.versions['sqlite'] },
    data: { recordBytes: RECORD_BYTES, batchRecords: BATCH_RECORDS, batches: BATCHES, commits: COMMITS, wakes: WAKES },
    samples,
  }
  writeFileSync(new URL('results/log-embedded.json', import.meta.url), `${JSON.stringify(result)}\n`)
}
