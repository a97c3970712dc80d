// Question: how many records per second does Millrace move from topic to topic of a real broker, against Kafka Streams doing the
// pass-through on the same broker in the same run, and what do scoring and exactly-once cost?
//
//   node bench/kafka-streams.ts --bootstrap 127.0.0.1:9092 [--records 2000000] [--partitions 2] [--trials 3] [--threads 1]
//     [--record-bytes 200] [--subjects streams,copy] [--guarantees at-least-once,exactly-once] [--compression none] [--out file] [--tuned]
//
// Records are iris measurements as JSON, padded to `--record-bytes`. `streams` is Kafka Streams (bench/kafka-streams/, as it comes; with --tuned
// its clients have the batch sizes of ours), bytes to bytes; `copy` the same job as a Millrace engine; `pass` decodes JSON and encodes one and the same
// prediction; `tree` scores the tree of examples/iris. All commit every 100 ms. Each trial is a process of its own, which moves the records of
// another topic first, so that it is warm; then the clock runs from the first committed record of the output topic to the last, as Kafka's own
// client sees them (ListOffsets, read_committed). Processor time is that of the process in the same span. Afterwards the output's
// records are counted: others than one for each input make the trial fail.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Talker } from './talker.ts'
import { circumstances, median, type Samples } from './trial.ts'

const COMMIT_INTERVAL_MS = 100
const guarantees = ['at-least-once', 'exactly-once'] as const
const subjects = ['streams', 'copy', 'pass', 'tree'] as const
type Guarantee = (typeof guarantees)[number]
type Subject = (typeof subjects)[number]

interface Settings {
  readonly bootstrap: string
  readonly records: number
  readonly recordBytes: number
  readonly warmRecords: number
  readonly partitions: number
  readonly threads: number
  readonly compression: string
  readonly isTuned: boolean
}

const { values: options } = parseArgs({
  options: {
    bootstrap: { type: 'string', default: '127.0.0.1:9092' },
    records: { type: 'string', default: '2000000' },
    'warm-records': { type: 'string', default: '500000' },
    'record-bytes': { type: 'string', default: '200' },
    partitions: { type: 'string', default: '2' },
    threads: { type: 'string', default: '1' },
    trials: { type: 'string', default: '3' },
    subjects: { type: 'string', default: subjects.join(',') },
    guarantees: { type: 'string', default: guarantees.join(',') },
    compression: { type: 'string', default: 'none' },
    tuned: { type: 'boolean', default: false },
    out: { type: 'string', default: new URL('results/kafka-streams.json', import.meta.url).pathname },
  },
})

const settings: Settings = {
  bootstrap: options.bootstrap,
  records: Number(options.records),
  recordBytes: Number(options['record-bytes']),
  warmRecords: Number(options['warm-records']),
  partitions: Number(options.partitions),
  threads: Number(options.threads),
  compression: options.compression,
  isTuned: options.tuned,
}

