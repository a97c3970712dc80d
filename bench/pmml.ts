// Question: how many times faster than JPMML-Evaluator and JPMML-Transpiler is a PMML document scored, record in, record out, on one
// thread, one record at a time and a thousand at a time?
//
//   node bench/pmml.ts [--only tree-iris,forest] [--rounds 7] [--out results.json]
//
// Needs Java 17 and Maven. JPMML is AGPL: its artifacts come from Maven Central into .cache/bench-jvm and are only run, in processes
// of their own (bench/jvm); nothing of them is linked with, copied into or shipped with Millrace.
//
// A model has three processes, warmed until they get no faster, that answer in turns; ratios are of neighbours in time. The
// records are decoded objects with the declared types on both sides. Evaluator and Transpiler answer with `evaluate` alone,
// whose map still holds their own result objects. Predictions are compared before anything is timed.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { differenceOf, Talker } from './talker.ts'
import { circumstances, median } from './trial.ts'

/** Models by name with their records; trees are what the Transpiler is for. */
const models = {
  'tree-iris': 'iris',
  'boosted-xgboost': 'audit',
  'boosted-lightgbm': 'audit',
  'boosted-sklearn': 'audit',
  forest: 'audit',
  logistic: 'audit',
  network: 'audit',
  'support-vectors': 'audit',
  scorecard: 'audit',
} as const
type ModelName = keyof typeof models

const EVALUATOR = '1.7.7'
/** The Transpiler's latest version runs with the Evaluator of its own time, not with later ones. */
const TRANSPILER = '1.4.0'
const TRANSPILED_EVALUATOR = '1.7.1'
const TRANSPILER_SHA256 = '51ab886f62101ca7a1fc2db254bcaae23e2a1a250c18c61a04c933549c12c1fc'
const TRANSPILER_JAR = `https://repo1.maven.org/maven2/org/jpmml/pmml-transpiler/${TRANSPILER}/pmml-transpiler-${TRANSPILER}.jar`
const ROUND_MS = 250
const WARM_UP_MS = 400
const MAX_WARM_UPS = 15
/** No model is begun after this. */
const BUDGET_MS = 6.5 * 60_000
const modes = ['one', 'many'] as const
type Mode = (typeof modes)[number]
const others = ['evaluator', 'transpiler'] as const
type Other = (typeof others)[number]
type Subject = 'millrace' | Other

/** Nanoseconds per record by round. */
interface Times {
  readonly elapsedNs: number[]
  readonly cpuNs: number[]
}
type Samples = Partial<Record<Subject, Record<Mode, Times>>>

const help = `usage: node bench/pmml.ts [options]

  --only NAMES    models to measure, separated by commas: ${Object.keys(models).join(', ')}
  --rounds N      rounds per model, 7 by default
  --out FILE      where the samples go; bench/results/pmml.json by default, nowhere with --only
  --help          this text

Takes about five minutes. Needs Java 17, Maven and, the first time, Maven Central.
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
  const names = options.only === undefined ? (Object.keys(models) as ModelName[]) : chosen(options.only)
  const started = performance.now()
  const jvm = { evaluator: await buildJvm(EVALUATOR), transpiler: await buildJvm(TRANSPILED_EVALUATOR) }
  const samples: Partial<Record<ModelName, Samples>> = {}
  for (const name of names) {
    if (performance.now() - started > BUDGET_MS) process.stderr.write(`${name}: left out, time is up\n`)
    else samples[name] = await measure(name, jvm, Number(options.rounds))
  }
  process.stdout.write(tableOf(samples))
  const out =
    options.out ?? (options.only === undefined ? new URL('results/pmml.json', import.meta.url).pathname : undefined)
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(resultOf(samples), null, 1)}\n`)
}

function chosen(text: string): ModelName[] {
  return text.split(',').map((name) => {
    if (!(name in models)) throw new Error(`there is no model "${name}": see --help`)
    return name as ModelName
  })
}

