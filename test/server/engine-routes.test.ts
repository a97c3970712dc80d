import { expect, test } from 'vitest'
import { FakeEngine, reference, reportOf, snapshot } from './fake-engine.ts'
import { appOf } from './in-memory.ts'

test('live in every state, ready in one, and not ready says why', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine, { lastError: 'log data.db was locked' })
  for (const state of ['starting', 'restarting', 'draining', 'failed', 'finished', 'stopped'] as const) {
    engine.state = state
    expect((await app.inject('/health')).json()).toEqual({ status: 'live' })
    const ready = await app.inject('/ready')
    expect(ready.statusCode).toBe(503)
    expect(ready.json().error).toEqual({
      code: 'SERVER_NOT_READY',
      message: `engine "wine" is ${state}: log data.db was locked`,
    })
  }
  engine.state = 'running'
  expect((await app.inject('/ready')).json()).toEqual({ status: 'ready', engine: 'wine' })
})

test('the engine answers with counts, percentiles, positions and waiting records, and without arrays of bins', async () => {
  const engine = new FakeEngine()
  const tree = reference('wine', 'tree', '3')
  engine.current = reportOf([[snapshot('wine', tree)]], {
    latency: { p50: 1.5, p95: Number.NaN, p99: Number.NaN },
  })
  engine
    .slot(0)
    .push(Buffer.from('{}'))
    .catch(() => {})
  const answer = (await appOf(engine).inject('/engine')).json()
  expect(answer).toEqual({
    name: 'wine',
    description: 'scores wines',
    state: 'running',
    counts: { read: 10, predicted: 8, deadLettered: 1, dropped: 1 },
    latency: { p50: 1.5, p95: null, p99: null },
    active: { wine: 'tree@3' },
    tasks: [
      {
        task: '0/0',
        position: 7,
        modelPosition: 2,
        counts: { read: 10, predicted: 8, deadLettered: 1, dropped: 1 },
      },
    ],
    slots: {
      0: { direction: 'in', records: 1 },
      1: { direction: 'out', records: 0 },
      2: { direction: 'in', records: 0 },
      3: { direction: 'out', records: 0 },
    },
  })
})

test('metrics are counters of events together with gauges of the report', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  engine.telemetry.emit('batchScored', {
    engine: 'wine',
    task: '0/0',
    records: 10,
    predictions: 7,
    deadLetters: 2,
    dropped: 1,
  })
  const answer = await app.inject('/metrics')
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(answer.body).toContain('engine_read_records_total{engine="wine",task="0/0"} 10\n')
  expect(answer.body).toContain('engine_state_info{engine="wine",state="running"} 1\n')
  for (const line of answer.body.trimEnd().split('\n')) {
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? \S+)$/)
  }
})
