import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'
import { openTopic, withTopic } from '../../../src/cli/topics/topic-address.ts'
import { verbs } from '../../../src/cli/verbs.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { testWorld } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const place = { path: 'data/millrace.db' }

test('a name is a topic of the embedded log at --path', async () => {
  const world = testWorld({ cwd: temporaryFolder() })
  await expect(openTopic(world, 'iris', place)).rejects.toThrow(/no log at data\/millrace.db/)
  const { topic, store } = await openTopic(world, 'iris', place, { isMade: true })
  expect([topic, store.name]).toEqual(['iris', 'data/millrace.db'])
  await store.close()
})

test('a literal, a descriptor in place and the file of a descriptor say their place', async () => {
  const cwd = temporaryFolder()
  const world = testWorld({ cwd })
  mkdirSync(join(cwd, 'streams'))
  const descriptor = { transport: { type: 'log', topic: 'iris', path: '../other.db' } }
  writeFileSync(join(cwd, 'streams/iris.json'), JSON.stringify(descriptor))
  const domains: string[] = []
  for (const name of [
    'log:iris@other.db',
    '{"transport":{"type":"log","topic":"iris","path":"other.db"}}',
    'streams/iris.json',
  ]) {
    await withTopic(world, name, place, ({ topic, store }) => void domains.push(`${topic} ${store.domain}`), {
      isMade: true,
    })
  }
  expect(domains).toEqual(Array(3).fill(`iris log:${join(cwd, 'other.db')}`))
})

test('a stream without topics, and a place said twice, are errors', async () => {
  const world = testWorld({ cwd: temporaryFolder() })
  await expect(openTopic(world, 'file:x.jsonl', place)).rejects.toThrow(/transport "file", which has no topics/)
  await expect(openTopic(world, 'log:x', { ...place, bootstrap: 'a:1' })).rejects.toThrow(/says its own/)
})

test('a cluster that is silent is told, and a stop ends the waiting', async () => {
  const stop = new AbortController()
  const clock = {
    ...systemClock,
    sleep: (delayMs: number, signal?: AbortSignal) => systemClock.sleep(delayMs === 3_000 ? 1 : delayMs, signal),
  }
  const world = testWorld({ cwd: temporaryFolder(), stop: stop.signal, clock })
  const ended = runCommandLine(verbs, ['topic', 'list', '--bootstrap', '127.0.0.1:1'], world)
  await world.stderr.until('no answer from kafka at 127.0.0.1:1 yet; it is tried for 20 s')
  stop.abort()
  expect(await ended).toBe(1)
  expect(world.stderr.text).toContain('stopped before the end')
})
