import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

/** Figures of one trial by name. */
export type Samples = Readonly<Record<string, number>>

/** One way of doing the work that is compared; it runs in a process of its own with an empty folder. */
export type Subject = (folder: string) => Promise<Samples>

/**
 * Runs every subject in turn, several times (A B C A B C …), each trial in its own process, prints medians and writes the raw
 * samples with machine, versions and commit to `bench/results/<name>.json`.
 *
 * Call it once at the end of a benchmark file: started with a subject's name, the file runs that one trial and prints it.
 */
export async function compare(
  file: string,
  name: string,
  subjects: Readonly<Record<string, Subject>>,
  trials: number,
): Promise<void> {
  const chosen = process.argv[2]
  if (chosen !== undefined) {
    const folder = mkdtempSync(join(tmpdir(), `millrace-bench-${name}-`))
    try {
      process.stdout.write(`${JSON.stringify(await (subjects[chosen] as Subject)(folder))}\n`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    process.exit(0)
  }
  const samples: Record<string, Samples[]> = {}
  for (let trial = 0; trial < trials; trial++) {
    for (const subject of Object.keys(subjects)) {
      const text = execFileSync(
        process.execPath,
        ['--expose-gc', '--disable-warning=ExperimentalWarning', file, subject],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'inherit'],
          maxBuffer: 1e9,
        },
      )
      const found = JSON.parse(text.trim().split('\n').at(-1) as string) as Samples
      ;(samples[subject] ??= []).push(found)
      process.stderr.write(`${subject.padEnd(16)} ${shown(found)}\n`)
    }
  }
  const medians = Object.fromEntries(Object.entries(samples).map(([subject, found]) => [subject, mediansOf(found)]))
  process.stdout.write(`\nmedians of ${trials} trials\n`)
  for (const [subject, figures] of Object.entries(medians))
    process.stdout.write(`${subject.padEnd(16)} ${shown(figures)}\n`)
  writeFileSync(
    new URL(`results/${name}.json`, import.meta.url),
    `${JSON.stringify({ ...circumstances(), medians, samples }, null, 1)}\n`,
  )
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] as number
}

/** The value below which `share` of the values lie. */
export function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
}

function mediansOf(found: readonly Samples[]): Samples {
  return Object.fromEntries(
    Object.keys(found[0] ?? {}).map((name) => [name, median(found.map((s) => s[name] as number))]),
  )
}

function shown(samples: Samples): string {
  const format = (value: number) =>
    Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
  return Object.entries(samples)
    .map(([name, value]) => `${name} ${format(value)}`)
    .join('  ')
}

/** Where and with what a measurement was made. */
export function circumstances() {
  return {
    date: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: { cpu: cpus()[0]?.model ?? '', cpus: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
    versions: { node: process.versions.node, v8: process.versions.v8, sqlite: process.versions['sqlite'] ?? '' },
  }
}
