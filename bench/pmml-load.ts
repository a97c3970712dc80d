// Question: how long does a 100 MB PMML forest take to load, how much memory does that need, beside JPMML-Evaluator, and does a load
// show in what is scored meanwhile?
//
//   node bench/pmml-load.ts          (BYTES, TRIALS and LOADS of the environment: 100000000, 3, 4)
//
// Needs Java 17 and Maven. JPMML is AGPL: its artifacts come from Maven Central into .cache/bench-jvm and are only run, in processes
// of their own (bench/jvm); nothing of them is linked with, copied into or shipped with Millrace.
//
// `millrace` and the two `jpmml` do the same in a process each: read the file, make the scorer, score one record; again and again, the
// first load cold, the others warm. `engine` loads on the engine's loader thread (fetch, digest, prepare, store in the folder
// of artifacts) while the main thread scores another model all the time; its pauses are the times between two batches of 20
// records, with the loader and, before that, without.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Loader } from '../src/engine/loader.ts'
import type { PreparedModel, Scorer } from '../src/models/model.ts'
import { pmmlFormat as pmml } from '../src/models/pmml/pmml.ts'
import { forestPmml, treePmml } from './models/forest.ts'
import { compare, median, quantile, type Samples } from './trial.ts'

const BYTES = Number(process.env['BYTES'] ?? 100_000_000)
const LOADS = Number(process.env['LOADS'] ?? 4)
const MAX_ARTIFACT_BYTES = 2 ** 30
const QUIET_MS = 2_000
const flower = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }

const cache = join(import.meta.dirname, '../.cache/bench-jvm')
const forest = join(cache, `forest-${BYTES}.pmml`)
const classPath = `${join(cache, 'load/classes')}:${join(cache, 'load/jars', '*')}`

async function millrace(): Promise<Samples> {
  const loads: Loaded[] = []
  collect()
  const before = process.memoryUsage()
  let settled = before
  for (let i = 0; i < LOADS; i++) {
    loads.push(await loadOnce())
    await settle()
    if (i === 0) settled = process.memoryUsage()
    // All but the last go, so that memory is that of one.
    if (i < LOADS - 1) loads[i] = { ...(loads[i] as Loaded), scorer: null }
  }
  await settle()
  const heapBytes = process.memoryUsage().heapUsed - before.heapUsed
  const { statedBytes, arrayBytes } = loads.at(-1) as Loaded
  return {
    ...loadsOf(loads),
    usedMiB: (heapBytes + arrayBytes) / 2 ** 20,
    statedMiB: statedBytes / 2 ** 20,
    residentMiB: (settled.rss - before.rss) / 2 ** 20,
    peakMiB: process.resourceUsage().maxRSS / 2 ** 10,
    peakWithoutLoadMiB: before.rss / 2 ** 20,
  }
}

interface Times {
  readonly loadMs: number
  /** Of all threads, compilers and collectors too: it does not depend on what else the machine does. */
  readonly loadCpuMs: number
  readonly firstScoreMs: number
}

interface Loaded extends Times {
  readonly statedBytes: number
  readonly arrayBytes: number
  readonly scorer: Scorer | null
}

/** A function of its own: the file's bytes are out of reach when it is left. */
async function loadOnce(): Promise<Loaded> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const bytes = readFileSync(forest)
  const prepared = await pmml.prepare({ bytes, digest: '', source: forest }, {}, settings)
  const scorer = await pmml.open(structuredClone(prepared))
  const loaded = performance.now()
  const { user, system } = process.cpuUsage(cpu)
  scorer.score([flower])
  return {
    loadMs: loaded - start,
    loadCpuMs: (user + system) / 1_000,
    firstScoreMs: performance.now() - loaded,
    statedBytes: prepared.residentBytes,
    arrayBytes: bytesOfArrays(prepared.payload),
    scorer,
  }
}

/** Bytes of the typed arrays in a plan. */
function bytesOfArrays(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, item) => sum + bytesOfArrays(item), 0)
}

const settings = { allowsCode: false, maxArtifactBytes: MAX_ARTIFACT_BYTES }

/** The file's bytes are garbage by now; give the collector the time to see it. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await setImmediate()
    collect()
  }
}

function collect(): void {
  ;(globalThis as { gc?: () => void }).gc?.()
}

function loadsOf(loads: readonly Times[]): Samples {
  const [cold, ...warm] = loads
  return {
    coldLoadMs: cold?.loadMs ?? 0,
    warmLoadMs: median(warm.map((load) => load.loadMs)),
    coldLoadCpuMs: cold?.loadCpuMs ?? 0,
    warmLoadCpuMs: median(warm.map((load) => load.loadCpuMs)),
    coldFirstScoreMs: cold?.firstScoreMs ?? 0,
    warmFirstScoreMs: median(warm.map((load) => load.firstScoreMs)),
  }
}

/** What LoadBench prints for one load. */
type Line = [loadMs: number, loadCpuMs: number, firstScoreMs: number, usedBytes: number, peakKiB: number]

async function jpmml(mode: 'plain' | 'optimized'): Promise<Samples> {
  const command = ['-Xmx8g', '-cp', classPath, 'millrace.bench.LoadBench', mode, forest, String(LOADS)]
  const lines = execFileSync('java', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number) as Line)
  const last = lines.at(-1) as Line
  return {
    ...loadsOf(lines.map(([loadMs, loadCpuMs, firstScoreMs]) => ({ loadMs, loadCpuMs, firstScoreMs }))),
    usedMiB: last[3] / 2 ** 20,
    peakMiB: last[4] / 2 ** 10,
  }
}

