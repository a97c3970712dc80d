import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { systemClock } from '../../src/core/clock.ts'

/** Numbers of requests that tests interfere with (https://kafka.apache.org/protocol). */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  offsetCommit: 8,
  heartbeat: 12,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
  consumerGroupHeartbeat: 68,
} as const
export type ApiName = keyof typeof apiKeys

/** Which way a message goes. */
export type Direction = 'request' | 'response'

/** A message that waits in the proxy until the test says what becomes of it. */
export interface HeldMessage {
  /** Lets it go on; a request reaches the broker even when its client has hung up by now. */
  forward(): void
  /** It never arrives; what comes after it does. */
  drop(): void
  /** Both connections end, the message is lost. */
  cut(): void
}

interface Interception {
  readonly apiKey: number
  readonly direction: Direction
  readonly count: number // from 1: the how-manieth such message
  resolve(message: HeldMessage): void
}

/** Bytes that may wait in one direction of a connection until its sender is asked to stop. */
const waitingBytes = 4 << 20

/**
 * A TCP proxy in front of one broker. It knows of Kafka's protocol only the frames:
 *
 *   request  = int32 size, int16 api key, int16 api version, int32 correlation id, …
 *   response = int32 size, int32 correlation id, …
 */
export class TcpProxy {
  /** Where clients connect. */
  readonly port: number
  /** Added to every message, in both directions. */
  delayMs = 0
  /** Of all connections together, one direction; null: as fast as it goes. */
  bytesPerSecond: number | null = null
  /** True: new connections are closed at once. */
  isRefusing = false
  readonly #server: Server
  readonly #connections = new Set<ProxiedConnection>()
  #interceptions: Interception[] = []
  #targetPort = 0

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#accept(client))
  }

  /** Listens on a free port of the loopback address. */
  static async listen(): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server)
  }

  /** The port of the broker, from now on. */
  forwardTo(port: number): void {
    this.#targetPort = port
  }

  /** Ends all connections. */
  cut(): void {
    for (const connection of this.#connections) connection.cut()
  }

  /** Resolves with the next message of this kind, or the `count`th from now on, when it has arrived here. */
  hold(api: ApiName, direction: Direction, count = 1): Promise<HeldMessage> {
    const { promise, resolve } = Promise.withResolvers<HeldMessage>()
    this.#interceptions.push({ apiKey: apiKeys[api], direction, count, resolve })
    return promise
  }

  /** Gives up all waiting for messages. */
  holdNothing(): void {
    this.#interceptions = []
  }

  /** Ends everything. */
  async close(): Promise<void> {
    this.isRefusing = true
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** The interception that this message is meant by, once. */
  take(apiKey: number, direction: Direction): Interception | null {
    const at = this.#interceptions.findIndex((one) => one.apiKey === apiKey && one.direction === direction)
    const found = this.#interceptions[at]
    if (!found) return null
    if (found.count > 1) {
      this.#interceptions[at] = { ...found, count: found.count - 1 }
      return null
    }
    this.#interceptions.splice(at, 1)
    return found
  }

  #accept(client: Socket): void {
    if (this.isRefusing || this.#targetPort === 0) {
      client.destroy()
      return
    }
    const connection = new ProxiedConnection(this, client, connect(this.#targetPort, '127.0.0.1'), () =>
      this.#connections.delete(connection),
    )
    this.#connections.add(connection)
  }
}

/** A client's connection and the one to the broker. */
class ProxiedConnection {
  readonly #proxy: TcpProxy
  readonly #client: Socket
  readonly #broker: Socket
  /** What the broker has not answered, in the order of asking. */
  readonly #apiOf = new Map<number, number>()
  #held = 0

  constructor(proxy: TcpProxy, client: Socket, broker: Socket, onEnd: () => void) {
    this.#proxy = proxy
    this.#client = client
    this.#broker = broker
    for (const socket of [client, broker]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
    }
    this.#pump('request', client, broker)
    this.#pump('response', broker, client)
    // A request that is held still has to reach the broker when its client has gone.
    client.on('close', () => this.#held === 0 && broker.destroy())
    broker.on('close', () => {
      client.destroy()
      onEnd()
    })
  }

  cut(): void {
    this.#client.destroy()
    this.#broker.destroy()
  }

  /** Carries messages one way, each after the one before it. */
  #pump(direction: Direction, from: Socket, to: Socket): void {
    let rest: Buffer = Buffer.alloc(0)
    let waiting = 0
    let last = Promise.resolve()
    from.on('data', (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const message = rest.subarray(0, 4 + rest.readInt32BE(0))
        rest = rest.subarray(message.length)
        waiting += message.length
        last = last
          .then(() => this.#carry(message, direction, to))
          .then(() => {
            waiting -= message.length
            if (waiting < waitingBytes) from.resume()
          })
      }
      if (waiting >= waitingBytes) from.pause()
    })
  }

  async #carry(message: Buffer, direction: Direction, to: Socket): Promise<void> {
    const { delayMs, bytesPerSecond } = this.#proxy
    const pauseMs = delayMs + (bytesPerSecond === null ? 0 : (1_000 * message.length) / bytesPerSecond)
    if (pauseMs > 0) await systemClock.sleep(pauseMs)
    const interception = this.#proxy.take(this.#apiKeyOf(message, direction), direction)
    const fate = interception ? await this.#holdBack(interception) : 'forward'
    if (fate === 'cut') this.cut()
    if (fate === 'forward' && to.writable) to.write(message)
    if (this.#client.destroyed && this.#held === 0) this.#broker.end()
  }

  async #holdBack(interception: Interception): Promise<'forward' | 'drop' | 'cut'> {
    const { promise, resolve } = Promise.withResolvers<'forward' | 'drop' | 'cut'>()
    this.#held++
    interception.resolve({
      forward: () => resolve('forward'),
      drop: () => resolve('drop'),
      cut: () => resolve('cut'),
    })
    const fate = await promise
    this.#held--
    return fate
  }

  #apiKeyOf(message: Buffer, direction: Direction): number {
    if (message.length < 12 && direction === 'request') return -1
    if (direction === 'request') {
      const apiKey = message.readInt16BE(4)
      this.#apiOf.set(message.readInt32BE(8), apiKey)
      return apiKey
    }
    const correlationId = message.length < 8 ? -1 : message.readInt32BE(4)
    const apiKey = this.#apiOf.get(correlationId) ?? -1
    this.#apiOf.delete(correlationId)
    return apiKey
  }
}
