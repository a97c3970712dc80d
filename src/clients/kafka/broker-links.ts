import type { KafkaCluster } from './cluster.ts'
import type { KafkaConnection } from './connection.ts'

/** Requests under way to a broker: beyond five an idempotent producer may lose its order. */
const MAX_IN_FLIGHT = 5

/** A broker that partitions are sent to, with the connection to it. */
export class BrokerLink {
  readonly node: number
  inFlight = 0
  #connection: KafkaConnection | null = null
  #opening: Promise<void> | null = null

  constructor(node: number) {
    this.node = node
  }

  /** Null until `open` has resolved, and once the connection is lost or retired. */
  get connection(): KafkaConnection | null {
    return this.#connection?.isUsable ? this.#connection : null
  }

  get isOpening(): boolean {
    return this.#opening !== null
  }

  get hasRoom(): boolean {
    return this.inFlight < MAX_IN_FLIGHT
  }

  /** Connects anew. Not while `isOpening`. */
  async open(cluster: KafkaCluster): Promise<void> {
    this.#opening = this.#open(cluster)
    try {
      await this.#opening
    } finally {
      this.#opening = null
    }
  }

  /** Ends the connection, also one that is being made. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => {})
    await this.#connection?.close()
  }

  /** What is under way on the former connection is answered first, so that the order of the partitions' batches is kept. */
  async #open(cluster: KafkaCluster): Promise<void> {
    await this.#connection?.retire()
    this.#connection = await cluster.connect(this.node, { maxInFlight: MAX_IN_FLIGHT })
  }
}

/** The brokers that a producer sends to, by node id. */
export class BrokerLinks {
  readonly #links = new Map<number, BrokerLink>()

  of(node: number): BrokerLink {
    let link = this.#links.get(node)
    if (link === undefined) {
      link = new BrokerLink(node)
      this.#links.set(node, link)
    }
    return link
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()))
  }
}
