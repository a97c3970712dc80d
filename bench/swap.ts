// Question: does a swap to a 5 MB PMML forest show in the latency of the records that flow meanwhile? Open loop: a process of its own
// appends records at half the rate that the engine can sustain, and latency counts from the time at which a record was due.
//
//   node bench/swap.ts
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedLog } from '../src/clients/log/log.ts'
import { columnOf } from '../src/core/bytes.ts'
import { systemClock } from '../src/core/clock.ts'
import { framesOf } from '../src/core/frames.ts'
import { Engine } from '../src/engine/engine.ts'
import { planEngine } from '../src/engine/read-engine.ts'
import { forestPmml, irisShape } from './models/forest.ts'
import { registry } from './registry.ts'
import { compare, quantile, type Samples } from './trial.ts'

const FOREST_BYTES = 5_000_000
const BACKLOG = 600_000
const SETTLE_MS = 4_000
const WINDOW_MS = 5_000
const MAX_SWAP_MS = 20_000

async function swap(folder: string): Promise<Samples> {
  const path = join(folder, 'millrace.db')
  const log = EmbeddedLog.open(path)
  for (const topic of ['iris', 'out', 'models']) log.createTopic(topic)
  // By location, as large artifacts are published: by value, 7 MB of message would go through the same file as the records.
  const publish = (version: string) => {
    const message = { name: 'forest', version, dataType: 'bench', format: 'pmml', location: `forest-${version}.pmml` }
    log.append('models', 0, framesOf(columnOf([Buffer.from(JSON.stringify(message))])))
  }
  const stream = (topic: string) => ({ transport: { type: 'log', path, topic } })
  const document = {
    name: 'bench',
    slots: { 0: stream('iris'), 1: stream('out') },
    models: stream('models'),
    state: { type: 'log', path },
  }
  const plan = planEngine(document, { document: null, source: 'bench', baseFolder: folder }, registry)
  for (const seed of [1, 2]) {
    writeFileSync(join(folder, `forest-${seed}.pmml`), forestPmml(FOREST_BYTES, { ...irisShape, seed }))
  }
  publish('1')
  fill(log)
  const engine = new Engine({ plan, registry, registryUrl: new URL('registry.ts', import.meta.url).href })
  let activatedMs = 0
  engine.telemetry.listen((name, payload) => {
    if (name === 'versionActivated' && (payload as { version: string }).version === '2') activatedMs = systemClock.now()
  })
  await engine.start()
  const maximum = await drainRate(log)
  const rate = Math.floor(maximum / 2)
  const durationMs = SETTLE_MS + WINDOW_MS + MAX_SWAP_MS
  const feeder = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'swap-feeder.ts'),
      path,
      String(rate),
      String(durationMs),
    ],
    { stdio: 'inherit' },
  )
  await systemClock.sleep(SETTLE_MS + WINDOW_MS)
  const publishedMs = systemClock.now()
  publish('2')
  while (activatedMs === 0 && systemClock.now() < publishedMs + MAX_SWAP_MS) await systemClock.sleep(5)
  await systemClock.sleep(WINDOW_MS)
  feeder.kill('SIGTERM')
  await once(feeder, 'exit')
  await engine.stop()
  const latencies = latenciesOf(log)
  const window = (fromMs: number, toMs: number) => {
    const inside = latencies.filter(([at]) => at >= fromMs && at < toMs).map(([, latency]) => latency)
    return Float64Array.from(inside)
  }
  const before = window(publishedMs - WINDOW_MS, publishedMs)
  const during = window(publishedMs, activatedMs + 500)
  const after = window(activatedMs + 500, activatedMs + WINDOW_MS)
  log.close()
  return {
    maximumPerSecond: maximum,
    ratePerSecond: rate,
    swapMs: activatedMs - publishedMs,
    beforeP50Ms: quantile(before, 0.5),
    duringP50Ms: quantile(during, 0.5),
    afterP50Ms: quantile(after, 0.5),
    beforeP99Ms: quantile(before, 0.99),
    duringP99Ms: quantile(during, 0.99),
    afterP99Ms: quantile(after, 0.99),
    duringToBeforeP99: quantile(during, 0.99) / quantile(before, 0.99),
  }
}

function fill(log: EmbeddedLog): void {
  const lines = readFileSync(new URL('../examples/iris/iris.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const frames = framesOf(
    columnOf(Array.from({ length: 1_000 }, (_, i) => Buffer.from(lines[i % lines.length] as string))),
  )
  for (let sent = 0; sent < BACKLOG; sent += 1_000) log.append('iris', 0, frames)
}

/** Records per second at which the engine works off its backlog, the first third aside. */
async function drainRate(log: EmbeddedLog): Promise<number> {
  const at = async (records: number) => {
    while (log.endPosition('out', 0) < records) await systemClock.sleep(2)
    return { records: log.endPosition('out', 0), ms: performance.now() }
  }
  const start = await at(BACKLOG / 3)
  const end = await at(BACKLOG)
  return ((end.records - start.records) / (end.ms - start.ms)) * 1_000
}

/** When each record of the open loop was due, and how long it took until its prediction was committed. */
function latenciesOf(log: EmbeddedLog): [number, number][] {
  const input = log.cursor('iris', 0, BACKLOG)
  const output = log.cursor('out', 0, BACKLOG)
  const due: number[] = []
  for (let batch = input.read(10_000); batch.length > 0; batch = input.read(10_000))
    due.push(...(batch.timestampsMs as Float64Array))
  const found: [number, number][] = []
  for (let batch = output.read(10_000); batch.length > 0; batch = output.read(10_000)) {
    for (let i = 0; i < batch.length; i++) {
      const at = due[found.length] as number
      found.push([at, (batch.timestampsMs as Float64Array)[i]! - at])
    }
  }
  return found
}

await compare(import.meta.filename, 'swap', { swap }, Number(process.env['TRIALS'] ?? 5))
