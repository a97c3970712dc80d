import { Histogram } from '../core/histogram.ts'
import type { EngineState } from './engine.ts'
import type { KnownVersion } from './keeper.ts'
import { type ModelStats, mergeStats } from './stats.ts'
import type { TaskCounts, TaskReport } from './task.ts'

/** What an engine says about itself now. */
export interface EngineReport {
  readonly name: string
  readonly state: EngineState
  readonly counts: TaskCounts
  /** Statistics of the active version by key. */
  readonly stats: Readonly<Record<string, ModelStats>>
  /** End-to-end latency percentiles in ms; NaN before the first prediction. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number }
  readonly tasks: readonly TaskReport[]
  readonly versions: readonly KnownVersion[]
}

/** What one instance contributes to a report of all: its tasks, and the versions that it has seen. */
export type InstanceReport = Pick<EngineReport, 'tasks' | 'versions'>

/** Adds up what tasks say. */
export function summarise(
  about: Pick<EngineReport, 'name' | 'state'>,
  { tasks, versions }: InstanceReport,
): EngineReport {
  const counts: TaskCounts = { read: 0, predicted: 0, deadLettered: 0, dropped: 0 }
  const latency = new Histogram()
  for (const task of tasks) {
    counts.read += task.counts.read
    counts.predicted += task.counts.predicted
    counts.deadLettered += task.counts.deadLettered
    counts.dropped += task.counts.dropped
    latency.add(new Histogram(task.latency))
  }
  const keys = new Set(tasks.flatMap((task) => task.keys.map((k) => k.key)))
  const stats: Record<string, ModelStats> = Object.create(null) // keys are anybody's text
  for (const key of keys) stats[key] = mergeStats(tasks.flatMap((task) => task.stats.filter((s) => s.key === key)))
  return {
    name: about.name,
    state: about.state,
    counts,
    stats,
    latency: { p50: latency.quantile(0.5), p95: latency.quantile(0.95), p99: latency.quantile(0.99) },
    tasks,
    versions,
  }
}

/**
 * The report of several instances as if one ran all tasks. A task that two report (one has just given it to the other) counts once,
 * with the position that is farther; a version that all have seen is listed once, in the order of its messages.
 */
export function mergeReports(own: EngineReport, others: readonly InstanceReport[]): EngineReport {
  const tasks = new Map<string, TaskReport>()
  const versions = new Map<string, KnownVersion>()
  for (const report of [own, ...others]) {
    for (const task of report.tasks) {
      const known = tasks.get(task.task)
      if (!known || task.position > known.position) tasks.set(task.task, task)
    }
    for (const version of report.versions) {
      const { key, model, digest, position } = version
      const id = JSON.stringify([key, model, version.version, digest, position])
      if (!versions.has(id)) versions.set(id, version)
    }
  }
  return summarise(own, {
    tasks: [...tasks.values()].sort((a, b) => a.task.localeCompare(b.task, 'en', { numeric: true })),
    versions: [...versions.values()].sort((a, b) => a.atMs - b.atMs),
  })
}
