import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { verbs } from '../../../src/cli/verbs.ts'
import { jsonLines, run, testWorld } from '../../support/command-line.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const counts = { read: 4, predicted: 3, deadLettered: 1, dropped: 0 }
const stats = { name: 'tree', version: '2', since: 1_700_000_000_000, usage: 3, mean: 0.5, min: 0.1, max: 1, p99: 1 }
const answers: Readonly<Record<string, unknown>> = {
  '/engine': {
    name: 'iris',
    state: 'running',
    counts,
    latency: { p50: 1.5, p95: 2, p99: 3 },
    active: { iris: 'tree@2' },
    tasks: [{ task: '0/0', position: 4, modelPosition: 1, counts }],
  },
  '/processors': { models: ['iris'] },
  '/state/iris': stats,
}
const fetch = (async (url: string | URL | Request) =>
  new Response(JSON.stringify(answers[new URL(String(url)).pathname]))) as typeof globalThis.fetch

test('counts, positions, active versions and statistics are shown', async () => {
  const { status, stdout } = await run(['state'], { fetch })
  expect(status).toBe(0)
  expect(stdout).toContain('iris running\nrecords: 4 read, 3 predicted, 1 dead letters, 0 dropped\n')
  expect(stdout).toContain('active: iris: tree@2')
  expect(stdout).toContain('0/0\t4\t1\t4\t3\t1\t0')
  expect(stdout).toContain('iris\ttree@2\t2023-11-14T22:13:20.000Z\t3\t0.5000')
})

test("one key is the server's answer", async () => {
  expect(JSON.parse((await run(['state', '--key', 'iris'], { fetch })).stdout)).toEqual(stats)
})

test('watching looks again and again until it is stopped', async () => {
  const clock = new ManualClock()
  const stop = new AbortController()
  const world = testWorld({ fetch, clock, stop: stop.signal })
  const ended = runCommandLine(verbs, ['state', '--watch', '--json'], world)
  for (let look = 1; look <= 3; look++) {
    await clock.untilSleeping()
    expect(jsonLines(world.stdout.text)).toHaveLength(look)
    if (look < 3) await clock.advance(1_000)
  }
  stop.abort()
  expect(await ended).toBe(0)
  expect(jsonLines(world.stdout.text)).toHaveLength(3)
})
