import { once } from 'node:events'
import { resolve } from 'node:path'
import type { BrokerProcess } from '../../clients/local-kafka/broker-process.ts'
import type { LocalKafka } from '../../clients/local-kafka/local-kafka.ts'
import { boolean, integer, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { defineVerb, type VerbContext, type World } from '../verb.ts'
import { runVerb } from './run.ts'

const options = {
  localKafka: boolean({ summary: 'Start Apache Kafka on this machine, without installing it', default: false }),
  port: integer(
    { summary: 'Port of the first broker; the others have the next ones', default: 9092 },
    { min: 1, max: 65_533 },
  ),
  brokers: integer({ summary: 'Brokers of the local Kafka', default: 1 }, { min: 1, max: 3 }),
  folder: text({ summary: 'Folder that the local Kafka keeps its data and log in', default: 'data/kafka' }),
  heapMb: integer({ summary: 'Memory for the heap of each broker', unit: 'megabytes', default: 512 }, { min: 128 }),
}

/** Starts a local Kafka, and an engine on top of it. */
export const upVerb = defineVerb({
  name: 'up',
  summary: 'Start a local Kafka, an engine, or both',
  description:
    'A local Kafka is Apache Kafka in KRaft mode on the Java of this machine (17 or newer). Its jars are fetched once from the Maven repository that MILLRACE_MAVEN_REPOSITORY names, or Maven Central, checked against the digests of this release, and kept in the cache folder of the user. It listens on 127.0.0.1 only, without passwords, and goes on with the data of its folder. Topics are made with topic create, not by writing to them. Ctrl-C ends the engine first, then Kafka; a second Ctrl-C stops at once.',
  operands: [{ name: 'engine file', summary: 'YAML or JSON document that describes the engine', isOptional: true }],
  options,
  endsInOrder: true,
  examples: [
    { command: 'millrace up --local-kafka', summary: 'Kafka at 127.0.0.1:9092, until Ctrl-C' },
    { command: 'millrace up engine.yaml --local-kafka', summary: 'an engine on top of it' },
    { command: 'millrace up --local-kafka --brokers 3 --port 19092', summary: 'a cluster of three' },
  ],
  run: async (context) => {
    const { world, options: chosen, operands } = context
    if (!chosen.localKafka && operands.length === 0) throw new MillraceError('CLI_NOTHING_UP', {})
    const kafka = chosen.localKafka ? await startKafka(context) : null
    try {
      if (world.stop.aborted) return 0
      return await untilBrokerEnds(context, kafka?.brokers ?? [], (watched) =>
        operands.length > 0 ? runEngine(watched) : untilStopped(watched.world),
      )
    } finally {
      await kafka?.stop()
    }
  },
})

/** Starts the brokers and says where they are; null when the user would not wait. */
async function startKafka({ world, options: chosen, print }: VerbContext<typeof options>): Promise<LocalKafka | null> {
  const { LocalKafka } = await import('../../clients/local-kafka/local-kafka.ts')
  const { brokers, port, heapMb } = chosen
  let shown = 0
  const onProgress = ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }) => {
    const tenth = Math.floor((10 * doneBytes) / totalBytes)
    if (tenth === shown) return
    shown = tenth
    const [done, total] = [doneBytes, totalBytes].map((bytes) => Math.round(bytes / 1e6))
    void print.note(`fetching Apache Kafka: ${done} of ${total} MB`).catch(() => {})
  }
  try {
    const kafka = await LocalKafka.start({
      folder: resolve(world.cwd, chosen.folder),
      brokers,
      ports: Array.from({ length: brokers }, (_, i) => port + i),
      heapMb,
      env: world.env,
      clock: world.clock,
      onProgress,
      signal: world.stop,
    })
    const bootstrapServers = kafka.bootstrapServers
    await print.result(
      { bootstrapServers, folder: chosen.folder },
      `Kafka serves at ${bootstrapServers.join(',')}; Ctrl-C ends it, its data stays in ${chosen.folder}`,
    )
    return kafka
  } catch (error) {
    if (world.stop.aborted) return null
    throw error
  }
}

function runEngine({ world, operands, print }: VerbContext<typeof options>): Promise<number | undefined> {
  return runVerb.run({ world, operands, print, options: { slot: [], logLevel: 'info' } })
}

/** Resolves when the user stops it. */
async function untilStopped({ stop }: World): Promise<number> {
  if (!stop.aborted) await once(stop, 'abort')
  return 0
}

/** Runs `work`; a broker that ends by itself ends it at once, as it can commit nothing any more, and is the error. */
async function untilBrokerEnds(
  context: VerbContext<typeof options>,
  brokers: readonly BrokerProcess[],
  work: (watched: VerbContext<typeof options>) => Promise<number | undefined>,
): Promise<number | undefined> {
  const { world } = context
  const down = new AbortController()
  let ended: BrokerProcess | null = null
  for (const broker of brokers) {
    void broker.exited().then(() => {
      ended ??= broker
      down.abort()
    })
  }
  const [stop, stopNow] = [world.stop, world.stopNow].map((signal) => AbortSignal.any([signal, down.signal]))
  const status = await work({ ...context, world: { ...world, stop, stopNow } as World })
  const broker = ended as BrokerProcess | null
  if (broker) throw await broker.failure(`broker ${broker.node} has ended`)
  return status
}
