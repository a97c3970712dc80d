// Question: does a process keep memory of models that it has let go? Each format's models are prepared, opened, scored with and closed in
// turn, 1,000 cycles; resident memory of the process, and of the processes that it started, is taken every ten cycles. The cycles run on a
// thread with the young generation of the engine's loader thread: V8's own grows with what is allocated, and not with what is kept.
//
//   node bench/load-cycles.ts          every format, into bench/results/load-cycles.json
//   node bench/load-cycles.ts onnx     one format, one trial, printed
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { objectSchema } from '../src/config/option.ts'
import { systemClock } from '../src/core/clock.ts'
import { readFileOrFolder } from '../src/core/file-or-folder.ts'
import type { Artifact, ModelFormat } from '../src/models/model.ts'
import { registry } from './registry.ts'
import { compare, median, type Samples } from './trial.ts'

const CYCLES = Number(process.env['CYCLES'] ?? 1_000)
/** Samples whose median stands for the memory at a point. */
const AROUND = 5

/** Models below test/golden by format: all that a new format adds. */
const models: Readonly<Record<string, readonly string[]>> = {
  pmml: [
    'pmml/iris-lightgbm/model.pmml',
    'pmml/breast-cancer-sklearn-forest/model.pmml',
    'pmml/iris-r-ctree/model.pmml',
  ],
  onnx: [
    'onnx/iris-forest/model.onnx',
    'onnx/loans-one-hot/model.onnx',
    'onnx/breast-cancer-network/model.onnx',
    'onnx/diabetes-polynomial/model.onnx',
  ],
  xgboost: [
    'xgboost/binary-hinge-dart/model.json',
    'xgboost/names-classes/model.ubj',
    'xgboost/vector-classes/model.json',
    'xgboost/multi-softprob-gblinear/model.ubj',
    'xgboost/old-1.2.1-softmax/model.bin',
  ],
  tensorflow: [
    'tensorflow/dense-keras/model',
    'tensorflow/convolution/model',
    'tensorflow/lstm/model',
    'tensorflow/text-lookup/model',
  ],
  catboost: ['catboost/classes-lossguide/model.json', 'catboost/logloss/model.json'],
  lightgbm: [
    'lightgbm/binary-dart/model.txt',
    'lightgbm/multiclass-gbdt/model.json',
    'lightgbm/categories-many/model.txt',
    'lightgbm/linear/model.txt',
    'lightgbm/pandas-categories/model.txt',
    'lightgbm/old-2.1.2-binary/model.json',
  ],
}

async function cycle(format: ModelFormat, artifact: Artifact): Promise<void> {
  const options = objectSchema(format.options).parse({}) as never
  const prepared = await format.prepare(artifact, options, { allowsCode: false, maxArtifactBytes: 2 ** 30 })
  // As on its way from the loader thread to a scoring thread.
  const scorer = await format.open(structuredClone(prepared))
  await scorer.score(prepared.samples)
  scorer.close()
}

/** As in src/engine/loader.ts. */
const YOUNG_GENERATION_MIB = 8

function subject(name: string): () => Promise<Samples> {
  return () =>
    new Promise((resolve, reject) => {
      const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB }
      const worker = new Worker(import.meta.filename, { workerData: name, resourceLimits })
      worker.on('message', resolve)
      worker.on('error', reject)
    })
}

async function measure(name: string): Promise<Samples> {
  const format = registry.get<ModelFormat>('format', name, 'load-cycles')
  const artifacts: Artifact[] = []
  for (const path of models[name] as readonly string[]) {
    const bytes = await readFileOrFolder(join(import.meta.dirname, '../test/golden', path), 2 ** 30)
    artifacts.push({ bytes, digest: createHash('sha256').update(bytes).digest('hex'), source: path })
  }
  const own: number[] = []
  const started: number[] = []
  for (let done = 1; done <= CYCLES; done++) {
    await cycle(format, artifacts[done % artifacts.length] as Artifact)
    if (done % 10 !== 0) continue
    globalThis.gc?.()
    await systemClock.sleep(5)
    own.push(process.memoryUsage().rss / 2 ** 20)
    started.push(startedMiB())
  }
  const at = (list: readonly number[], count: number) =>
    median(list.slice(Math.max(0, count / 10 - AROUND), count / 10))
  return {
    after50MiB: at(own, 50),
    after250MiB: at(own, CYCLES / 4),
    after1000MiB: at(own, CYCLES),
    after1000To50: at(own, CYCLES) / at(own, 50),
    started50MiB: at(started, 50),
    started1000MiB: at(started, CYCLES),
  }
}

/** Resident memory of processes that this one started; 0 where the system does not tell (anything but Linux). */
function startedMiB(): number {
  try {
    // A process belongs to the thread that started it.
    const children = readdirSync('/proc/self/task').flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean),
    )
    const pages = children.map((pid) => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]))
    return (pages.reduce((sum, count) => sum + count, 0) * 4096) / 2 ** 20
  } catch {
    return 0
  }
}

if (isMainThread) {
  const subjects = Object.fromEntries(Object.keys(models).map((name) => [name, subject(name)]))
  await compare(import.meta.filename, 'load-cycles', subjects, Number(process.env['TRIALS'] ?? 1))
} else parentPort?.postMessage(await measure(workerData as string))
