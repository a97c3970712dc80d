import { expect, test } from 'vitest'
import { familyOf, type MetricName, metricTable } from '../../src/monitor/metric-table.ts'

const names = Object.keys(metricTable) as MetricName[]

test('names are room, what and unit; exactly the counters end in _total', () => {
  for (const name of names) {
    expect(name).toMatch(/^(engine|server|process)(_[a-z]+)+$/)
    expect(name.endsWith('_total'), name).toBe(metricTable[name].type === 'counter')
    expect(metricTable[name].help, name).toMatch(/^[A-Z0-9].*\.$/)
  }
})

test('a family takes type and help from the table', () => {
  for (const name of names) {
    const { type, help } = metricTable[name]
    expect(familyOf(name, [])).toEqual({ name, type, help, samples: [] })
  }
})
