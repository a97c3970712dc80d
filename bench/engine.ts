// Question: how many iris records per second go from log to log through one task that scores a single tree exactly-once, against
// the same engine without scoring (`pass`), and against a loop that copies bytes and does not even decode (`copy`)?
//
//   node bench/engine.ts
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedLog } from '../src/clients/log/log.ts'
import { columnOf } from '../src/core/bytes.ts'
import { systemClock } from '../src/core/clock.ts'
import { framesOf } from '../src/core/frames.ts'
import { Engine } from '../src/engine/engine.ts'
import type { EnginePlan } from '../src/engine/engine-plan.ts'
import { planEngine } from '../src/engine/read-engine.ts'
import type { StateComponent } from '../src/state/state.ts'
import { openStreamReader } from '../src/streams/stream-reader.ts'
import { openStreamWriter } from '../src/streams/stream-writer.ts'
import { registry } from './registry.ts'
import { compare, type Samples } from './trial.ts'

const RECORDS = 2_000_000
const WARM_UP = 400_000
const BATCH = 1_000
const examples = new URL('../examples/iris/', import.meta.url)

/** A log with the records on one partition. */
function prepare(folder: string): { log: EmbeddedLog; plan: EnginePlan } {
  const path = join(folder, 'millrace.db')
  const log = EmbeddedLog.open(path)
  log.createTopic('iris')
  log.createTopic('models')
  const lines = readFileSync(new URL('iris.jsonl', examples), 'utf8').trim().split('\n')
  const values = Array.from({ length: BATCH }, (_, i) => Buffer.from(lines[i % lines.length] as string))
  const frames = framesOf(columnOf(values))
  for (let sent = 0; sent < RECORDS; sent += BATCH) log.append('iris', 0, frames)
  const stream = (topic: string) => ({ transport: { type: 'log', path, topic }, batching: { maxRecords: BATCH } })
  const document = {
    name: 'bench',
    slots: { 0: stream('iris'), 1: stream('out') },
    models: { ...stream('models'), encoding: 'json' },
    state: { type: 'log', path },
  }
  return { log, plan: planEngine(document, { document: null, source: 'bench', baseFolder: folder }, registry) }
}

async function scored(folder: string, format: string, artifact: Uint8Array): Promise<Samples> {
  const { log, plan } = prepare(folder)
  const message = {
    name: format,
    version: '1',
    dataType: 'bench',
    format,
    data: Buffer.from(artifact).toString('base64'),
  }
  log.append('models', 0, framesOf(columnOf([Buffer.from(JSON.stringify(message))])))
  const engine = new Engine({ plan, registry, registryUrl: new URL('registry.ts', import.meta.url).href })
  await engine.start()
  const rate = await rateOf(log, () => log.endPosition('out', 0))
  await engine.stop()
  return { recordsPerSecond: rate }
}

/** Records per second between the end of the warm-up and the end of the records. */
async function rateOf(log: EmbeddedLog, done: () => number): Promise<number> {
  while (log.topic('out') === null) await new Promise((resolve) => setTimeout(resolve, 5))
  const at = async (records: number) => {
    for (;;) {
      const reached = done()
      if (reached >= records) return { reached, ms: performance.now() }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const start = await at(WARM_UP)
  const end = await at(RECORDS)
  return ((end.reached - start.reached) / (end.ms - start.ms)) * 1_000
}

async function copy(folder: string): Promise<Samples> {
  const { log, plan } = prepare(folder)
  const context = {
    clock: systemClock,
    baseFolder: folder,
    partition: 0,
    group: 'bench',
    channel: null,
    place: 'bench',
  }
  const state = registry.get<StateComponent>('state', 'log', 'bench')
  const store = await state.open(plan.state as never, { baseFolder: folder, place: 'bench' })
  await store.acquire('0/0', { partition: 0 })
  const reader = await openStreamReader((plan.inputs[0] as EnginePlan['inputs'][0]).descriptor, registry, context)
  const writer = await openStreamWriter((plan.outputs[0] as EnginePlan['outputs'][0]).descriptor, registry, context)
  let done = 0
  let startMs = 0
  let startAt = 0
  while (done < RECORDS) {
    const batch = await reader.next(BATCH, 1_000)
    if (batch === null) break
    const transaction = store.begin('0/0')
    await writer.write(batch, transaction)
    await reader.commit(batch.end, transaction)
    store.savePositions('0/0', { data: batch.end }, transaction)
    await transaction.commit()
    done += batch.length
    if (startMs === 0 && done >= WARM_UP) {
      startMs = performance.now()
      startAt = done
    }
    if ((done / BATCH) % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const rate = ((done - startAt) / (performance.now() - startMs)) * 1_000
  log.close()
  return { recordsPerSecond: rate }
}

await compare(
  import.meta.filename,
  'engine',
  {
    copy,
    pass: (folder) => scored(folder, 'pass', Buffer.from('x')),
    tree: (folder) => scored(folder, 'pmml', readFileSync(new URL('tree.pmml', examples))),
  },
  7,
)
