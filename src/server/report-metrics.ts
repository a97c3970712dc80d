import type { EngineReport } from '../engine/engine.ts'
import { familyOf, type MetricFamily, type MetricSample } from '../monitor/monitor.ts'
import type { ServedEngine } from './server-context.ts'

const QUANTILES = [
  ['0.5', 'p50'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
] as const

/** Most keys with series of their own; an engine may have more. */
const MAX_KEYS = 500

/** Gauges of the present moment, from the engine's report about itself. */
export function reportMetrics(report: EngineReport, slots: ServedEngine['slots']): MetricFamily[] {
  const engine = report.name
  const keys = Object.entries(report.stats).slice(0, MAX_KEYS)
  const latency: MetricSample[] = QUANTILES.flatMap(([quantile, name]) => {
    const ms = report.latency[name]
    return Number.isFinite(ms) ? [{ labels: { engine, quantile }, value: ms / 1000 }] : []
  })
  const usage = keys.map(([key, { name, version, usage: value }]) => {
    return { labels: { engine, key, model: name, version }, value }
  })
  const durations = keys.flatMap(([key, stats]) =>
    QUANTILES.map(([quantile, name]) => ({ labels: { engine, key, quantile }, value: stats[name] / 1000 })),
  )
  const positions = report.tasks.map(({ task, position }) => ({ labels: { engine, task }, value: position }))
  const waiting = [...slots].map(([slot, queue]) => ({ labels: { engine, slot: String(slot) }, value: queue.length }))
  return [
    familyOf('engine_state_info', [{ labels: { engine, state: report.state }, value: 1 }]),
    familyOf('engine_latency_seconds', latency),
    familyOf('engine_position_records', positions),
    familyOf('engine_slot_records', waiting),
    familyOf('engine_key_usage_records', usage),
    familyOf('engine_key_duration_seconds', durations),
  ]
}
