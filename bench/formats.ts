// Question: how many records per second does each format's scorer score on one thread, in batches of 1,000 and one at a time? Records in,
// predictions out; the models are those of examples/iris and a generated 5 MB forest. Function models are in bench/function-models.ts too.
//
//   node bench/formats.ts
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ModelFormat } from '../src/models/model.ts'
import type { RecordValue } from '../src/schema/value.ts'
import { forestPmml } from './models/forest.ts'
import { registry } from './registry.ts'
import { compare, type Samples } from './trial.ts'

const BATCH = 1_000
const TRIAL_MS = 2_000
const examples = new URL('../examples/iris/', import.meta.url)
const records = readFileSync(new URL('iris.jsonl', examples), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as RecordValue)
const batch = Array.from({ length: BATCH }, (_, i) => records[i % records.length] as RecordValue)

async function rates(format: string, bytes: Uint8Array): Promise<Samples> {
  const component = registry.get<ModelFormat>('format', format, 'bench')
  const artifact = { bytes, digest: createHash('sha256').update(bytes).digest('hex'), source: format }
  const startMs = performance.now()
  const options = format === 'javascript' ? { language: 'auto', timeoutMs: 0 } : {}
  const prepared = await component.prepare(artifact, options, { allowsCode: true, maxArtifactBytes: 1e9 })
  const prepareMs = performance.now() - startMs
  const openStartMs = performance.now()
  const scorer = await component.open(prepared)
  const openMs = performance.now() - openStartMs
  const singles = batch.map((record) => [record])
  const perSecond = async (once: () => unknown, count: number) => {
    const from = performance.now()
    let done = 0
    while (performance.now() - from < TRIAL_MS) {
      await once()
      done += count
    }
    return (done / (performance.now() - from)) * 1_000
  }
  await perSecond(() => scorer.score(batch), BATCH)
  const batchPerSecond = await perSecond(() => scorer.score(batch), BATCH)
  const singlePerSecond = await perSecond(() => singles.forEach((single) => void scorer.score(single)), BATCH)
  return {
    batchPerSecond,
    singlePerSecond,
    batchMicroseconds: 1e6 / batchPerSecond,
    singleMicroseconds: 1e6 / singlePerSecond,
    prepareMs,
    openMs,
  }
}

const file = (name: string) => () =>
  rates(name.endsWith('.js') ? 'javascript' : 'pmml', readFileSync(new URL(name, examples)))

await compare(
  import.meta.filename,
  'formats',
  {
    'pmml-tree': file('tree.pmml'),
    'pmml-logistic': file('logistic.pmml'),
    'pmml-forest': file('forest.pmml'),
    'pmml-boosted': file('boosted.pmml'),
    'pmml-forest-5MB': () => rates('pmml', Buffer.from(forestPmml(5_000_000))),
    'javascript-rules': file('rules.js'),
  },
  Number(process.env['TRIALS'] ?? 3),
)
