// Question: how many Crayfish events per second does one task score from embedded log to embedded log, the record echoed with its
// prediction, against a loop that parses, runs and stringifies, record by record (`naive`) and in batches of 64 (`naiveBatches`)?
//
//   node bench/crayfish.ts
//
// An event is one JSON record of 8.4 KB with 784 numbers as text (bench/crayfish/events.ts); the model is Crayfish's feed-forward network. The
// loops are what a careful user of the log and of onnxruntime-node would write, with one thread of onnxruntime and one transaction for output
// and position per record or batch: the same guarantee. Before a trial counts, the first predictions of its output are compared with
// those of each event alone, by onnxruntime (for the SavedModel by a scorer that agrees with TensorFlow's own outputs), and the echoed events
// with what was sent. `copy` moves the bytes and does nothing else.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { EmbeddedLog } from '../src/clients/log/log.ts'
import { bytesAt, columnOf } from '../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../src/core/frames.ts'
import { Engine } from '../src/engine/engine.ts'
import { planEngine } from '../src/engine/read-engine.ts'
import { loadModel } from '../src/load-model.ts'
import { eventSchema, makeEvents, NUMBERS } from './crayfish/events.ts'
import { onnxNetwork, tensorflowNetwork } from './crayfish/network.ts'
import { registry } from './registry.ts'
import { compare, type Samples } from './trial.ts'

const DISTINCT = 512
const RECORDS = DISTINCT * 80
const WARM_UP = DISTINCT * 32
const COMPARED = 256
/** Records per batch, of everything but `naive`; a row of the log holds as many. */
const BATCH = 64

interface Ort {
  readonly InferenceSession: typeof InferenceSession
  readonly Tensor: typeof Tensor
}
const ort = createRequire(import.meta.url)('onnxruntime-node') as Ort

interface CrayfishEvent {
  readonly id: number
  readonly created: number
  readonly input: readonly number[]
}

/** A log whose topic `events` holds the records. */
function prepare(folder: string): { path: string; log: EmbeddedLog } {
  const path = join(folder, 'millrace.db')
  const log = EmbeddedLog.open(path)
  for (const topic of ['events', 'models', 'out']) log.createTopic(topic)
  const events = makeEvents(DISTINCT)
  const batches = Array.from({ length: DISTINCT / BATCH }, (_, i) =>
    framesOf(columnOf(events.slice(i * BATCH, i * BATCH + BATCH))),
  )
  for (let sent = 0; sent < RECORDS; sent += DISTINCT) for (const batch of batches) log.append('events', 0, batch)
  return { path, log }
}

function openSession(): Promise<InferenceSession> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 }
  return ort.InferenceSession.create(onnxNetwork(), options)
}

async function run(session: InferenceSession, rows: number, data: Float32Array): Promise<Float32Array> {
  const { output } = await session.run({ input: new ort.Tensor('float32', data, [rows, 1, NUMBERS]) })
  return output?.data as Float32Array
}

/** Calls `score` with batches of at most `size` records and writes what it gives for each; a transaction per batch. */
async function loop(folder: string, size: number, score: (batch: FrameBatch) => Promise<FrameBatch>): Promise<Samples> {
  const { log } = prepare(folder)
  const cursor = log.cursor('events', 0, 0)
  let done = 0
  let start = clocks()
  while (done < RECORDS) {
    const batch = cursor.read(size)
    const output = await score(batch)
    const transaction = log.begin()
    transaction.append('out', 0, output)
    transaction.commitPosition('bench', 'events', 0, batch.end)
    await transaction.commit()
    if (done < WARM_UP && done + batch.length >= WARM_UP) start = clocks()
    done += batch.length
  }
  return samplesOf(RECORDS - WARM_UP, start, clocks())
}

/** Time that has passed, and time that processors have spent on all threads and on the one that scores: these hardly depend on what else runs. */
function clocks() {
  const { user, system } = process.cpuUsage()
  return { ms: performance.now(), cpuUs: user + system, taskUs: taskMicroseconds() }
}

/** Time of the scoring thread, by Linux in steps of 10 ms: the engine's if there is one, else this thread. NaN elsewhere. */
function taskMicroseconds(): number {
  if (!existsSync('/proc/self/task')) return Number.NaN
  const threads = readdirSync('/proc/self/task').map((id) => {
    const text = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    const fields = text.slice(end + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12]) // utime and stime
    return { id, name: text.slice(text.indexOf('(') + 1, end), microseconds: ticks * 10_000 }
  })
  const task = threads.find(({ name }) => name.startsWith('millrace-tasks'))
  const own = threads.find(({ id }) => id === String(process.pid))
  return (task ?? own)?.microseconds ?? Number.NaN
}

function samplesOf(events: number, start: ReturnType<typeof clocks>, end: ReturnType<typeof clocks>): Samples {
  return {
    eventsPerSecond: (events / (end.ms - start.ms)) * 1_000,
    taskMicrosecondsPerEvent: (end.taskUs - start.taskUs) / events,
    cpuMicrosecondsPerEvent: (end.cpuUs - start.cpuUs) / events,
  }
}

const textOf = (batch: FrameBatch, i: number): string => (bytesAt(batch.values, i) as Buffer).toString('utf8')

async function naive(folder: string): Promise<Samples> {
  const session = await openSession()
  const samples = await loop(folder, 1, async (batch) => {
    const event = JSON.parse(textOf(batch, 0)) as CrayfishEvent
    const output = await run(session, 1, Float32Array.from(event.input))
    return framesOf(columnOf([Buffer.from(JSON.stringify({ ...event, output: Array.from(output) }))]))
  })
  await check(folder)
  return samples
}

