import { Histogram } from '../core/histogram.ts'
import type { Telemetry, TelemetryEvents, TelemetryName } from '../core/telemetry.ts'
import { familyOf, type MetricName, metricTable } from './metric-table.ts'
import type { MetricFamily, MetricSample } from './metric-text.ts'

/** Most series of one metric; further label values count together as `other`, so that no input can fill the memory. */
const MAX_SERIES = 1_000
const QUANTILES = [0.5, 0.95, 0.99] as const

/** Adds `by` to the series of a counter with these label values, in the order of the table. */
type Count = (name: MetricName, values: readonly string[], by?: number) => void
type Counting = { readonly [N in TelemetryName]: (event: TelemetryEvents[N], count: Count) => void }

const nothing = () => {}

/** What each telemetry event counts. */
const counting: Counting = {
  engineStarted: nothing,
  engineRestarting: ({ engine, error }, count) => count('engine_restarts_total', [engine, error.code]),
  engineStopped: nothing,
  taskStarted: nothing,
  taskStopped: nothing,
  taskRestarting: ({ engine, error }, count) => count('engine_task_restarts_total', [engine, error.code]),
  versionMissing: ({ engine }, count) => count('engine_missing_versions_total', [engine]),
  standbyVersionError: ({ engine, error }, count) => count('engine_standby_errors_total', [engine, error.code]),
  partitionsMoved: ({ engine }, count) => count('engine_rebalances_total', [engine]),
  assignmentError: ({ engine, error }, count) => count('engine_assignment_errors_total', [engine, error.code]),
  taskError: ({ engine, error }, count) => count('engine_task_errors_total', [engine, error.code]),
  batchScored: ({ engine, task, records, predictions, deadLetters, dropped }, count) => {
    const labels = [engine, task]
    count('engine_scored_batches_total', labels)
    count('engine_read_records_total', labels, records)
    count('engine_predicted_records_total', labels, predictions)
    count('engine_dead_letter_records_total', labels, deadLetters)
    count('engine_dropped_records_total', labels, dropped)
  },
  versionMoved: ({ engine, to }, count) => {
    if (to === 'rejected') count('engine_rejected_versions_total', [engine])
  },
  activationError: nothing,
  versionActivated: ({ engine, task }, count) => count('engine_activations_total', [engine, task]),
  modelMessageRejected: ({ engine, error }, count) => count('engine_rejected_messages_total', [engine, error.code]),
  serverStarted: nothing,
  serverStopped: nothing,
  requestAnswered: ({ method, route, status }, count) =>
    count('server_requests_total', [method, route, String(status)]),
  requestError: ({ error }, count) => count('server_request_errors_total', [error.code]),
  instanceUnanswered: (_, count) => count('server_unanswered_instances_total', []),
}

interface Series {
  readonly labels: Readonly<Record<string, string>>
  value: number
}

/** Counters over the telemetry events since it was made. */
export class Metrics {
  readonly #series = new Map<MetricName, Map<string, Series>>()
  readonly #durations = new Map<string, { readonly histogram: Histogram; sumMs: number }>()
  readonly #unlisten: () => void

  constructor(telemetry: Telemetry) {
    this.#unlisten = telemetry.listen((name, event) => {
      counting[name](event, (metric, values, by = 1) => this.#count(metric, values, by))
      if (name === 'requestAnswered') this.#time(event as TelemetryEvents['requestAnswered'])
    })
  }

  /** Every counter that has a value, in the order of the table, and the facts of the process. */
  families(): MetricFamily[] {
    const families: MetricFamily[] = []
    for (const name of Object.keys(metricTable) as MetricName[]) {
      const series = this.#series.get(name)
      if (series) families.push(familyOf(name, [...series.values()]))
    }
    return [...families, this.#durationFamily(), ...processFamilies()]
  }

  /** Stops listening. Idempotent. */
  close(): void {
    this.#unlisten()
  }

  #count(name: MetricName, values: readonly string[], by: number): void {
    let all = this.#series.get(name)
    if (!all) this.#series.set(name, (all = new Map()))
    const id = values.join('\0')
    let series = all.get(id)
    if (!series) {
      const known = all.size < MAX_SERIES ? values : values.map(() => 'other')
      const knownId = known === values ? id : known.join('\0')
      series = all.get(knownId) ?? { labels: labelsOf(name, known), value: 0 }
      all.set(knownId, series)
    }
    series.value += by
  }

  #time({ route, durationMs }: TelemetryEvents['requestAnswered']): void {
    let entry = this.#durations.get(route)
    if (!entry) this.#durations.set(route, (entry = { histogram: new Histogram(), sumMs: 0 }))
    entry.histogram.record(durationMs)
    entry.sumMs += durationMs
  }

  #durationFamily(): MetricFamily {
    const samples: MetricSample[] = []
    for (const [route, { histogram, sumMs }] of this.#durations) {
      for (const quantile of QUANTILES) {
        samples.push({
          labels: { route, quantile: String(quantile) },
          value: histogram.quantile(quantile) / 1000,
        })
      }
      samples.push({ labels: { route }, value: sumMs / 1000, suffix: '_sum' })
      samples.push({ labels: { route }, value: histogram.total, suffix: '_count' })
    }
    return familyOf('server_request_duration_seconds', samples)
  }
}

function labelsOf(name: MetricName, values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(metricTable[name].labels.map((label, i) => [label, values[i] ?? '']))
}

function processFamilies(): MetricFamily[] {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const single = (name: MetricName, value: number) => familyOf(name, [{ labels: {}, value }])
  return [
    single('process_resident_memory_bytes', rss),
    single('process_heap_bytes', heapUsed),
    single('process_cpu_seconds_total', (user + system) / 1e6),
    single('process_uptime_seconds', process.uptime()),
  ]
}
