import { expect, test } from 'vitest'
import { Histogram } from '../../src/core/histogram.ts'
import { seeded } from '../random.ts'

/** The exact value below which `share` of the values lie, by the histogram's rank rule. */
function exact(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number
}

test('quantiles are within a sixteenth of the exact ones, over nine orders of magnitude', () => {
  const random = seeded(1)
  const values = Array.from({ length: 20_000 }, () => 10 ** (random() * 9 - 4))
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  for (const share of [0, 0.01, 0.5, 0.95, 0.99, 0.999, 1]) {
    const expected = exact(values, share)
    expect(Math.abs(histogram.quantile(share) - expected) / expected).toBeLessThan(1 / 16)
  }
})

test('histograms add up, and a copy of the counts is the histogram', () => {
  const random = seeded(2)
  const whole = new Histogram()
  const parts = [new Histogram(), new Histogram()] as const
  for (let i = 0; i < 1_000; i++) {
    const value = random() * 100
    whole.record(value, 3)
    parts[i % 2 === 0 ? 0 : 1].record(value, 3)
  }
  parts[0].add(parts[1])
  expect(parts[0].counts).toEqual(whole.counts)
  expect(parts[0].total).toBe(3_000)
  const copy = new Histogram(whole.counts.slice())
  expect(copy.total).toBe(3_000)
  expect(copy.quantile(0.9)).toBe(whole.quantile(0.9))
})

test('nothing recorded has no quantile; zero, negative and huge values are counted at the ends', () => {
  expect(new Histogram().quantile(0.5)).toBeNaN()
  const histogram = new Histogram()
  for (const value of [0, -5, Number.NaN, 1e300, Number.POSITIVE_INFINITY]) histogram.record(value)
  expect(histogram.total).toBe(5)
  expect(histogram.quantile(0.1)).toBeLessThan(1e-5)
  expect(histogram.quantile(1)).toBeGreaterThan(1e6)
})
