// Question: what does a JavaScript function model cost per record, per load, and in memory over 2,000 versions (collecting
// every 25 of them; without --expose-gc, as V8 sees fit)?
//
//   node --expose-gc bench/function-models.ts
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { javascriptFormat } from '../src/models/javascript/javascript.ts'
import type { Scorer } from '../src/models/model.ts'

const BATCH_RECORDS = 256
const TRIALS = 20
const LOADS = 2000
const SNAPSHOTS = [50, 100, 200, 500, 1000, 1500, 2000]

const records = Array.from({ length: BATCH_RECORDS }, (_, i) => ({ a: i, b: i * 2, c: 3.5, d: 1 }))

/** A small logistic model; `seed` makes each version's text different. */
function sourceOf(seed: number, isDeclared: boolean): string {
  const declared = `export const inputs = ['a', 'b', 'c', 'd'].map((name) => ({ name, dtype: 'float64' }))
export const outputs = [{ name: 'label', dtype: 'string' }, { name: 'p', dtype: 'float64' }]`
  return `${isDeclared ? declared : ''}
const bias = ${seed}
export function score(r) {
  const p = 1 / (1 + Math.exp(-(r.a * 0.3 + r.b - r.c * 2 + r.d - bias)))
  return { label: p > 0.5 ? 'yes' : 'no', p }
}`
}

async function prepare(text: string) {
  const bytes = Buffer.from(text)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const artifact = { bytes, digest, source: 'bench.js' }
  return javascriptFormat.prepare(
    artifact,
    { language: 'auto', timeoutMs: 0 },
    { allowsCode: true, maxArtifactBytes: 1e6 },
  )
}

/** Nanoseconds per record, one value for each trial; the first ones are warm-up and kept. */
async function scoringNs(isDeclared: boolean, batch: readonly (typeof records)[number][]): Promise<number[]> {
  const scorer = await javascriptFormat.open(await prepare(sourceOf(1, isDeclared)))
  const rounds = Math.ceil(200_000 / batch.length)
  return Array.from({ length: TRIALS }, () => {
    const start = performance.now()
    for (let i = 0; i < rounds; i++) scorer.score(batch)
    return ((performance.now() - start) * 1e6) / (rounds * batch.length)
  })
}

/** Loads, scores and closes versions one after another. */
async function loading() {
  const prepareMs: number[] = []
  const openMs: number[] = []
  const memory: { loads: number; heapBytes: number; residentBytes: number }[] = []
  for (let i = 1; i <= LOADS; i++) {
    let start = performance.now()
    const prepared = structuredClone(await prepare(sourceOf(i, true)))
    prepareMs.push(performance.now() - start)
    start = performance.now()
    const scorer: Scorer = await javascriptFormat.open(prepared)
    openMs.push(performance.now() - start)
    scorer.score(records)
    scorer.close()
    // V8 by itself lets garbage grow to hundreds of megabytes; collected often, what stays resident is what is held
    if (i % 25 === 0) globalThis.gc?.()
    if (SNAPSHOTS.includes(i)) {
      await new Promise((resolve) => setImmediate(resolve))
      globalThis.gc?.()
      const usage = process.memoryUsage()
      memory.push({ loads: i, heapBytes: usage.heapUsed, residentBytes: usage.rss })
    }
  }
  return { prepareMs, openMs, memory }
}

const results = {
  question: 'cost of a JavaScript function model per record, per load, and in memory over 2,000 versions',
  at: new Date().toISOString(),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: { cpu: cpus()[0]?.model, cpus: cpus().length, memoryBytes: totalmem() },
  isCollecting: globalThis.gc !== undefined,
  versions: { node: process.version, v8: process.versions.v8 },
  declaredNsPerRecord: await scoringNs(true, records),
  undeclaredNsPerRecord: await scoringNs(false, records),
  declaredNsPerBatchOfOne: await scoringNs(true, records.slice(0, 1)),
  ...(await loading()),
}
writeFileSync(new URL('./results/function-models.json', import.meta.url), `${JSON.stringify(results)}\n`)
const median = (values: number[]) => values.toSorted((x, y) => x - y)[values.length >> 1]?.toFixed(2)
console.log(
  `declared ${median(results.declaredNsPerRecord)} ns/record, undeclared ${median(results.undeclaredNsPerRecord)}`,
)
console.log(`one record a batch ${median(results.declaredNsPerBatchOfOne)} ns`)
console.log(`prepare ${median(results.prepareMs)} ms, open ${median(results.openMs)} ms`)
console.table(results.memory)
