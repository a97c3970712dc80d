// Two processes of the command line on a real group: what one is asked is answered for both.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { InstanceAnswer, ModelStatsAnswer, StoreInstanceAnswer, StoreValueAnswer } from '../../src/server/api.ts'
import { inputOf, run } from '../support/command-line.ts'
import { millrace, RunningProcess } from '../support/example-process.ts'
import { kafkaService } from '../support/kafka.ts'
import { uniqueName } from '../support/kafka-topics.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const kafka = await kafkaService()
const PARTITIONS = 4
const RECORDS = 200
/** Longest wait for instances to share their work and do it. */
const WAIT_MS = 120_000

/** An engine file on topics of its own, with records and a model to score them with. */
async function engineFolder() {
  const cwd = temporaryFolder()
  const { bootstrapServers } = kafka
  const name = uniqueName('instances')
  const stream = (topic: string) => ({ transport: { type: 'kafka', bootstrapServers, topic } })
  const [input, output, models] = [
    await kafka.topic('instances-in', { partitions: PARTITIONS }),
    await kafka.topic('instances-out', { partitions: PARTITIONS }),
    await kafka.topic('instances-models', { configs: { 'cleanup.policy': 'compact' } }),
  ]
  const engine = {
    name,
    slots: { 0: stream(input), 1: stream(output) },
    models: stream(models),
    state: { type: 'kafka', bootstrapServers, topic: `${name}.state`, partitions: PARTITIONS },
    versions: { allowCode: true },
    http: { host: '127.0.0.1', port: 0 },
    threads: 1,
  }
  writeFileSync(join(cwd, 'engine.json'), JSON.stringify(engine))
  writeFileSync(join(cwd, 'double.js'), 'export const score = (r) => ({ y: r.x * 2 })')
  await run(['model', 'publish', 'double.js', '--engine', 'engine.json', '--version', '1'], { cwd })
  const feed = async (count: number) => {
    const lines = Array.from({ length: count }, (_, x) => `{"x":${x}}\n`).join('')
    const bootstrap = bootstrapServers.join(',')
    const sent = await run(['send', '--topic', input, '--bootstrap', bootstrap], { stdin: inputOf(lines) })
    expect(sent).toMatchObject({ status: 0 })
  }
  return { cwd, name, feed }
}

/** Asks the same again until the answer is as wanted. */
async function ask<T>(url: string, isWanted: (answer: T) => boolean): Promise<T> {
  const deadline = systemClock.monotonicMs() + WAIT_MS
  for (;;) {
    const response = await fetch(url)
    const answer = (await response.json()) as T
    const unanswered = response.headers.get('millrace-unanswered')
    if (response.ok && unanswered === null && isWanted(answer)) return answer
    if (systemClock.monotonicMs() > deadline)
      throw new Error(`${url} after ${WAIT_MS} ms: ${response.status} ${JSON.stringify(answer)}, without ${unanswered}`)
    await systemClock.sleep(200)
  }
}

const portOf = ({ port }: { readonly port: number }) => port

describe.skipIf(kafka.reason !== null)('two instances of an engine on Kafka', () => {
  test('either answers for both, and afterwards the run is replayed and its state shown', async () => {
    const { cwd, name, feed } = await engineFolder()
    const processes = [0, 1].map(() => new RunningProcess(cwd, ['run', 'engine.json']))
    const urls = await Promise.all(
      processes.map(async (process) => (await process.log(/http:\/\/127\.0\.0\.1:\d+/))[0]),
    )
    const ports = urls.map((url) => Number(new URL(url).port)).sort()
    const isShared = (all: readonly InstanceAnswer[]) => all.map(({ tasks }) => tasks.length).join() === '2,2'
    for (const url of urls) {
      const instances = await ask<InstanceAnswer[]>(`${url}/instances`, isShared)
      expect(instances.map(portOf).sort()).toEqual(ports)
      expect(instances.flatMap(({ tasks }) => tasks).sort()).toEqual(['0/0', '0/1', '0/2', '0/3'])
    }
    await feed(RECORDS)
    for (const url of urls) {
      const stats = await ask<ModelStatsAnswer>(`${url}/stats`, ({ usage }) => usage >= RECORDS)
      expect(stats).toMatchObject({ name: 'double', usage: RECORDS })
      // Each has its own part of them.
      const own = await ask<ModelStatsAnswer>(`${url}/stats?local=true`, ({ usage }) => usage > 0)
      expect(own.usage).toBeLessThan(RECORDS)
      const all = () => true
      expect(await ask<ModelStatsAnswer>(`${url}/state/${name}`, all)).toMatchObject({ usage: RECORDS })
      expect(await ask<StoreValueAnswer>(`${url}/state/modelStore/value`, all)).toMatchObject({ invocations: RECORDS })
      for (const path of ['/state/instances', '/state/instances/modelStore']) {
        const holders = await ask<StoreInstanceAnswer[]>(`${url}${path}`, all)
        expect(holders.map(portOf).sort()).toEqual(ports)
        expect(holders.map(({ storeNames }) => storeNames)).toEqual([['modelStore'], ['modelStore']])
      }
    }
    // One leaves: the other has everything, and answers for what the first did.
    const [first, second] = processes as [RunningProcess, RunningProcess]
    expect(await first.stop()).toMatchObject({ status: 0 })
    const alone = await ask<InstanceAnswer[]>(`${urls[1]}/instances`, (all) => all[0]?.tasks.length === PARTITIONS)
    expect(alone).toHaveLength(1)
    const stats = await ask<ModelStatsAnswer>(`${urls[1]}/stats`, ({ usage }) => usage >= RECORDS)
    expect(stats).toMatchObject({ usage: RECORDS })
    expect(await second.stop()).toMatchObject({ status: 0 })

    const replayed = await millrace(cwd, ['replay', 'engine.json', '--verify', '--json'])
    expect(replayed.stderr).toBe('')
    expect(JSON.parse(replayed.stdout)).toMatchObject({ records: RECORDS, predictions: RECORDS, verified: RECORDS })
    const state = await millrace(cwd, ['state', '--engine', 'engine.json', '--json'])
    expect(JSON.parse(state.stdout)).toMatchObject({
      name,
      counts: { read: RECORDS, predicted: RECORDS },
      active: { [name]: 'double@1' },
    })
    const verified = await millrace(cwd, ['verify-run', 'engine.json', '--json'])
    expect(JSON.parse(verified.stdout)).toMatchObject({ records: RECORDS, predicted: RECORDS })
  }, 300_000)
})
