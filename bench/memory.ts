// Question: does resident memory grow with the number of swaps? 1,000 different PMML trees take over one after another while records
// flow; resident memory of the whole process (all threads) is sampled after every ten swaps.
//
//   node bench/memory.ts
import { once } from 'node:events'
import { join } from 'node:path'
import { EmbeddedLog } from '../src/clients/log/log.ts'
import { columnOf } from '../src/core/bytes.ts'
import { systemClock } from '../src/core/clock.ts'
import { framesOf } from '../src/core/frames.ts'
import { Engine } from '../src/engine/engine.ts'
import { planEngine } from '../src/engine/read-engine.ts'
import { irisShape, treePmml } from './models/forest.ts'
import { registry } from './registry.ts'
import { compare, median, type Samples } from './trial.ts'

const SWAPS = 1_000
const WARM_UP = 500_000
/** Samples whose median stands for the memory at a point. */
const AROUND = 5

async function swaps(folder: string): Promise<Samples> {
  const path = join(folder, 'millrace.db')
  const log = EmbeddedLog.open(path)
  for (const topic of ['iris', 'out', 'models']) log.createTopic(topic)
  const stream = (topic: string) => ({ transport: { type: 'log', path, topic } })
  const document = {
    name: 'bench',
    slots: { 0: stream('iris'), 1: stream('out') },
    models: stream('models'),
    state: { type: 'log', path },
  }
  const plan = planEngine(document, { document: null, source: 'bench', baseFolder: folder }, registry)
  const engine = new Engine({ plan, registry, registryUrl: new URL('registry.ts', import.meta.url).href })
  const activated = new EventTarget()
  engine.telemetry.listen((name) => {
    if (name === 'versionActivated') activated.dispatchEvent(new Event('version'))
  })
  await engine.start()
  const record = Buffer.from('{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}')
  const frames = framesOf(columnOf(Array.from({ length: 200 }, () => record)))
  const publish = (version: number) => {
    const data = Buffer.from(treePmml({ ...irisShape, depth: 6, seed: version })).toString('base64')
    const message = { name: 'tree', version: String(version), dataType: 'bench', format: 'pmml', data }
    log.append('models', 0, framesOf(columnOf([Buffer.from(JSON.stringify(message))])))
  }
  // Caches and heaps fill with the traffic, not with the swaps: let them, before the swaps are counted.
  const first = once(activated as never, 'version')
  publish(0)
  await first
  for (let sent = 0; sent < WARM_UP; sent += 200) log.append('iris', 0, frames)
  while ((log.topic('out') === null ? 0 : log.endPosition('out', 0)) < WARM_UP) await systemClock.sleep(20)
  const resident: number[] = []
  for (let swap = 1; swap <= SWAPS; swap++) {
    const active = once(activated as never, 'version')
    publish(swap)
    log.append('iris', 0, frames)
    await active
    if (swap % 10 === 0) {
      await systemClock.sleep(5)
      resident.push(process.memoryUsage().rss / 2 ** 20)
    }
  }
  await engine.stop()
  log.close()
  const at = (swap: number) => median(resident.slice(Math.max(0, swap / 10 - AROUND), swap / 10))
  return {
    after50MiB: at(50),
    after100MiB: at(100),
    after250MiB: at(250),
    after500MiB: at(500),
    after1000MiB: at(1_000),
    after1000To50: at(1_000) / at(50),
  }
}

await compare(import.meta.filename, 'memory', { swaps }, Number(process.env['TRIALS'] ?? 3))