/** Makes a folder with the artifacts and our class for one version of the Evaluator; answers its class path. */
async function buildJvm(evaluator: string): Promise<string> {
  const source = join(import.meta.dirname, 'jvm')
  const folder = join(import.meta.dirname, '../.cache/bench-jvm', evaluator)
  const java = join(source, 'src/main/java/millrace/bench/Bench.java')
  const stamp = createHash('sha256')
  for (const file of [java, join(source, 'pom.xml')]) stamp.update(readFileSync(file))
  const digest = stamp.digest('hex')
  const path = `${join(folder, 'classes')}:${join(folder, 'jars', '*')}`
  if (existsSync(join(folder, 'stamp')) && readFileSync(join(folder, 'stamp'), 'utf8') === digest) return path
  mkdirSync(join(folder, 'classes'), { recursive: true })
  const jars = join(folder, 'jars')
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`, `-Devaluator.version=${evaluator}`]
  execFileSync('mvn', ['-B', '-q', '-f', join(source, 'pom.xml'), ...goal], { stdio: ['ignore', 2, 'inherit'] })
  const response = await fetch(TRANSPILER_JAR)
  const jar = Buffer.from(await response.arrayBuffer())
  const found = createHash('sha256').update(jar).digest('hex')
  if (found !== TRANSPILER_SHA256) throw new Error(`${TRANSPILER_JAR} has digest ${found}, expected another`)
  writeFileSync(join(jars, `pmml-transpiler-${TRANSPILER}.jar`), jar)
  execFileSync('javac', ['-d', join(folder, 'classes'), '-cp', join(jars, '*'), java], { stdio: 'inherit' })
  writeFileSync(join(folder, 'stamp'), digest)
  return path
}

async function measure(name: ModelName, jvm: Record<Other, string>, rounds: number): Promise<Samples> {
  const folder = join(import.meta.dirname, 'models/pmml')
  const files = [join(folder, `${name}.pmml`), join(folder, `${models[name]}.json`)]
  const talkers: Partial<Record<Subject, Talker>> = {
    millrace: new Talker(process.execPath, [join(import.meta.dirname, 'pmml-subject.ts'), ...files]),
  }
  for (const other of others)
    talkers[other] = new Talker('java', ['-Xmx2g', '-cp', jvm[other], 'millrace.bench.Bench', other, ...files])
  const samples: Samples = {}
  try {
    const expected = JSON.parse(await (talkers.millrace as Talker).ask('predict')) as Record<string, unknown>[]
    for (const [subject, talker] of Object.entries(talkers) as [Subject, Talker][]) {
      const fault = await talker.faultAtStart()
      if (fault !== null) {
        process.stderr.write(`${name}: left out by ${subject}, which says: ${fault.split('\n')[0]}\n`)
        delete talkers[subject]
        continue
      }
      const found = JSON.parse(await talker.ask('predict')) as Record<string, unknown>[]
      const difference = differenceOf(expected, found)
      if (difference !== null) throw new Error(`${name}: ${subject} answers ${difference}`)
      samples[subject] = { one: { elapsedNs: [], cpuNs: [] }, many: { elapsedNs: [], cpuNs: [] } }
      await warmUp(talker)
    }
    for (let round = 0; round < rounds; round++)
      for (const mode of modes)
        for (const [subject, talker] of Object.entries(talkers) as [Subject, Talker][]) {
          const [elapsed, cpu] = (await talker.ask(`${mode} ${ROUND_MS}`)).split(' ').map(Number)
          samples[subject]?.[mode].elapsedNs.push(elapsed as number)
          samples[subject]?.[mode].cpuNs.push(cpu as number)
        }
  } finally {
    for (const talker of Object.values(talkers)) talker.end()
  }
  process.stderr.write(rowOf(name, samples))
  return samples
}

/** Until three turns in a row were no faster (by CPU time, which other work on the machine disturbs less). */
async function warmUp(talker: Talker): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  let still = 0
  for (let turn = 0; turn < MAX_WARM_UPS && still < 3; turn++) {
    const mode = modes[turn % 2] as Mode
    const cpu = Number((await talker.ask(`${mode} ${WARM_UP_MS}`)).split(' ')[1])
    still = cpu > best * 0.97 ? still + 1 : 0
    best = Math.min(best, cpu)
  }
}

/** Median of the other's time over ours, round by round. */
function ratio(samples: Samples, other: Other, mode: Mode, of: keyof Times): number {
  const ours = samples.millrace?.[mode][of] ?? []
  return median(ours.map((ns, round) => (samples[other]?.[mode][of][round] as number) / ns))
}

function rowOf(name: string, samples: Samples): string {
  const cells = modes.flatMap((mode) => [
    ...(['millrace', ...others] as const).map((subject) =>
      (median(samples[subject]?.[mode].elapsedNs ?? []) / 1000).toPrecision(3).padStart(11),
    ),
    ...others.map((other) =>
      `${ratio(samples, other, mode, 'elapsedNs').toFixed(1)} (${ratio(samples, other, mode, 'cpuNs').toFixed(1)})`.padStart(
        14,
      ),
    ),
  ])
  return `${name.padEnd(17)}${cells.join('')}\n`
}

function tableOf(samples: Partial<Record<ModelName, Samples>>): string {
  const group = ['millrace', 'evaluator', 'transpiler']
    .map((word) => word.padStart(10))
    .join('')
    .slice(1)
  const ratios = others.map((other) => `x ${other}`.padStart(14)).join('')
  const rows = Object.entries(samples).map(([name, found]) => rowOf(name, found))
  return [
    '\nmicroseconds per record, medians; x: how many times faster by elapsed time (by CPU time of the thread)\n',
    `${'one at a time'.padStart(30).padEnd(82)}a thousand at a time\n`,
    `${'model'.padEnd(17)}${group}${ratios}${group}${ratios}\n`,
    ...rows,
  ].join('')
}

function resultOf(samples: Partial<Record<ModelName, Samples>>) {
  const { versions, ...rest } = circumstances()
  const java = execFileSync('java', ['--version'], { encoding: 'utf8' }).split('\n')[0]
  const jpmml = { evaluator: EVALUATOR, transpiler: TRANSPILER, transpiledEvaluator: TRANSPILED_EVALUATOR }
  const ratios = Object.fromEntries(
    Object.entries(samples).map(([name, found]) => [
      name,
      Object.fromEntries(
        others.flatMap((other) => modes.map((mode) => [`${other} ${mode}`, ratio(found, other, mode, 'elapsedNs')])),
      ),
    ]),
  )
  return { ...rest, versions: { ...versions, java, ...jpmml }, ratios, samples }
}
