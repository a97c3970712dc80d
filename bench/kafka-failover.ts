// Question: how long are the partitions of an instance without predictions when it is killed (SIGKILL) and two others go on, with and without standby, in
// either group protocol, with a small model, with one that takes long to open, and with a keyed join of many models?
//
//   node bench/kafka-failover.ts          (ROUNDS of the environment: 3)
//
// Three instances (`millrace run`) score 6 partitions exactly once; a record goes to every partition each 50 ms. One instance is killed; for each of
// its partitions the time is taken until the next prediction is in the output topic, by the broker's clock. The group learns of the end by the session
// time-out, 6 s after the last heartbeat, which was up to 2 s before: what is beyond that is Millrace's. `tree` is that of examples/iris, `forest` a
// generated PMML document of 10 MB; with `keyed` each partition has 30 forests of 1 MB of its own, which only the owner of the partition loads.
// One broker, on the same processors.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTopic } from '../src/clients/kafka/admin.ts'
import { KafkaCluster } from '../src/clients/kafka/cluster.ts'
import { PartitionFetcher } from '../src/clients/kafka/fetcher.ts'
import { IdempotentProducer } from '../src/clients/kafka/producer.ts'
import { kafkaSettings } from '../src/clients/kafka/settings.ts'
import { LocalKafka } from '../src/clients/local-kafka/local-kafka.ts'
import { columnOf } from '../src/core/bytes.ts'
import { systemClock } from '../src/core/clock.ts'
import { framesOf } from '../src/core/frames.ts'
import { forestPmml } from './models/forest.ts'
import { circumstances, median } from './trial.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const PARTITIONS = 6
const INSTANCES = 3
const SESSION_MS = 6_000
const HEARTBEAT_MS = 2_000
const FEED_MS = 50
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const models = {
  tree: readFileSync(new URL('../examples/iris/tree.pmml', import.meta.url), 'utf8'),
  forest: forestPmml(10_000_000),
}
/** Models of each partition with a keyed join. */
const KEYS = 30
const keyedForest = Buffer.from(forestPmml(1_000_000)).toString('base64')
const recordOf = (partition: number) =>
  Buffer.from(
    JSON.stringify({
      kind: `${partition}-0`,
      sepal_length: 5.1,
      sepal_width: 3.5,
      petal_length: 1.4,
      petal_width: 0.2,
    }),
  )

interface Case {
  readonly protocol: 'consumer' | 'classic'
  readonly model: keyof typeof models | 'keyed'
  readonly hasStandby: boolean
}

/** Milliseconds of each partition that the killed instance had. */
async function failOver(bootstrap: string, { protocol, model, hasStandby }: Case, name: string): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-failover-'))
  const cluster = new KafkaCluster(kafkaSettings([bootstrap]))
  const [input, output] = [`${name}.in`, `${name}.out`] as const
  const make = (topic: string, configs = {}) =>
    createTopic(cluster, { name: topic, partitions: PARTITIONS, replication: 1, configs })
  await make(input)
  await make(output, { 'message.timestamp.type': 'LogAppendTime' })
  const producer = await IdempotentProducer.open(cluster)
  if (model === 'keyed') {
    await createTopic(cluster, {
      ...{
        name: `${name}.models`,
        partitions: PARTITIONS,
        replication: 1,
        configs: { 'max.message.bytes': '3000000' },
      },
    })
    await publishForests(producer, `${name}.models`)
  }
  const stream = (topic: string) => ({ type: 'kafka', bootstrapServers: [bootstrap], topic })
  const share = { group: name, groupProtocol: protocol, sessionTimeoutMs: SESSION_MS }
  const children: ChildProcess[] = []
  const addresses: string[] = []
  for (let i = 0; i < INSTANCES; i++) {
    const own = join(folder, `${i}`)
    mkdirSync(own)
    if (model !== 'keyed') writeFileSync(join(own, 'model.pmml'), models[model])
    const engine = {
      name,
      slots: { 0: { transport: { ...stream(input), ...share } }, 1: { transport: stream(output) } },
      ...(model === 'keyed'
        ? {
            models: { transport: stream(`${name}.models`), encoding: 'json' },
            join: { type: 'keyed', key: { type: 'field', name: 'kind' } },
          }
        : { models: [{ name: 'tree', version: '1', location: 'model.pmml' }] }),
      deadLetters: { transport: { type: 'discard' } },
      state: { type: 'kafka', bootstrapServers: [bootstrap], topic: `${name}.state` },
      standby: hasStandby,
      http: { port: 0 },
    }
    writeFileSync(join(own, 'engine.yaml'), JSON.stringify(engine))
    const child = spawn(process.execPath, ['--no-warnings', main, 'run', 'engine.yaml'], { cwd: own })
    children.push(child)
    addresses.push(await addressOf(child))
  }
  let isFeeding = true
  const feeding = (async () => {
    while (isFeeding) {
      for (let partition = 0; partition < PARTITIONS; partition++)
        await producer.produce(input, partition, framesOf(columnOf([recordOf(partition)])))
      await systemClock.sleep(FEED_MS)
    }
  })()
  try {
    for (let partition = 0; partition < PARTITIONS; partition++) await firstAfter(cluster, output, partition, 0)
    const victim = children[INSTANCES - 1] as ChildProcess
    const partitions = await partitionsOf(addresses[0] as string, addresses[INSTANCES - 1] as string)
    const killedMs = Date.now()
    victim.kill('SIGKILL')
    const found: number[] = []
    for (const partition of partitions)
      found.push((await firstAfter(cluster, output, partition, killedMs + 1)) - killedMs)
    return found
  } finally {
    isFeeding = false
    await feeding
    await producer.close()
    for (const child of children) child.kill('SIGTERM')
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Publishes a forest for each key of each partition. */
async function publishForests(producer: IdempotentProducer, topic: string): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (let i = 0; i < KEYS; i++) {
      const key = `${partition}-${i}`
      const message = { name: `forest-${key}`, version: '1', dataType: key, format: 'pmml', data: keyedForest }
      await producer.produce(topic, partition, framesOf(columnOf([Buffer.from(JSON.stringify(message))])))
    }
  }
}

