// Question: how many times faster than Python TensorFlow is a SavedModel run, tensor in, tensor out, for 1, 32 and 256 rows?
//
//   scripts/train/setup.sh                   (once: TensorFlow)
//   node bench/tensorflow.ts [--rounds 5] [--only dense,small] [--out results.json]
//
// Python calls the concrete function of the signature, its fastest usual way, with one thread and with its default of threads. Each side
// is a process of its own; they answer in turns, and ratios are of neighbours in time. Answers are compared before anything is timed.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Talker } from './talker.ts'
import { circumstances, median } from './trial.ts'

const root = join(import.meta.dirname, '..')
const python = join(root, '.cache/train-venv/bin/python')
const script = join(import.meta.dirname, 'tensorflow-python.py')
const models = join(root, '.cache/bench-tensorflow')
const names = ['small', 'dense', 'convolution', 'deep'] as const
const sizes = [1, 32, 256] as const
const ROUND_MS = 300

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '5' }, out: { type: 'string' } },
})

type Samples = Record<string, number[]> // nanoseconds per call by round, by subject

const chosen = options.only ? names.filter((name) => options.only?.split(',').includes(name)) : names
if (!existsSync(models)) {
  mkdirSync(models, { recursive: true })
  execFileSync(python, [script, 'make', models], { stdio: ['ignore', 'ignore', 'ignore'] })
}
const samples: Record<string, Record<number, Samples>> = {}
for (const name of chosen) samples[name] = await measure(name)
const out = options.out ?? (options.only ? undefined : new URL('results/tensorflow.json', import.meta.url).pathname)
if (out !== undefined)
  writeFileSync(
    out,
    `${JSON.stringify({ ...circumstances(), tensorflow: version(), ratios: ratiosOf(), samples }, null, 1)}\n`,
  )

async function measure(name: string): Promise<Record<number, Samples>> {
  const folder = join(models, name)
  const talkers: Record<string, Talker> = {
    millrace: new Talker(process.execPath, [join(import.meta.dirname, 'tensorflow-subject.ts'), folder]),
    'python, 1 thread': new Talker(python, [script, folder, '1']),
    'python, default': new Talker(python, [script, folder, '0']),
  }
  const found: Record<number, Samples> = {}
  try {
    const answers: number[][] = []
    for (const talker of Object.values(talkers)) answers.push(JSON.parse(await talker.ask('predict')) as number[])
    const [own = [], other = []] = answers
    if (own.length !== other.length || own.some((x, i) => Math.abs(x - (other[i] as number)) > 1e-5))
      throw new Error(`${name}: answers differ`)
    for (const rows of sizes) {
      const times: Samples = Object.fromEntries(Object.keys(talkers).map((subject) => [subject, []]))
      for (const talker of Object.values(talkers)) await talker.ask(`${rows} ${ROUND_MS}`)
      for (let round = 0; round < Number(options.rounds); round++)
        for (const [subject, talker] of Object.entries(talkers))
          times[subject]?.push(Number(await talker.ask(`${rows} ${ROUND_MS}`)))
      found[rows] = times
      const cells = Object.entries(times).map(
        ([subject, list]) => `${subject} ${(median(list) / 1000).toPrecision(3)} us`,
      )
      process.stdout.write(
        `${name.padEnd(12)} ${String(rows).padStart(4)} rows: ${cells.join(', ')}; x ${ratio(times).toFixed(1)}\n`,
      )
    }
  } finally {
    for (const talker of Object.values(talkers)) talker.end()
  }
  return found
}

/** Median of the faster of Python's over ours, round by round. */
function ratio(times: Samples): number {
  const others = Object.entries(times).filter(([subject]) => subject !== 'millrace')
  return median((times['millrace'] ?? []).map((ns, i) => Math.min(...others.map(([, list]) => list[i] as number)) / ns))
}

function ratiosOf() {
  return Object.fromEntries(
    Object.entries(samples).map(([name, found]) => [
      name,
      Object.fromEntries(Object.entries(found).map(([rows, times]) => [rows, ratio(times)])),
    ]),
  )
}

function version(): string {
  return execFileSync(python, ['-c', 'from importlib.metadata import version; print(version("tensorflow-cpu"))'], {
    encoding: 'utf8',
  }).trim()
}
