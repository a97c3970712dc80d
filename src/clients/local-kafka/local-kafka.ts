import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { servingBrokers } from './broker-probe.ts'
import { BrokerProcess, runJava } from './broker-process.ts'
import { brokerProperties, type NodePorts } from './broker-settings.ts'
import { freePorts, isFreePort } from './free-ports.ts'
import { Guard } from './guard.ts'
import { haveJars, type JarProgress, jarFolder, repositoryOf } from './jar-cache.ts'
import { jarList } from './jar-list.ts'
import { type Environment, findJava } from './java.ts'

/** What a local Kafka is started with. */
export interface LocalKafkaSettings {
  /** Keeps data, settings and log lines; one that was used before goes on with its data. */
  readonly folder: string
  /** One, or three for what needs a cluster. */
  readonly brokers: number
  /** Client port of each broker, in order; 0 or none takes a free one. */
  readonly ports?: readonly number[]
  /** Ports that clients are told instead of those, when proxies are in front. */
  readonly advertisedPorts?: readonly number[]
  /** Further properties of the brokers, by Kafka's names. */
  readonly properties?: Readonly<Record<string, string>>
  /** Heap of each broker; by default 512, and 320 each where there are several. */
  readonly heapMb?: number
  /** True starts sooner and serves slower: for tests. */
  readonly isShortLived?: boolean
  /** True leaves the brokers running when this process ends. */
  readonly isLeftRunning?: boolean
  /** Folder that is removed when the brokers have ended, also when this process is killed; it holds `folder`, or is it. */
  readonly temporaryFolder?: string
  readonly env: Environment
  readonly clock: Clock
  readonly onProgress?: (progress: JarProgress) => void
  /** Gives the start up, with the reason of the signal. */
  readonly signal?: AbortSignal
}

/** How long a broker may take until it serves. */
const startMs = 120_000
/** Between SIGTERM and SIGKILL. */
const stopMs = 20_000
const probeMs = 100
const bindAttempts = 3

/**
 * Apache Kafka on this machine: its jars on the machine's Java, in KRaft mode, one or several brokers on the loopback address.
 *
 * folder/cluster.json          id of the cluster and number of its brokers
 * folder/node-1/data           what the broker keeps
 * folder/node-1/server.properties, folder/node-1/kafka.log
 */
export class LocalKafka {
  readonly brokers: readonly BrokerProcess[]
  readonly #ports: readonly NodePorts[]
  readonly #guard: Guard | null
  readonly #clock: Clock

  private constructor(
    brokers: readonly BrokerProcess[],
    ports: readonly NodePorts[],
    guard: Guard | null,
    clock: Clock,
  ) {
    this.brokers = brokers
    this.#ports = ports
    this.#guard = guard
    this.#clock = clock
  }

  /** Fetches what is missing, starts the brokers and waits until they serve. */
  static async start(settings: LocalKafkaSettings): Promise<LocalKafka> {
    const { env, clock, onProgress, signal } = settings
    const java = await findJava(env)
    const fetch = { folder: jarFolder(env), repository: repositoryOf(env), env, clock, signal }
    const jars = await haveJars(jarList, onProgress ? { ...fetch, onProgress } : fetch)
    const clusterId = await clusterOf(settings.folder, settings.brokers)
    for (let attempt = 1; ; attempt++) {
      try {
        return await startOnce(settings, java, jars, clusterId)
      } catch (error) {
        // Between finding a free port and listening on it somebody else may have taken it.
        const isTaken = error instanceof MillraceError && /BindException|already in use/.test(error.message)
        if (!isTaken || attempt === bindAttempts) throw error
      }
    }
  }

  /** @internal */
  static of(
    brokers: readonly BrokerProcess[],
    ports: readonly NodePorts[],
    guard: Guard | null,
    clock: Clock,
  ): LocalKafka {
    return new LocalKafka(brokers, ports, guard, clock)
  }

  /** Where clients begin: `127.0.0.1:9092` for each broker. */
  get bootstrapServers(): readonly string[] {
    return this.#ports.map(({ advertised }) => `127.0.0.1:${advertised}`)
  }

  /** Ports that the brokers listen on for clients, proxies or not. */
  get clientPorts(): readonly number[] {
    return this.#ports.map(({ client }) => client)
  }

