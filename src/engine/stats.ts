import { Histogram } from '../core/histogram.ts'
import type { VersionReference } from './versions.ts'

/**
 * Statistics of the version that serves a key, with the members of the seeds' ModelToServeStats and percentiles.
 * Durations are milliseconds per record.
 *
 * Example: `{name: 'tree', description: 'generated from SparkML', modelType: 'pmml', version: '3', since: 1548715296000,
 * usage: 42, duration: 0.9, min: 0.01, max: 0.1, mean: 0.02, p50: 0.02, p95: 0.05, p99: 0.1}`.
 */
export interface ModelStats {
  readonly name: string
  readonly description: string
  readonly modelType: string
  readonly version: string
  /** Wall time in ms at which the version took over; 0 = never. */
  readonly since: number
  /** Records scored. */
  readonly usage: number
  /** Sum of scoring durations in ms. */
  readonly duration: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** The seeds' answer for a key without a model. */
export const emptyStats: ModelStats = Object.freeze({
  name: '',
  description: '',
  modelType: '',
  version: '',
  since: 0,
  usage: 0,
  duration: 0,
  min: 0,
  max: 0,
  mean: 0,
  p50: 0,
  p95: 0,
  p99: 0,
})

/** Counts of one key in one task, in a form that crosses threads and adds up. */
export interface StatsSnapshot {
  readonly key: string
  readonly reference: VersionReference | null
  readonly sinceMs: number
  readonly usage: number
  readonly durationMs: number
  readonly minMs: number
  readonly maxMs: number
  readonly histogram: Float64Array
}

/** What a checkpoint keeps of one key's statistics. Example bins: `[[310, 2000], [311, 48]]`. */
export interface SavedStats {
  readonly key: string
  readonly digest: string
  readonly version: string
  readonly usage: number
  readonly durationMs: number
  readonly minMs: number
  readonly maxMs: number
  /** Index and count of each bin of the histogram that is not empty. */
  readonly bins: readonly (readonly [number, number])[]
}

/** What a checkpoint keeps of a task's statistics. */
export interface TaskStatistics {
  readonly keys: readonly SavedStats[]
}

/** Collects the scoring durations of one key; starts anew with each version. */
export class KeyStats {
  readonly key: string
  #reference: VersionReference | null = null
  #sinceMs = 0
  #usage = 0
  #durationMs = 0
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = 0
  #histogram = new Histogram()

  constructor(key: string) {
    this.key = key
  }

  /** A version took over (or none serves the key any more). */
  begin(reference: VersionReference | null, sinceMs: number): void {
    this.#reference = reference
    this.#sinceMs = sinceMs
    this.#usage = 0
    this.#durationMs = 0
    this.#minMs = Number.POSITIVE_INFINITY
    this.#maxMs = 0
    this.#histogram = new Histogram()
  }

  /** `records` were scored in `durationMs` together. */
  record(records: number, durationMs: number): void {
    const each = durationMs / records
    this.#usage += records
    this.#durationMs += durationMs
    if (each < this.#minMs) this.#minMs = each
    if (each > this.#maxMs) this.#maxMs = each
    this.#histogram.record(each, records)
  }

  snapshot(): StatsSnapshot {
    return {
      key: this.key,
      reference: this.#reference,
      sinceMs: this.#sinceMs,
      usage: this.#usage,
      durationMs: this.#durationMs,
      minMs: this.#usage === 0 ? 0 : this.#minMs,
      maxMs: this.#maxMs,
      histogram: this.#histogram.counts.slice(),
    }
  }

  /** What a checkpoint keeps, or null when nothing was recorded since the version took over. */
  save(): SavedStats | null {
    if (this.#reference === null || this.#usage === 0) return null
    const { digest, version } = this.#reference
    const bins: [number, number][] = []
    for (const [bin, count] of this.#histogram.counts.entries()) if (count > 0) bins.push([bin, count])
    const { key } = this
    const [usage, durationMs, minMs, maxMs] = [this.#usage, this.#durationMs, this.#minMs, this.#maxMs]
    return { key, digest, version, usage, durationMs, minMs, maxMs, bins }
  }

  /** Goes on from what a checkpoint kept; passed over when it was about another version. */
  restore(saved: SavedStats): void {
    if (this.#reference?.digest !== saved.digest || this.#reference.version !== saved.version) return
    this.#usage = saved.usage
    this.#durationMs = saved.durationMs
    this.#minMs = saved.minMs
    this.#maxMs = saved.maxMs
    const counts = new Float64Array(this.#histogram.counts.length)
    for (const [bin, count] of saved.bins) if (bin >= 0 && bin < counts.length) counts[bin] = count
    this.#histogram = new Histogram(counts)
  }
}

/** Adds up the snapshots of one key over all tasks. Tasks that still have another version than the newest are left out. */
export function mergeStats(snapshots: readonly StatsSnapshot[]): ModelStats {
  const newest = snapshots.reduce<StatsSnapshot | null>(
    (best, s) => (s.reference && (!best || s.sinceMs > best.sinceMs) ? s : best),
    null,
  )
  if (!newest?.reference) return emptyStats
  const { reference } = newest
  const same = snapshots.filter(
    (s) => s.reference?.digest === reference.digest && s.reference.version === reference.version,
  )
  const histogram = new Histogram()
  for (const s of same) histogram.add(new Histogram(s.histogram))
  const usage = same.reduce((sum, s) => sum + s.usage, 0)
  const duration = same.reduce((sum, s) => sum + s.durationMs, 0)
  const used = same.filter((s) => s.usage > 0)
  const min = used.length === 0 ? 0 : Math.min(...used.map((s) => s.minMs))
  const max = used.length === 0 ? 0 : Math.max(...used.map((s) => s.maxMs))
  // A quantile is the middle of a bin, which may lie outside of what was measured.
  const quantile = (share: number) => (usage === 0 ? 0 : Math.min(max, Math.max(min, histogram.quantile(share))))
  return {
    name: reference.model,
    description: reference.description,
    modelType: reference.format,
    version: reference.version,
    since: Math.round(newest.sinceMs),
    usage,
    duration,
    min,
    max,
    mean: usage === 0 ? 0 : duration / usage,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  }
}
