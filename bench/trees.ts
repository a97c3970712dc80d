// Question: how fast is an ensemble of trees scored, numbers in, margins out, on one thread, beside onnxruntime, the C predictors of
// XGBoost and LightGBM, and treelite, for one row and for batches?
//
//   node bench/trees.ts [--only xgboost-100x8,lightgbm-digits] [--rounds 7] [--out results.json]
//
// Needs the models of bench/trees/train.py (scripts/train/setup.sh makes its Python) and gcc. Each way has a process of its own with one
// thread, which answer in turns; ratios are of neighbours in time. The C libraries are called from C (bench/trees/harness.c):
// XGBoosterPredictFromDense; LGBM_BoosterPredictForMat and, for one row, its SingleRowFast; `predict` of the code that treelite's
// compiler tl2cgen writes (gcc -O3, quantized). GTIL is treelite's interpreter, called from Python as it has no other interface, so that its
// time for one row is mostly Python's. Predictions are compared with the library's own before anything is timed.
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Talker } from './talker.ts'
import { circumstances, median } from './trial.ts'

interface Model {
  readonly features: number
  readonly targets: number
}

/** Models of bench/trees/train.py; `digits` is scikit-learn's data. */
const models: Readonly<Record<string, Model>> = {
  'xgboost-100x8': { features: 30, targets: 1 },
  'xgboost-500x6': { features: 30, targets: 1 },
  'xgboost-1000x6': { features: 30, targets: 1 },
  'xgboost-1000x6-exact': { features: 30, targets: 1 },
  'xgboost-digits': { features: 64, targets: 10 },
  'lightgbm-500x64': { features: 30, targets: 1 },
  'lightgbm-digits': { features: 64, targets: 10 },
}

const ROOT = join(import.meta.dirname, '..')
const FOLDER = join(ROOT, '.cache/bench-trees')
const PYTHON = join(ROOT, '.cache/train-venv/bin/python')
const sizes = [1, 32, 256, 4096] as const
const ROUND_MS = 150
const WARM_UP_MS = 150

/** Nanoseconds per row by round. */
interface Times {
  readonly elapsedNs: number[]
  readonly cpuNs: number[]
}
type Samples = Record<string, Record<number, Times>>

const help = `usage: node bench/trees.ts [options]

  --only NAMES    models to measure, separated by commas: ${Object.keys(models).join(', ')}
  --rounds N      rounds per model, 7 by default
  --out FILE      where the samples go; bench/results/trees.json by default, nowhere with --only
  --help          this text

Takes about five minutes.
`

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) process.stdout.write(help)
else await measureAll()

async function measureAll(): Promise<void> {
  const names = options.only?.split(',') ?? Object.keys(models)
  const harness = join(FOLDER, 'harness')
  execFileSync('gcc', ['-O2', '-o', harness, join(ROOT, 'bench/trees/harness.c'), '-ldl', '-lm'], { stdio: 'inherit' })
  const packages = execFileSync(PYTHON, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], {
    encoding: 'utf8',
  }).trim()
  const samples: Record<string, Samples> = {}
  const differences: Record<string, Record<string, number>> = {}
  process.stdout.write('nanoseconds per row, medians; x: how many times faster Millrace is\n')
  for (const name of names) {
    const subjects = start(name, harness, packages)
    try {
      differences[name] = await check(subjects)
      samples[name] = await measure(subjects, Number(options.rounds))
    } finally {
      for (const talker of Object.values(subjects)) talker.end()
    }
    process.stdout.write(tableOf(name, samples[name] as Samples))
  }
  const out = options.out ?? (options.only === undefined ? join(ROOT, 'bench/results/trees.json') : undefined)
  if (out !== undefined)
    writeFileSync(
      out,
      `${JSON.stringify({ ...versionsOf(), differences, ratios: ratiosOf(samples), samples }, null, 1)}\n`,
    )
}

