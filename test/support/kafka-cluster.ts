import { LocalKafka } from '../../src/clients/local-kafka/local-kafka.ts'
import { systemClock } from '../../src/core/clock.ts'
import { testBrokerProperties } from './kafka-properties.ts'
import { TcpProxy } from './tcp-proxy.ts'

/** How a cluster of a suite's own is started. */
export interface ClusterChoice {
  readonly brokers: number
  /** True puts a proxy in front of each broker, through which faults are injected. */
  readonly isProxied?: boolean
  readonly properties?: Readonly<Record<string, string>>
  /** True: the folder goes with the cluster, also when the process is killed. */
  readonly isTemporary?: boolean
}

/** A cluster of real brokers, with a proxy in front of each where that was chosen; brokers talk past them. */
export interface TestCluster {
  readonly kafka: LocalKafka
  readonly proxies: readonly TcpProxy[]
  stop(): Promise<void>
}

/** Starts a cluster that keeps its data in `folder`; ended by the caller, and at the latest with the process. */
export async function startCluster(folder: string, choice: ClusterChoice): Promise<TestCluster> {
  const { brokers, isProxied, properties, isTemporary } = choice
  const proxies = await Promise.all(Array.from({ length: isProxied ? brokers : 0 }, () => TcpProxy.listen()))
  const kafka = await LocalKafka.start({
    folder,
    brokers,
    ...(isProxied ? { advertisedPorts: proxies.map(({ port }) => port) } : {}),
    ...(isTemporary ? { temporaryFolder: folder } : {}),
    isShortLived: true,
    properties: { ...testBrokerProperties, ...properties },
    env: process.env,
    clock: systemClock,
  })
  for (const [i, proxy] of proxies.entries()) proxy.forwardTo(kafka.clientPorts[i] as number)
  const stop = async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await kafka.stop(0)
  }
  return { kafka, proxies, stop }
}