  /** Starts a broker again that has ended; resolves when it serves. */
  async restart(broker: BrokerProcess): Promise<void> {
    await startWatched(broker, this.#guard)
    await this.#untilServing(broker)
  }

  /** Resolves when every broker serves and knows all others. */
  async untilReady(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.brokers.map((broker) => this.#untilServing(broker, signal)))
  }

  /** Ends all brokers in order, with SIGKILL those that take longer than `graceMs`. Idempotent. */
  async stop(graceMs = stopMs): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.stop(graceMs)))
    this.#guard?.close()
  }

  async #untilServing(broker: BrokerProcess, signal?: AbortSignal): Promise<void> {
    const { client } = this.#ports[this.brokers.indexOf(broker)] as NodePorts
    const deadline = this.#clock.monotonicMs() + startMs
    while ((await servingBrokers(client, probeMs * 10)) < this.brokers.length) {
      signal?.throwIfAborted()
      if (!broker.isRunning) throw await broker.failure(`broker ${broker.node} has ended`)
      if (this.#clock.monotonicMs() > deadline)
        throw await broker.failure(`broker ${broker.node} does not serve after ${startMs} ms`)
      await this.#clock.sleep(probeMs)
    }
  }
}

async function startOnce(
  settings: LocalKafkaSettings,
  java: string,
  jars: readonly string[],
  clusterId: string,
): Promise<LocalKafka> {
  const { folder, clock, env } = settings
  const ports = await choosePorts(settings)
  const guard = settings.isLeftRunning ? null : new Guard(settings.isShortLived ? 0 : stopMs)
  if (settings.temporaryFolder !== undefined) guard?.removeAtEnd(settings.temporaryFolder)
  const heapMb = settings.heapMb ?? (settings.brokers === 1 ? 512 : 320)
  const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const flags = [`-Xmx${heapMb}m`, '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData', '-Djava.awt.headless=true']
  const command = {
    java,
    env,
    flags: [...flags, ...(settings.isShortLived ? quick : [])],
    jars,
    isLeftRunning: settings.isLeftRunning ?? false,
  }
  const brokers = ports.map((_, i) => new BrokerProcess(i + 1, join(folder, `node-${i + 1}`), command, clock))
  const kafka = LocalKafka.of(brokers, ports, guard, clock)
  try {
    await Promise.all(
      brokers.map(async ({ node, folder: own, propertiesPath }) => {
        const dataFolder = join(own, 'data')
        await mkdir(dataFolder, { recursive: true })
        const properties = brokerProperties({ node, ports, dataFolder, properties: settings.properties ?? {} })
        await writeFile(propertiesPath, properties)
        if (await exists(join(dataFolder, 'meta.properties'))) return
        await runJava(command, 'kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', propertiesPath])
      }),
    )
    for (const broker of brokers) await startWatched(broker, guard)
    await kafka.untilReady(settings.signal)
    return kafka
  } catch (error) {
    await kafka.stop(0)
    throw error
  }
}

/** Starts a broker that ends with this process; when it ends before, its number may become another's. */
async function startWatched(broker: BrokerProcess, guard: Guard | null): Promise<void> {
  await broker.start()
  guard?.watch(broker.pid as number)
  void broker.exited().then((pid) => guard?.forget(pid))
}

async function choosePorts({ brokers, ports = [], advertisedPorts }: LocalKafkaSettings): Promise<NodePorts[]> {
  for (const port of ports) {
    if (port !== 0 && !(await isFreePort(port))) throw new MillraceError('CLIENT_LOCAL_KAFKA_PORT', { port })
  }
  const free = await freePorts(brokers * 3)
  return Array.from({ length: brokers }, (_, i) => {
    const [spare, broker, controller] = free.slice(i * 3, i * 3 + 3) as [number, number, number]
    const client = ports[i] || spare
    return { client, advertised: advertisedPorts?.[i] ?? client, broker, controller }
  })
}

/** The id of the cluster whose data the folder keeps; a new one for a new folder. */
async function clusterOf(folder: string, brokers: number): Promise<string> {
  const path = join(folder, 'cluster.json')
  await mkdir(folder, { recursive: true })
  if (await exists(path)) {
    const kept = JSON.parse(await readFile(path, 'utf8')) as { id: string; brokers: number }
    if (kept.brokers === brokers) return kept.id
    throw new MillraceError('CLIENT_LOCAL_KAFKA_OTHER', { folder, actual: kept.brokers, wanted: brokers })
  }
  let id = ''
  do id = randomBytes(16).toString('base64url')
  while (id.startsWith('-')) // would be taken for an option
  await writeFile(path, `${JSON.stringify({ id, brokers })}\n`)
  return id
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}