async function engine(folder: string): Promise<Samples> {
  const loader = new Loader(
    {
      registryUrl: new URL('registry.ts', import.meta.url).href,
      settings: { ...settings, locations: [cache], baseFolder: cache, features: {} },
      state: { type: 'log', artifacts: join(folder, 'artifacts') } as { type: string },
    },
    600_000,
  )
  const load = async (location: string, version: string) => {
    const command = { ...request, location, version } as const
    const { prepared } = await loader.load({ command, position: 'models/0@0', known: null })
    return prepared as PreparedModel<never>
  }
  const busy = new BusyScorer(await pmml.open(await pmml.prepare(smallTree(), {}, settings)))
  writeFileSync(join(cache, 'small.pmml'), forestPmml(100_000))
  await load('small.pmml', '0')
  await busy.run((async () => void (await sleepMs(QUIET_MS)))())
  const quiet = await busy.run((async () => void (await sleepMs(QUIET_MS)))())
  collect()
  const before = process.memoryUsage().rss
  const start = performance.now()
  let [loadMs, openMs, firstScoreMs] = [0, 0, 0]
  const during = await busy.run(
    (async () => {
      const prepared = await load(`forest-${BYTES}.pmml`, '1')
      loadMs = performance.now() - start
      const scorer = await pmml.open(prepared)
      openMs = performance.now() - start - loadMs
      scorer.score([flower])
      firstScoreMs = performance.now() - start - loadMs - openMs
    })(),
  )
  const figures = {
    loadMs,
    openMs,
    firstScoreMs,
    longestPauseQuietMs: quiet.longest,
    longestPauseDuringMs: during.longest,
    longestPauseQuietCpuMs: quiet.longestCpu,
    longestPauseDuringCpuMs: during.longestCpu,
    p999PauseQuietMs: quiet.p999,
    p999PauseDuringMs: during.p999,
    recordsPerSecondQuiet: quiet.perSecond,
    recordsPerSecondDuring: during.perSecond,
    residentMiB: (process.memoryUsage().rss - before) / 2 ** 20,
    peakMiB: process.resourceUsage().maxRSS / 2 ** 10,
    peakWithoutLoadMiB: before / 2 ** 20,
  }
  await loader.close()
  return figures
}

const request = {
  action: 'activate',
  key: 'bench',
  model: 'forest',
  digest: '',
  format: 'pmml',
  description: '',
  effectiveFromMs: null,
  data: null,
  options: {},
  verification: [],
} as const

function smallTree() {
  return { bytes: Buffer.from(treePmml()), digest: '', source: 'tree' }
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}

/** Times between batches; `longestCpu` is what this thread itself did in one, whatever else the machine does. */
interface Pauses {
  readonly longest: number
  readonly longestCpu: number
  readonly p999: number
  readonly perSecond: number
}

/** Scores without pause, giving way to messages between two batches. */
class BusyScorer {
  readonly #scorer: Scorer

  constructor(scorer: Scorer) {
    this.#scorer = scorer
  }

  async run(until: Promise<void>): Promise<Pauses> {
    let isDone = false
    void until.then(() => {
      isDone = true
    })
    const batch = Array.from({ length: 20 }, () => flower)
    const pauses: number[] = []
    const start = performance.now()
    let longestCpu = 0
    let cpu = cpuMs()
    for (let last = start; !isDone; ) {
      this.#scorer.score(batch)
      await setImmediate()
      const now = performance.now()
      pauses.push(now - last)
      last = now
      const cpuNow = cpuMs()
      longestCpu = Math.max(longestCpu, cpuNow - cpu)
      cpu = cpuNow
    }
    await until
    const sorted = Float64Array.from(pauses)
    return {
      longest: quantile(sorted, 1),
      longestCpu,
      p999: quantile(sorted, 0.999),
      perSecond: (pauses.length * batch.length) / ((performance.now() - start) / 1000),
    }
  }
}

/** CPU time of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** Fetches JPMML-Evaluator and compiles its driver, once; makes the document. */
function prepareFiles(): void {
  const [classes, jars] = [join(cache, 'load/classes'), join(cache, 'load/jars')]
  const java = join(import.meta.dirname, 'jvm/src/main/java/millrace/bench/LoadBench.java')
  mkdirSync(classes, { recursive: true })
  if (!existsSync(jars)) {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
    const pom = join(import.meta.dirname, 'jvm/pom.xml')
    execFileSync('mvn', ['-B', '-q', '-f', pom, ...goal], { stdio: ['ignore', 2, 'inherit'] })
  }
  execFileSync('javac', ['-d', classes, '-cp', join(jars, '*'), java], { stdio: 'inherit' })
  if (!existsSync(forest)) writeFileSync(forest, forestPmml(BYTES))
}

if (process.argv[2] === undefined) prepareFiles()
const subjects = { millrace, engine, jpmml: () => jpmml('plain'), 'jpmml-optimized': () => jpmml('optimized') }
await compare(import.meta.filename, 'pmml-load', subjects, Number(process.env['TRIALS'] ?? 3))
