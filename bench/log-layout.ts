// Question: how fast are appends and reads when a row of the embedded log holds a whole batch, against one record?
//
//   node bench/log-layout.ts
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decodeBatch, encodeBatch } from '../src/clients/log/batch-blob.ts'
import { bytesAt, columnOf } from '../src/core/bytes.ts'
import { framesOf } from '../src/core/frames.ts'

const RECORDS = 400_000
const RECORD_BYTES = 200
const COMMIT_RECORDS = 1000
const TRIALS = 5
const layouts = ['record', 'batch'] as const

interface Trial {
  readonly appendsPerSecond: number
  readonly readsPerSecond: number
  readonly fileBytes: number
}

/** One layout in a fresh file; runs in a process of its own. */
function trial(layout: (typeof layouts)[number]): Trial {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-layout-'))
  const db = new DatabaseSync(join(folder, 'log.db'))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  db.exec('CREATE TABLE log (id INTEGER PRIMARY KEY, time REAL NOT NULL, value BLOB NOT NULL) STRICT')
  const insert = db.prepare('INSERT INTO log VALUES (?, ?, ?)')
  const value = Buffer.alloc(RECORD_BYTES, 'x')
  const frames = framesOf(columnOf(Array(COMMIT_RECORDS).fill(value)))

  const appendMs = timed(() => {
    for (let at = 0; at < RECORDS; at += COMMIT_RECORDS) {
      db.exec('BEGIN IMMEDIATE')
      if (layout === 'batch') insert.run(at, 0, encodeBatch(frames, 0, COMMIT_RECORDS, 0).blob)
      else for (let i = 0; i < COMMIT_RECORDS; i++) insert.run(at + i, 0, bytesAt(frames.values, i) as Uint8Array)
      db.exec('COMMIT')
    }
  })
  let bytes = 0
  const readMs = timed(() => {
    for (const row of db.prepare('SELECT id, value FROM log ORDER BY id').iterate()) {
      const { id, value: blob } = row as { id: number; value: Uint8Array }
      const values = layout === 'batch' ? decodeBatch(blob, id, COMMIT_RECORDS, 'bench').values : columnOf([blob])
      for (let i = 0; i < values.length; i++) bytes += bytesAt(values, i)?.length ?? 0
    }
  })
  if (bytes !== RECORDS * RECORD_BYTES) throw new Error(`read ${bytes} bytes`)
  const pages = db.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()').get()
  db.close()
  rmSync(folder, { recursive: true })
  return {
    appendsPerSecond: (RECORDS * 1000) / appendMs,
    readsPerSecond: (RECORDS * 1000) / readMs,
    fileBytes: pages?.['bytes'] as number,
  }
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

const wanted = layouts.find((layout) => layout === process.argv[2])
if (wanted) {
  console.log(JSON.stringify(trial(wanted)))
} else {
  const samples = Object.fromEntries(layouts.map((layout): [string, Trial[]] => [layout, []]))
  for (let i = 0; i < TRIALS * layouts.length; i++) {
    const layout = layouts[i % layouts.length] as string
    samples[layout]?.push(
      JSON.parse(execFileSync(process.execPath, [import.meta.filename, layout], { encoding: 'utf8' })),
    )
  }
  const results = {
    question: 'appends and reads per second with one row per record and with one row per batch',
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: { cpu: cpus()[0]?.model, cpus: cpus().length, memoryBytes: totalmem() },
    versions: { node: process.version, sqlite: process.versions['sqlite'] },
    records: RECORDS,
    recordBytes: RECORD_BYTES,
    commitRecords: COMMIT_RECORDS,
    samples,
  }
  writeFileSync(new URL('./results/log-layout.json', import.meta.url), `${JSON.stringify(results)}\n`)
  for (const [layout, trials] of Object.entries(samples)) {
    const median = (name: keyof Trial) => trials.map((t) => t[name]).toSorted((a, b) => a - b)[trials.length >> 1] ?? 0
    console.log(
      `one row per ${layout}: ${(median('appendsPerSecond') / 1e6).toFixed(2)} M appends/s, ${(median('readsPerSecond') / 1e6).toFixed(2)} M reads/s, ${(median('fileBytes') / 1e6).toFixed(0)} MB`,
    )
  }
}
