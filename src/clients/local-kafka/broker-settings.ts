/** Ports of one node, all on the loopback address. */
export interface NodePorts {
  /** Where clients connect. */
  readonly client: number
  /** Where clients are told to connect: another port when a proxy of a test is in front. */
  readonly advertised: number
  /** Between brokers. */
  readonly broker: number
  readonly controller: number
}

/** What the properties of a node are made from. */
export interface NodeSettings {
  /** Number of the node, from 1. */
  readonly node: number
  /** Ports of all nodes; node 1 first. */
  readonly ports: readonly NodePorts[]
  readonly dataFolder: string
  /** Further or other properties, by Kafka's names; a value that begins with a comma is added to the list that there is. */
  readonly properties: Readonly<Record<string, string>>
}

/** The text of a `server.properties`: a broker that is a controller too (KRaft), small, for a machine that does other things. */
export function brokerProperties({ node, ports, dataFolder, properties }: NodeSettings): string {
  const own = ports[node - 1] as NodePorts
  const copies = String(Math.min(3, ports.length))
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node),
    'controller.quorum.voters': ports.map(({ controller }, i) => `${i + 1}@127.0.0.1:${controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'BROKER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `PLAINTEXT://127.0.0.1:${own.client},BROKER://127.0.0.1:${own.broker},CONTROLLER://127.0.0.1:${own.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${own.advertised},BROKER://127.0.0.1:${own.broker}`,
    'log.dirs': dataFolder,
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    'default.replication.factor': copies,
    'min.insync.replicas': ports.length >= 3 ? '2' : '1',
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '6',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': ports.length >= 3 ? '2' : '1',
    'transaction.state.log.num.partitions': '6',
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'num.recovery.threads.per.data.dir': '1',
    'log.cleaner.dedupe.buffer.size': '8388608', // 128 MB by default, more than the heap of a test's broker
  }
  for (const [name, value] of Object.entries(properties)) {
    all[name] = value.startsWith(',') ? `${all[name] ?? ''}${value}` : value
  }
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('')
}
