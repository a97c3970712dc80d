import { expect, test } from 'vitest'
import { reportMetrics } from '../../src/server/report-metrics.ts'
import { FakeEngine, reference, reportOf, snapshot, wineStats } from './fake-engine.ts'

test('milliseconds become seconds, and what does not exist yet is left out', () => {
  const engine = new FakeEngine()
  const report = reportOf([[snapshot('wine', reference('wine', 'tree', '3'))]], {
    latency: { p50: 2, p95: Number.NaN, p99: Number.NaN },
  })
  const families = new Map(reportMetrics(report, engine.slots).map((f) => [f.name, f.samples]))
  expect(families.get('engine_latency_seconds')).toEqual([
    { labels: { engine: 'wine', quantile: '0.5' }, value: 0.002 },
  ])
  expect(families.get('engine_key_usage_records')).toEqual([
    { labels: { engine: 'wine', key: 'wine', model: 'tree', version: '3' }, value: 42 },
  ])
  expect(families.get('engine_slot_records')?.length).toBe(4)
})

test('however many keys an engine has, the series are bounded', () => {
  const stats = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key-${i}`, wineStats]))
  const families = reportMetrics(reportOf([], { stats }), new Map())
  expect(families.find((f) => f.name === 'engine_key_usage_records')?.samples.length).toBe(500)
})
