import { expect, test } from 'vitest'
import { Telemetry, type TelemetryName } from '../../src/core/telemetry.ts'
import { type MetricName, metricTable } from '../../src/monitor/metric-table.ts'
import { Metrics } from '../../src/monitor/metrics.ts'
import { seeded } from '../random.ts'
import { sampleEvents } from './sample-events.ts'

function total(metrics: Metrics, name: MetricName): number {
  const family = metrics.families().find((f) => f.name === name)
  return (family?.samples ?? []).reduce((sum, s) => sum + s.value, 0)
}

test('totals over batches equal the count per record', () => {
  const random = seeded(5)
  const telemetry = new Telemetry()
  const metrics = new Metrics(telemetry)
  const expected = { records: 0, predictions: 0, deadLetters: 0, dropped: 0 }
  const count = (limit: number) => Math.floor(random() * limit)
  for (let i = 0; i < 100; i++) {
    const parts = { predictions: count(50), deadLetters: count(3), dropped: count(3) }
    const records = parts.predictions + parts.deadLetters + parts.dropped
    telemetry.emit('batchScored', { engine: 'e', task: `0/${count(4)}`, records, ...parts })
    expected.records += records
    expected.predictions += parts.predictions
    expected.deadLetters += parts.deadLetters
    expected.dropped += parts.dropped
  }
  expect({
    records: total(metrics, 'engine_read_records_total'),
    predictions: total(metrics, 'engine_predicted_records_total'),
    deadLetters: total(metrics, 'engine_dead_letter_records_total'),
    dropped: total(metrics, 'engine_dropped_records_total'),
  }).toEqual(expected)
  expect(total(metrics, 'engine_scored_batches_total')).toBe(100)
})

test('every event can be counted, and samples have the labels of the table', () => {
  const telemetry = new Telemetry()
  const metrics = new Metrics(telemetry)
  for (const name of Object.keys(sampleEvents) as TelemetryName[]) telemetry.emit(name, sampleEvents[name])
  telemetry.emit('versionMoved', { ...sampleEvents.versionMoved, to: 'rejected' })
  for (const { name, samples } of metrics.families()) {
    const allowed: readonly string[] = metricTable[name as MetricName].labels
    for (const sample of samples) for (const label of Object.keys(sample.labels)) expect(allowed).toContain(label)
  }
  expect(total(metrics, 'engine_rejected_versions_total')).toBe(1)
  expect(total(metrics, 'server_requests_total')).toBe(1)
})

test('label values from outside cannot make series without bound, and nothing is lost of the count', () => {
  const telemetry = new Telemetry()
  const metrics = new Metrics(telemetry)
  for (let i = 0; i < 1500; i++) {
    telemetry.emit('versionActivated', { ...sampleEvents.versionActivated, task: `0/${i}` })
  }
  const family = metrics.families().find((f) => f.name === 'engine_activations_total')
  expect(family?.samples.length).toBe(1001)
  expect(family?.samples.at(-1)).toEqual({ labels: { engine: 'other', task: 'other' }, value: 500 })
})

test('request durations give quantiles in seconds per route, with sum and count', () => {
  const telemetry = new Telemetry()
  const metrics = new Metrics(telemetry)
  for (let i = 1; i <= 100; i++) {
    telemetry.emit('requestAnswered', { method: 'GET', route: '/stats', status: 200, durationMs: i })
  }
  const samples = metrics.families().find((f) => f.name === 'server_request_duration_seconds')?.samples ?? []
  const value = (quantile: string) => samples.find((s) => s.labels['quantile'] === quantile)?.value ?? 0
  expect(Math.abs(value('0.5') - 0.05)).toBeLessThan(0.004)
  expect(Math.abs(value('0.99') - 0.099)).toBeLessThan(0.007)
  expect(samples.find((s) => s.suffix === '_sum')?.value).toBeCloseTo(5.05)
  expect(samples.find((s) => s.suffix === '_count')?.value).toBe(100)
})

test('a closed instance counts no more', () => {
  const telemetry = new Telemetry()
  const metrics = new Metrics(telemetry)
  metrics.close()
  telemetry.emit('batchScored', sampleEvents.batchScored)
  expect(total(metrics, 'engine_read_records_total')).toBe(0)
})
