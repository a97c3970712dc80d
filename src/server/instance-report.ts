import { Histogram } from '../core/histogram.ts'
import type { InstanceReport } from '../engine/engine.ts'
import type { InstanceReportAnswer, SparseCounts } from './api.ts'

type Task = InstanceReport['tasks'][number]
type TaskAnswer = InstanceReportAnswer['tasks'][number]

/** Raised when the form changes: instances of two releases do not add up each other's numbers then, and say so. */
const FORM = 1
const BINS = new Histogram().counts.length

/** What this instance tells another that answers for all. */
export function encodeReport(instance: string, { tasks, versions }: InstanceReport): InstanceReportAnswer {
  return {
    form: FORM,
    instance,
    tasks: tasks.map((task) => ({
      ...task,
      stats: task.stats.map((stats) => ({ ...stats, histogram: sparse(stats.histogram) })),
      latency: sparse(task.latency),
    })),
    versions,
  }
}

/** Reads what another instance told; null when it is not of this form, so that it counts as unanswered. */
export function decodeReport(text: string): (InstanceReport & { readonly instance: string }) | null {
  const answer = parse(text)
  if (answer?.form !== FORM || !Array.isArray(answer.tasks) || !Array.isArray(answer.versions)) return null
  if (typeof answer.instance !== 'string') return null
  const tasks = answer.tasks.map(decodeTask)
  if (!tasks.every((task) => task !== null) || !answer.versions.every(isVersion)) return null
  return { instance: answer.instance, tasks, versions: answer.versions }
}

function parse(text: string): InstanceReportAnswer | null {
  try {
    return JSON.parse(text) as InstanceReportAnswer | null
  } catch {
    return null
  }
}

function decodeTask(task: TaskAnswer): Task | null {
  const latency = dense(task?.latency)
  const counts = task?.counts
  const numbers = [task?.position, task?.modelPosition, counts?.read, counts?.predicted, counts?.deadLettered, counts?.dropped] // biome-ignore format: one line
  if (!latency || typeof task.task !== 'string' || !numbers.every(Number.isFinite)) return null
  if (!Array.isArray(task.keys) || !task.keys.every(isKey) || !Array.isArray(task.stats)) return null
  const stats = task.stats.map((one) => {
    const histogram = dense(one?.histogram)
    const sums = [one?.sinceMs, one?.usage, one?.durationMs, one?.minMs, one?.maxMs]
    if (!histogram || typeof one.key !== 'string' || !sums.every(Number.isFinite)) return null
    return isReference(one.reference) ? { ...one, histogram } : null
  })
  return stats.every((one) => one !== null) ? { ...task, stats, latency } : null
}

function isKey(key: Task['keys'][number]): boolean {
  return (
    typeof key?.key === 'string' &&
    Number.isFinite(key.activeSinceMs) &&
    isReference(key.active) &&
    isReference(key.waiting) &&
    [key.candidates, key.shadows].every((list) => Array.isArray(list) && list.every(isNamed)) &&
    Array.isArray(key.scheduled) &&
    key.scheduled.every((one) => isNamed(one?.reference))
  )
}

/** True for null too. */
function isReference(value: unknown): boolean {
  return value === null || isNamed(value)
}

function isVersion(value: unknown): boolean {
  return isNamed(value) && Number.isFinite((value as { readonly atMs?: unknown }).atMs)
}

function isNamed(value: unknown): boolean {
  const { key, model, version, digest } = (value ?? {}) as Readonly<Record<string, unknown>>
  return [key, model, version, digest].every((text) => typeof text === 'string')
}

function sparse(counts: Float64Array): SparseCounts {
  const entries: [number, number][] = []
  for (const [bin, count] of counts.entries()) if (count !== 0) entries.push([bin, count])
  return entries
}

function dense(entries: SparseCounts | undefined): Float64Array | null {
  if (!Array.isArray(entries)) return null
  const counts = new Float64Array(BINS)
  for (const entry of entries) {
    const [bin, count] = Array.isArray(entry) ? entry : []
    if (!Number.isInteger(bin) || bin < 0 || bin >= BINS || !Number.isFinite(count)) return null
    counts[bin] = count
  }
  return counts
}
