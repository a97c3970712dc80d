import { expect, test } from 'vitest'
import { Histogram } from '../../src/core/histogram.ts'
import type { EngineReport } from '../../src/engine/engine.ts'
import { decodeReport, encodeReport } from '../../src/server/instance-report.ts'
import { known, reference, reportOf, snapshot } from './fake-engine.ts'

const tree = reference('wine', 'tree', '3')

function report(): EngineReport {
  const histogram = new Histogram()
  histogram.record(0.5, 7)
  histogram.record(300, 2)
  const key = snapshot('wine', tree, { scheduled: [{ fromMs: 9, reference: tree }], shadows: [tree] })
  const base = reportOf([[key], [snapshot('iris', null)]], {
    versions: [known(tree, 1), known(tree, 2, 'it is no tree')],
  })
  const sums = { sinceMs: 5, usage: 9, durationMs: 603.5, minMs: 0.5, maxMs: 300 }
  const stats = [{ key: 'wine', reference: tree, ...sums, histogram: histogram.counts }]
  return { ...base, tasks: base.tasks.map((task) => ({ ...task, stats, latency: histogram.counts })) }
}

test('a report comes back as it was told', () => {
  const { tasks, versions } = report()
  expect(decodeReport(JSON.stringify(encodeReport('a', report())))).toEqual({ instance: 'a', tasks, versions })
})

test('what is no report of this form is told from one', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{"tasks":[],"versions":[]}',
    '<html>',
    '{"form":2,"instance":"a","tasks":[],"versions":[]}',
  ])
    expect(decodeReport(text), text).toBeNull()
  expect(decodeReport('{"form":1,"instance":"a","tasks":[],"versions":[]}')).toEqual({
    instance: 'a',
    tasks: [],
    versions: [],
  })
})

test('a report with any part missing or of another type is refused, so that nothing stumbles over it later', () => {
  const whole = JSON.stringify(encodeReport('a', report()))
  const needed = ['instance', 'tasks', 'versions', 'task', 'position', 'modelPosition', 'counts', 'read', 'predicted', 'deadLettered', 'dropped', 'keys', 'stats', 'latency', 'histogram', 'sinceMs', 'usage', 'durationMs', 'minMs', 'maxMs', 'activeSinceMs', 'candidates', 'shadows', 'scheduled', 'model', 'version', 'digest', 'atMs', 'key', 'active', 'waiting', 'reference'] // biome-ignore format: one line
  for (const name of needed) {
    for (const wrong of [undefined, 'x', -1, {}, [null], [[9999, 1]], [[0, 'x']], true]) {
      const text = JSON.stringify(JSON.parse(whole), (member, value) => (member === name ? wrong : value))
      if (typeof wrong === 'string' && typeof firstOf(whole, name) === 'string') continue
      if (typeof wrong === 'number' && typeof firstOf(whole, name) === 'number') continue
      expect(decodeReport(text), `${name}: ${JSON.stringify(wrong)}`).toBeNull()
    }
  }
})

/** The first value of a member of this name. */
function firstOf(text: string, name: string): unknown {
  let found: unknown
  JSON.parse(text, (member, value) => {
    if (member === name) found ??= value
    return value
  })
  return found
}
