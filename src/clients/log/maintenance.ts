import { Worker } from 'node:worker_threads'
import { type ErrorReport, MillraceError } from '../../core/errors.ts'
import { workerUrl } from '../../core/worker-url.ts'
import { compactTopic, isCompactionDue } from './compaction.ts'
import { type LogFile, PAGE_BYTES } from './log-file.ts'
import { retainTopic } from './retention.ts'
import type { Tails } from './tails.ts'
import type { Topics } from './topics.ts'

/** After about so many bytes the write-ahead log is copied back into the file. */
const CHECKPOINT_BYTES = 4 * 1024 * 1024
/** Retention and compaction are looked at after so much time or so many bytes, when something is appended. */
const UPKEEP_MS = 10_000
const UPKEEP_BYTES = 16 * 1024 * 1024

/** What the maintenance thread is asked. */
export interface MaintenanceRequest {
  readonly nowMs: number
  readonly hasUpkeep: boolean
}

/** What it answers. */
export interface MaintenanceReport {
  readonly error: ErrorReport | null
}

/** What the maintenance thread is started with. */
export interface MaintenanceData {
  readonly path: string
  readonly busyTimeoutMs: number
}

/**
 * Upkeep of a log file beside the threads that append: writing the write-ahead log back (with its fsyncs, which take tens of
 * milliseconds), retention and compaction. The thread starts when there is first something to do.
 */
export class Maintenance {
  readonly #file: LogFile
  readonly #isAutomatic: boolean
  readonly #busyTimeoutMs: number
  #worker: Worker | null = null
  #isWorking = false
  #dirtyBytes = 0
  #upkeepBytes = 0
  #upkeepAtMs: number
  #error: ErrorReport | null = null

  constructor(file: LogFile, isAutomatic: boolean, busyTimeoutMs: number) {
    this.#file = file
    this.#isAutomatic = isAutomatic
    this.#busyTimeoutMs = busyTimeoutMs
    this.#upkeepAtMs = file.clock.now()
  }

  /** The error of the last upkeep, or null; it is tried again when more is appended. */
  get error(): ErrorReport | null {
    return this.#error
  }

  /** Told after each commit; starts what is due and returns at once. Never throws: the commit is done. */
  committed(appendedBytes: number, effects: number): void {
    if (!this.#isAutomatic) return
    try {
      this.#committed(appendedBytes, effects)
    } catch (error) {
      this.#error = MillraceError.from(error, 'log maintenance').toReport()
    }
  }

  #committed(appendedBytes: number, effects: number): void {
    // The write-ahead log takes whole pages, and each effect changes one of its own.
    this.#dirtyBytes += appendedBytes + effects * PAGE_BYTES
    this.#upkeepBytes += appendedBytes
    if (this.#isWorking) return
    const nowMs = this.#file.clock.now()
    const isUpkeepTime = this.#upkeepBytes >= UPKEEP_BYTES || nowMs - this.#upkeepAtMs >= UPKEEP_MS
    if (this.#dirtyBytes < CHECKPOINT_BYTES && !isUpkeepTime) return
    const hasUpkeep = isUpkeepTime && this.#hasLimits()
    if (isUpkeepTime) {
      this.#upkeepBytes = 0
      this.#upkeepAtMs = nowMs
    }
    if (!hasUpkeep && this.#dirtyBytes < CHECKPOINT_BYTES) return
    this.#dirtyBytes = 0
    this.#isWorking = true
    this.#thread().postMessage({ nowMs, hasUpkeep } satisfies MaintenanceRequest)
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    const worker = this.#worker
    if (!this.#isWorking || !worker) return
    await new Promise<void>((resolve) => {
      worker.once('message', () => resolve())
      worker.once('exit', () => resolve())
    })
  }

  /** Lets the thread end after what it is doing. */
  close(): void {
    this.#worker?.postMessage(null)
    this.#worker = null
  }

  #hasLimits(): boolean {
    const statement = this.#file.statement(
      'SELECT 1 FROM topics WHERE retention_ms IS NOT NULL OR retention_bytes IS NOT NULL OR is_compacted = 1 LIMIT 1',
    )
    return this.#file.read(() => statement.get()) !== undefined
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker
    const workerData: MaintenanceData = { path: this.#file.path, busyTimeoutMs: this.#busyTimeoutMs }
    const worker = new Worker(workerUrl(import.meta.url, 'maintenance-thread'), {
      workerData,
      execArgv: [],
      name: 'log-maintenance',
    })
    worker.on('message', (report: MaintenanceReport) => {
      this.#isWorking = false
      this.#error = report.error
    })
    worker.on('error', (error) => {
      this.#error = MillraceError.from(error, 'log maintenance').toReport()
    })
    worker.on('exit', () => {
      this.#isWorking = false
      if (this.#worker === worker) this.#worker = null
    })
    worker.unref()
    this.#worker = worker
    return worker
  }
}

/** Applies retention and, where it is due, compaction to all topics; returns what went. */
export function upkeep(file: LogFile, tails: Tails, topics: Topics, nowMs: number): { rows: number; records: number } {
  let rows = 0
  let records = 0
  for (const topic of topics.list()) {
    rows += retainTopic(file, tails, topics, topic, nowMs)
    if (isCompactionDue(file, tails, topics, topic)) records += compactTopic(file, tails, topics, topic, nowMs)
  }
  return { rows, records }
}
