// Question: how long does it take to score a CSV file into a CSV file, from the start of the process to its end? `millrace score` against
// what users write themselves: Java with JPMML-Evaluator and FastCSV, Python with pandas and scikit-learn.
//
//   node bench/pmml.ts --only tree-iris --rounds 1     (once: fetches the jars)
//   scripts/train/setup.sh                             (once: scikit-learn and pandas)
//   node bench/score.ts
//
// 1,000,000 flowers (16 MB) through a tree, 200,000 tax records (12 MB) through a forest of 100 trees. What is not there (Java, the
// jars, Python) is left out. Each trial is a process of its own; times include its start and, for Java, the compiler's warming up.
import { execFileSync, spawnSync } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compare, type Samples, type Subject } from './trial.ts'

const root = join(import.meta.dirname, '..')
const cache = join(root, '.cache')
const jars = join(cache, 'bench-jvm/1.7.7/jars', '*')
const python = join(cache, 'train-venv/bin/python')
const main = join(root, 'src/cli/main.ts')

const works = {
  iris: { model: 'tree-iris.pmml', records: 'iris.json', rows: 1_000_000 },
  audit: { model: 'forest.pmml', records: 'audit.json', rows: 200_000 },
} as const
type Work = keyof typeof works

/** The records of a model as CSV, again and again, in an order that is not theirs; made once. */
function csvOf(work: Work): string {
  const { records, rows } = works[work]
  const path = join(cache, 'bench-score', `${work}-${rows}.csv`)
  if (existsSync(path)) return path
  mkdirSync(join(cache, 'bench-score'), { recursive: true })
  const known = JSON.parse(readFileSync(join(import.meta.dirname, 'models/pmml', records), 'utf8')) as object[]
  const names = Object.keys(known[0] as object)
  const lines = known.map((record) => names.map((name) => (record as Record<string, unknown>)[name] ?? '').join(','))
  const text = Array.from({ length: rows }, (_, i) => lines[(i * 7919) % lines.length]).join('\n')
  writeFileSync(path, `${names.join(',')}\n${text}\n`)
  return path
}

/** Runs a program to its end, with elapsed and processor seconds as the shell counts them. */
async function timed(work: Work, output: string, command: readonly string[]): Promise<Samples> {
  const script = `TIMEFORMAT='%R %U %S'; time ${command.map((word) => `'${word}'`).join(' ')}`
  const { stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: root })
  if (status !== 0) throw new Error(stderr)
  const [seconds = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) as string).split(' ').map(Number)
  const { rows } = works[work]
  return { seconds, processorSeconds: user + system, rowsPerSecond: rows / seconds, ...(await countsOf(output)) }
}

/** Rows of the result and how many of them have the label of the first: the same for all, or the comparison means nothing. */
async function countsOf(path: string): Promise<Samples> {
  let rows = -1
  let alike = 0
  let first: string | null = null
  for await (const line of createInterface(createReadStream(path))) {
    if (++rows === 0) continue
    const label = line.slice(0, line.indexOf(','))
    first ??= label
    if (label === first) alike++
  }
  return { rows, alike }
}

const millrace =
  (work: Work, ...options: readonly string[]): Subject =>
  (folder) => {
    const output = join(folder, 'scored.csv')
    const model = join(import.meta.dirname, 'models/pmml', works[work].model)
    return timed(work, output, [process.execPath, main, 'score', model, csvOf(work), '--output', output, ...options])
  }

const jpmml =
  (work: Work): Subject =>
  (folder) => {
    const source = join(import.meta.dirname, 'jvm/src/main/java/millrace/bench/ScoreCsv.java')
    execFileSync('javac', ['-d', folder, '-cp', jars, source])
    const output = join(folder, 'scored.csv')
    const model = join(import.meta.dirname, 'models/pmml', works[work].model)
    const java = ['java', '-Xmx1g', '-cp', `${folder}:${jars}`, 'millrace.bench.ScoreCsv']
    return timed(work, output, [...java, model, csvOf(work), output])
  }

const sklearn: Subject = (folder) => {
  const output = join(folder, 'scored.csv')
  const training = join(folder, 'training.csv')
  const flowers = readFileSync(join(root, 'examples/iris/iris-labelled.csv'), 'utf8')
  writeFileSync(training, flowers)
  const columns = readFileSync(csvOf('iris'), 'utf8').slice(0, 200).split('\n')[0]
  if (!flowers.startsWith(`${columns},species\n`)) throw new Error('the columns of the flowers differ')
  const script = join(import.meta.dirname, 'models/score_csv.py')
  return timed('iris', output, [python, script, training, 'species', csvOf('iris'), output])
}

const hasJars = existsSync(jars.slice(0, -2))
for (const work of Object.keys(works) as Work[]) csvOf(work)

await compare(
  import.meta.filename,
  'score',
  {
    'iris millrace': millrace('iris'),
    'iris one thread': millrace('iris', '--threads', '1'),
    ...(hasJars ? { 'iris jpmml': jpmml('iris') } : {}),
    ...(existsSync(python) ? { 'iris sklearn': sklearn } : {}),
    'forest millrace': millrace('audit'),
    'forest one thread': millrace('audit', '--threads', '1'),
    ...(hasJars ? { 'forest jpmml': jpmml('audit') } : {}),
  },
  Number(process.env['TRIALS'] ?? 3),
)