async function main(subjects: readonly Subject[], guarantees: readonly Guarantee[], trials: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-kafka-'))
  const classes = buildJvm()
  const instruments = new Talker('java', [
    '-Xmx512m',
    ...quiet,
    '-cp',
    classes,
    'millrace.bench.Instruments',
    settings.bootstrap,
  ])
  const name = `bench-${process.pid}`
  const samples: Record<string, Samples[]> = {}
  try {
    const fault = await instruments.faultAtStart()
    if (fault !== null) throw new Error(fault)
    const lines = join(folder, 'lines.jsonl')
    writeFileSync(lines, paddedLines().join('\n'))
    for (const [topic, records] of [
      [`${name}-warm`, settings.warmRecords],
      [`${name}-inputs`, settings.records],
    ] as const) {
      await instruments.ask(`create ${topic} ${settings.partitions}`)
      await instruments.ask(`fill ${topic} ${records} ${lines}`)
    }
    for (let trial = 0; trial < trials; trial++)
      for (const guarantee of guarantees)
        for (const subject of subjects) {
          const found = await measure(subject, guarantee, { instruments, classes, folder, name, trial })
          const label = `${subject} ${guarantee}`
          ;(samples[label] ??= []).push(found)
          process.stderr.write(`${label.padEnd(24)} ${JSON.stringify(found)}\n`)
        }
    report(samples)
  } finally {
    await instruments.ask(`clean ${name}-`).catch(() => {})
    instruments.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Trial {
  readonly instruments: Talker
  readonly classes: string
  readonly folder: string
  readonly name: string
  readonly trial: number
}

async function measure(subject: Subject, guarantee: Guarantee, trial: Trial): Promise<Samples> {
  const { instruments, name } = trial
  const id = `${name}-${subject}-${guarantee}-${trial.trial}`
  const job = subject === 'streams' ? streamsJob(guarantee, trial) : millraceJob(subject, guarantee, id)
  const clock = new ProcessClock(job.pid)
  try {
    const fault = await job.faultAtStart()
    if (fault !== null) throw new Error(fault)
    for (const topic of [`${id}-warm`, `${id}-out`]) {
      await instruments.ask(`create ${topic} ${settings.partitions}`)
    }
    const warm = instruments.ask(`watch ${id}-warm ${settings.warmRecords}`)
    await require(job, `start ${id}-warm ${name}-warm ${id}-warm`, 'started')
    await warm
    await require(job, 'stop', 'stopped')
    const watched = instruments.ask(`watch ${id}-out ${settings.records}`)
    clock.start()
    await require(job, `start ${id} ${name}-inputs ${id}-out`, 'started')
    const ends = JSON.parse(await watched) as [timeMs: number, end: number][]
    clock.stop()
    await require(job, 'stop', 'stopped')
    const [records, bytes] = (await instruments.ask(`count ${id}-out`)).split(' ').map(Number) as [number, number]
    if (records !== settings.records)
      throw new Error(`${id}-out holds ${records} records, expected ${settings.records}`)
    return { ...figures(ends, clock), bytesPerRecord: bytes / records }
  } finally {
    clock.stop()
    job.end()
  }
}

async function require(job: Talker, line: string, expected: string): Promise<void> {
  const answer = await job.ask(line)
  if (!answer.startsWith(expected)) throw new Error(`"${line}" is answered ${answer}`)
}

/** From the first committed record to the last; `steady` leaves the first fifth out. */
function figures(ends: readonly (readonly [number, number])[], clock: ProcessClock): Samples {
  const last = ends.at(-1) as readonly [number, number]
  const from = (share: number) => {
    const [firstMs, firstEnd] = ends.find(([, end]) => end > last[1] * share) as readonly [number, number]
    const records = ((last[1] - firstEnd) / last[1]) * settings.records // without the markers of transactions
    const perSecond = (records / (last[0] - firstMs)) * 1_000
    return { perSecond, cpuUs: ((clock.at(last[0]) - clock.at(firstMs)) / records) * 1e6 }
  }
  const all = from(0)
  const steady = from(0.2)
  return {
    recordsPerSecond: all.perSecond,
    cpuMicrosecondsPerRecord: all.cpuUs,
    steadyRecordsPerSecond: steady.perSecond,
    steadyCpuMicrosecondsPerRecord: steady.cpuUs,
    commits: ends.length - 1,
  }
}

/** Processor seconds of another process over time, as Linux tells them: in steps of 10 ms. */
class ProcessClock {
  readonly #pid: number
  readonly #samples: [timeMs: number, seconds: number][] = []
  #timer: NodeJS.Timeout | null = null

  constructor(pid: number) {
    this.#pid = pid
  }

  start(): void {
    this.#timer = setInterval(() => this.#samples.push([Date.now(), processSeconds(this.#pid)]), 20)
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
  }

  /** Seconds at the sample that is closest to a time. */
  at(timeMs: number): number {
    let best = this.#samples[0] as [number, number]
    for (const sample of this.#samples) if (Math.abs(sample[0] - timeMs) < Math.abs(best[0] - timeMs)) best = sample
    return best[1]
  }
}

function processSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100 // utime and stime, in ticks of 10 ms
}

function streamsJob(guarantee: Guarantee, { classes, folder, trial }: Trial): Talker {
  const sizes = ['producer.batch.size=1048576', 'producer.linger.ms=5', 'consumer.max.poll.records=10000']
  const args = [
    `bootstrap=${settings.bootstrap}`,
    `guarantee=${guarantee === 'exactly-once' ? 'exactly_once_v2' : 'at_least_once'}`,
    `commitIntervalMs=${COMMIT_INTERVAL_MS}`,
    `threads=${settings.threads}`,
    `compression=${settings.compression}`,
    `folder=${join(folder, `streams-${guarantee}-${trial}`)}`,
    ...(settings.isTuned ? sizes : []),
  ]
  return new Talker('java', ['-Xmx2g', ...quiet, '-cp', classes, 'millrace.bench.StreamsJob', ...args])
}

function millraceJob(subject: Subject, guarantee: Guarantee, id: string): Talker {
  const { bootstrap, threads, partitions, compression } = settings
  const given = {
    subject,
    guarantee,
    id,
    bootstrap,
    threads,
    partitions,
    compression,
    commitIntervalMs: COMMIT_INTERVAL_MS,
  }
  const file = join(import.meta.dirname, 'kafka-streams-subject.ts')
  return new Talker(process.execPath, ['--disable-warning=ExperimentalWarning', file, JSON.stringify(given)])
}

/** Iris measurements, each with a note that makes it as long as asked for. */
function paddedLines(): string[] {
  const lines = readFileSync(new URL('../examples/iris/iris.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => {
    const start = `${line.slice(0, -1)}, "note": "`
    return `${start}${'x'.repeat(settings.recordBytes - start.length - 2)}"}`
  })
}

const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error']

/** Compiles the Java half once for each state of its sources; answers its class path. */
function buildJvm(): string {
  const source = join(import.meta.dirname, 'kafka-streams')
  const folder = join(import.meta.dirname, '../.cache/bench-kafka-streams')
  const code = join(source, 'src/main/java/millrace/bench')
  const files = readdirSync(code).map((name) => join(code, name))
  const stamp = createHash('sha256')
  for (const file of [...files, join(source, 'pom.xml')]) stamp.update(readFileSync(file))
  const digest = stamp.digest('hex')
  const path = `${join(folder, 'classes')}:${join(folder, 'jars', '*')}`
  if (existsSync(join(folder, 'stamp')) && readFileSync(join(folder, 'stamp'), 'utf8') === digest) return path
  mkdirSync(join(folder, 'classes'), { recursive: true })
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'jars')}`]
  execFileSync('mvn', ['-B', '-q', '-f', join(source, 'pom.xml'), ...goal], { stdio: ['ignore', 2, 'inherit'] })
  execFileSync('javac', ['-d', join(folder, 'classes'), '-cp', join(folder, 'jars', '*'), ...files], {
    stdio: 'inherit',
  })
  writeFileSync(join(folder, 'stamp'), digest)
  return path
}

function report(samples: Readonly<Record<string, readonly Samples[]>>): void {
  const middle = (label: string, figure: string) =>
    median((samples[label] ?? []).map((sample) => sample[figure] as number))
  const rate = (label: string) => middle(label, 'recordsPerSecond')
  const medians = Object.fromEntries(
    Object.entries(samples).map(([label, [first = {}]]) => [
      label,
      Object.fromEntries(Object.keys(first).map((figure) => [figure, middle(label, figure)])),
    ]),
  )
  const ratio = (above: string, below: string) =>
    samples[above] && samples[below] ? { [`${above} / ${below}`]: rate(above) / rate(below) } : {}
  const ratios = {
    ...ratio('copy at-least-once', 'streams at-least-once'),
    ...ratio('copy exactly-once', 'streams exactly-once'),
    ...ratio('tree at-least-once', 'streams at-least-once'),
    ...ratio('tree exactly-once', 'streams exactly-once'),
    ...ratio('tree at-least-once', 'pass at-least-once'),
    ...ratio('tree exactly-once', 'tree at-least-once'),
  }
  process.stdout.write(`\nmedians\n`)
  for (const [label, figures] of Object.entries(medians))
    process.stdout.write(
      `${label.padEnd(24)} ${Math.round(figures['recordsPerSecond'] ?? 0).toLocaleString('en')} records/s\n`,
    )
  for (const [label, value] of Object.entries(ratios)) process.stdout.write(`${label}: ${value.toFixed(2)}\n`)
  const data = { records: settings.records, recordBytes: settings.recordBytes, partitions: settings.partitions }
  // Above the number of processors, others were at work too: then compare processor time, not rates.
  const load = loadavg()[0]
  const how = { ...settings, commitIntervalMs: COMMIT_INTERVAL_MS }
  const java = execFileSync('java', ['--version'], { encoding: 'utf8' }).split('\n')[0]
  const versions = { ...circumstances().versions, java, kafkaStreams: '4.3.1' }
  writeFileSync(
    options.out,
    `${JSON.stringify({ ...circumstances(), versions, loadAverage: load, data, settings: how, medians, ratios, samples }, null, 1)}\n`,
  )
}

function chosen<T extends string>(known: readonly T[], text: string): T[] {
  return text.split(',').map((name) => {
    if (!known.includes(name as T)) throw new Error(`there is no "${name}", expected ${known.join(', ')}`)
    return name as T
  })
}

await main(chosen(subjects, options.subjects), chosen(guarantees, options.guarantees), Number(options.trials))