/** The address that the instance logs once it serves. */
function addressOf(child: ChildProcess): Promise<string> {
  let printed = ''
  child.stdout?.resume()
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      printed += chunk
      const address = /listening on http:\/\/([\d.]+:\d+)/.exec(printed)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', () => reject(new Error(`the instance has ended: ${printed}`)))
  })
}

/** The partitions of the instance at `address`, which has its share only when all have theirs. */
async function partitionsOf(asked: string, address: string): Promise<number[]> {
  for (;;) {
    const answer = (await (await fetch(`http://${asked}/instances`)).json()) as { port: number; tasks: string[] }[]
    const shares = answer.map(({ tasks }) => tasks.length)
    const own = answer.find(({ port }) => address.endsWith(`:${port}`))
    if (own && shares.length === INSTANCES && shares.every((share) => share === PARTITIONS / INSTANCES))
      return own.tasks.map((task) => Number(task.split('/')[1]))
    await systemClock.sleep(200)
  }
}

/** When the first committed record at or after `fromMs` was appended, by the broker's clock; waits for it. */
async function firstAfter(cluster: KafkaCluster, topic: string, partition: number, fromMs: number): Promise<number> {
  const fetcher = new PartitionFetcher(cluster, {
    ...{ topic, partition, offset: 0, isCommittedOnly: true, gone: 'error', maxBytes: 2 ** 20, maxWaitMs: 100 },
  })
  try {
    for (;;) {
      const batch = await fetcher.next(1_000, 1_000)
      const found = batch?.timestampsMs?.find((ms) => ms >= fromMs)
      if (found !== undefined) return found
    }
  } finally {
    await fetcher.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-kafka-'))
const kafka = await LocalKafka.start({
  folder,
  brokers: 1,
  properties: {
    'group.consumer.session.timeout.ms': `${SESSION_MS}`,
    'group.consumer.min.session.timeout.ms': `${SESSION_MS}`,
    'group.consumer.heartbeat.interval.ms': `${HEARTBEAT_MS}`,
    'group.consumer.min.heartbeat.interval.ms': `${HEARTBEAT_MS}`,
  },
  env: process.env,
  clock: systemClock,
})
try {
  const cases: Case[] = [false, true].flatMap((hasStandby) => [
    { protocol: 'consumer', model: 'tree', hasStandby },
    { protocol: 'consumer', model: 'forest', hasStandby },
    { protocol: 'consumer', model: 'keyed', hasStandby },
    { protocol: 'classic', model: 'tree', hasStandby },
  ])
  const samples: Record<string, number[]> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of cases) {
      const label = `${one.protocol}, ${one.model}, ${one.hasStandby ? 'standby' : 'no standby'}`
      const name = `failover-${round}-${one.protocol}-${one.model}-${one.hasStandby ? 'warm' : 'cold'}`
      const found = await failOver(kafka.bootstrapServers[0] as string, one, name)
      ;(samples[label] ??= []).push(...found)
      process.stderr.write(`${label.padEnd(32)} ${found.join(', ')} ms\n`)
    }
  }
  const table = Object.fromEntries(
    Object.entries(samples).map(([label, all]) => {
      const middle = median(all)
      return [label, { medianMs: middle, maxMs: Math.max(...all), medianBeyondSessionMs: middle - SESSION_MS }]
    }),
  )
  process.stdout.write(`${JSON.stringify(table, null, 1)}\n`)
  const settings = { kafka: '4.3.1', sessionTimeoutMs: SESSION_MS, partitions: PARTITIONS, instances: INSTANCES }
  writeFileSync(
    new URL('results/kafka-failover.json', import.meta.url),
    `${JSON.stringify({ ...circumstances(), ...settings, table, samples }, null, 1)}\n`,
  )
} finally {
  await kafka.stop()
  rmSync(folder, { recursive: true, force: true })
}