async function naiveBatches(folder: string): Promise<Samples> {
  const session = await openSession()
  const samples = await loop(folder, BATCH, async (batch) => {
    const data = new Float32Array(batch.length * NUMBERS)
    const events: CrayfishEvent[] = []
    for (let i = 0; i < batch.length; i++) {
      const event = JSON.parse(textOf(batch, i)) as CrayfishEvent
      data.set(event.input, i * NUMBERS)
      events.push(event)
    }
    const output = await run(session, batch.length, data)
    const texts = events.map((event, i) =>
      Buffer.from(JSON.stringify({ ...event, output: Array.from(output.subarray(i * 10, i * 10 + 10)) })),
    )
    return framesOf(columnOf(texts))
  })
  await check(folder)
  return samples
}

/** The outputs for one event. */
type Answer = (numbers: Float32Array) => Promise<ArrayLike<number>>

interface Served {
  readonly format: string
  readonly artifact: Uint8Array
  readonly options?: object
  readonly answer?: Answer
}

/** The SavedModel; its answers one by one are first compared with those of TensorFlow itself. */
async function tensorflow(folder: string, { bytes, inputs, outputs }: NonNullable<typeof network>): Promise<Samples> {
  const options = { features: ['input'] }
  const model = await loadModel(bytes, { format: 'tensorflow', options })
  const answer: Answer = async (input) => {
    const [result] = await model.score([{ input }])
    if (!result || !('prediction' in result)) throw new Error(JSON.stringify(result))
    return Object.values(result.prediction)[0] as number[]
  }
  for (let row = 0; row < inputs.length / NUMBERS; row++) {
    const found = await answer(inputs.subarray(row * NUMBERS, (row + 1) * NUMBERS))
    if (!isClose(outputs.subarray(row * 10, row * 10 + 10), found)) throw new Error(`row ${row} is not TensorFlow's`)
  }
  return millrace(folder, { format: 'tensorflow', artifact: bytes, options, answer })
}

async function millrace(folder: string, { format, artifact, options = {}, answer }: Served): Promise<Samples> {
  const { path, log } = prepare(folder)
  const stream = (topic: string) => ({ transport: { type: 'log', path, topic }, batching: { maxRecords: BATCH } })
  const document = {
    name: 'bench',
    slots: { 0: { ...stream('events'), encoding: 'json', schema: eventSchema }, 1: stream('out') },
    models: { ...stream('models'), encoding: 'json' },
    state: { type: 'log', path },
    predictions: { echo: true },
  }
  const plan = planEngine(document, { document: null, source: 'bench', baseFolder: folder }, registry)
  const message = {
    name: format,
    version: '1',
    dataType: 'bench',
    format,
    data: Buffer.from(artifact).toString('base64'),
    options,
  }
  log.append('models', 0, framesOf(columnOf([Buffer.from(JSON.stringify(message))])))
  const engine = new Engine({ plan, registry, registryUrl: new URL('registry.ts', import.meta.url).href })
  await engine.start()
  const at = async (records: number) => {
    for (;;) {
      const reached = log.endPosition('out', 0)
      if (reached >= records) return { reached, ...clocks() }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const start = await at(WARM_UP)
  const end = await at(RECORDS)
  await engine.stop()
  await check(folder, answer)
  return samplesOf(end.reached - start.reached, start, end)
}

/** Throws unless the first records of `out` are the events with the answer to each of them alone, by default onnxruntime's. */
async function check(folder: string, answer: Answer | null = null): Promise<void> {
  const log = EmbeddedLog.open(join(folder, 'millrace.db'))
  const session = await openSession()
  const cursor = log.cursor('out', 0, 0)
  const texts: string[] = []
  while (texts.length < COMPARED) {
    const batch = cursor.read(COMPARED - texts.length)
    for (let i = 0; i < batch.length; i++) texts.push(textOf(batch, i))
  }
  if (log.endPosition('out', 0) !== RECORDS) throw new Error(`${log.endPosition('out', 0)} of ${RECORDS} were written`)
  log.close()
  const events = makeEvents(COMPARED)
  for (const [i, text] of texts.entries()) {
    const { id, created, input, ...outputs } = JSON.parse(text) as CrayfishEvent & Record<string, number[]>
    const sent = events[i] as Buffer
    if (JSON.stringify({ id, created, input }) !== sent.toString()) throw new Error(`event ${i} is not echoed`)
    const numbers = Float32Array.from(input)
    const expected = answer ? await answer(numbers) : await run(session, 1, numbers)
    const found = Object.values(outputs)[0] ?? []
    if (!isClose(expected, found))
      throw new Error(`event ${i} has ${found.join(', ')}, expected ${Array.from(expected).join(', ')}`)
  }
}

function isClose(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((x, k) => Math.abs(x - (b[k] as number)) < 1e-4)
}

const network = await tensorflowNetwork()

await compare(
  import.meta.filename,
  'crayfish',
  {
    copy: (folder) => loop(folder, BATCH, async (batch) => batch),
    naive,
    naiveBatches,
    onnx: (folder) => millrace(folder, { format: 'onnx', artifact: onnxNetwork() }),
    ...(network ? { tensorflow: (folder: string) => tensorflow(folder, network) } : {}),
  },
  3,
)
