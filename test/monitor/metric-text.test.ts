import { expect, test } from 'vitest'
import { type MetricFamily, renderMetrics } from '../../src/monitor/metric-text.ts'
import { seeded } from '../random.ts'

/** Reads the text format back, as its grammar says. */
function parse(text: string): { name: string; labels: Record<string, string>; value: number }[] {
  const samples = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', labelText = '', number = ''] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    const labels: Record<string, string> = {}
    for (const [, label = '', value = ''] of labelText.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)) {
      labels[label] = value.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))
    }
    const value = number === '+Inf' ? Number.POSITIVE_INFINITY : number === '-Inf' ? Number.NEGATIVE_INFINITY : +number
    samples.push({ name, labels, value })
  }
  return samples
}

test('whatever labels and values are rendered, the same are read back', () => {
  const random = seeded(11)
  const letters = ['a', '"', '\\', '\n', 'n', '{', '}', ',', ' ', 'é']
  const values = [0, -1.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let round = 0; round < 200; round++) {
    const text = () => Array.from({ length: 6 }, () => letters[Math.floor(random() * letters.length)]).join('')
    const samples = Array.from({ length: 3 }, () => ({
      labels: { key: text(), other: text() },
      value: values[Math.floor(random() * values.length)] as number,
    }))
    const family: MetricFamily = { name: 'engine_things_total', help: text(), type: 'counter', samples }
    expect(parse(renderMetrics([family]))).toEqual(samples.map((s) => ({ name: 'engine_things_total', ...s })))
  }
})

test('a family is announced once, with its type, and left out when it has no samples', () => {
  const samples = [
    { labels: {}, value: 1 },
    { labels: {}, value: 2, suffix: '_count' as const },
  ]
  const text = renderMetrics([
    { name: 'a', help: 'first', type: 'summary', samples },
    { name: 'b', help: 'second', type: 'gauge', samples: [] },
  ])
  expect(text).toBe('# HELP a first\n# TYPE a summary\na 1\na_count 2\n')
})