function start(name: string, harness: string, packages: string): Record<string, Talker> {
  const model = models[name]
  if (model === undefined) throw new Error(`there is no model "${name}": see --help`)
  const folder = join(FOLDER, name)
  if (!existsSync(join(folder, 'model.so'))) throw new Error(`${folder} is not complete: run bench/trees/train.py`)
  const shape = [String(model.features), String(model.targets)]
  const isXgboost = name.startsWith('xgboost')
  const [library, file] = isXgboost
    ? ['xgboost/lib/libxgboost.so', 'model.json']
    : ['lightgbm/lib/lib_lightgbm.so', 'model.txt']
  const own = isXgboost ? 'xgboost' : 'lightgbm'
  process.env['OMP_NUM_THREADS'] = '1'
  return {
    millrace: new Talker(process.execPath, [join(ROOT, 'bench/trees/subject.ts'), folder, ...shape]),
    onnxruntime: new Talker(process.execPath, [join(ROOT, 'bench/trees/onnx-subject.ts'), folder, ...shape]),
    [own]: new Talker(harness, [own, join(packages, library), join(folder, file), folder, ...shape]),
    treelite: new Talker(harness, ['treelite', join(folder, 'model.so'), '-', folder, ...shape]),
    gtil: new Talker(PYTHON, [join(ROOT, 'bench/trees/gtil_subject.py'), folder, ...shape]),
  }
}

/** The largest difference of each way from the library's own margins; for ONNX classifiers the labels that differ. */
async function check(subjects: Record<string, Talker>): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [subject, talker] of Object.entries(subjects)) {
    const fault = await talker.faultAtStart()
    if (fault !== null) throw new Error(`${subject} says: ${fault}`)
    found[subject] = Number(await talker.ask('check'))
  }
  if (found['millrace'] !== 0) throw new Error(`margins differ by ${found['millrace']}`)
  return found
}

async function measure(subjects: Record<string, Talker>, rounds: number): Promise<Samples> {
  const samples: Samples = {}
  for (const [subject, talker] of Object.entries(subjects)) {
    samples[subject] = Object.fromEntries(sizes.map((size) => [size, { elapsedNs: [], cpuNs: [] }]))
    for (const size of [...sizes, ...sizes]) await talker.ask(`${size} ${WARM_UP_MS}`)
  }
  for (let round = 0; round < rounds; round++)
    for (const size of sizes)
      for (const [subject, talker] of Object.entries(subjects)) {
        const [elapsed, cpu] = (await talker.ask(`${size} ${ROUND_MS}`)).split(' ').map(Number)
        samples[subject]?.[size]?.elapsedNs.push(elapsed as number)
        samples[subject]?.[size]?.cpuNs.push(cpu as number)
      }
  return samples
}

/** Median of the other's time over ours, round by round. */
function ratio(samples: Samples, other: string, size: number, of: keyof Times): number {
  const ours = samples['millrace']?.[size]?.[of] ?? []
  return median(ours.map((ns, round) => (samples[other]?.[size]?.[of][round] as number) / ns))
}

function tableOf(name: string, samples: Samples): string {
  const lines = sizes.map((size) => {
    const cells = Object.entries(samples).map(([subject, times]) => {
      const own = Math.round(median(times[size]?.elapsedNs ?? [])).toLocaleString('en')
      const times_ =
        subject === 'millrace'
          ? ''
          : ` x ${ratio(samples, subject, size, 'elapsedNs').toFixed(1)} (cpu ${ratio(samples, subject, size, 'cpuNs').toFixed(1)})`
      return `${subject} ${own}${times_}`
    })
    return `${name.padEnd(21)} ${String(size).padStart(4)} rows  ${cells.join('  ')}\n`
  })
  return lines.join('')
}

function ratiosOf(samples: Record<string, Samples>) {
  const of = (found: Samples) =>
    Object.fromEntries(
      Object.keys(found)
        .filter((subject) => subject !== 'millrace')
        .flatMap((subject) =>
          sizes.flatMap((size) => [
            [`${subject} ${size}`, ratio(found, subject, size, 'elapsedNs')],
            [`${subject} ${size} cpu`, ratio(found, subject, size, 'cpuNs')],
          ]),
        ),
    )
  return Object.fromEntries(Object.entries(samples).map(([name, found]) => [name, of(found)]))
}

function versionsOf() {
  const { versions, ...rest } = circumstances()
  const python =
    'import xgboost, lightgbm, treelite; print(xgboost.__version__, lightgbm.__version__, treelite.__version__)'
  const [xgboost, lightgbm, treelite] = execFileSync(PYTHON, ['-c', python], { encoding: 'utf8' }).trim().split(' ')
  const gcc = execFileSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' }).trim()
  return { ...rest, versions: { ...versions, xgboost, lightgbm, treelite, tl2cgen: '1.0.0', gcc } }
}
