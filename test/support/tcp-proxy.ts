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
  /** The whole message, with its size. */
  readonly bytes: Buffer
  /**
   * Lets it go on; a request reaches the broker even when its client has hung up by now. Resolves when it was written, for a request
   * with the whole answer of the broker; null when the other side is gone and has not got it, or has not answered.
   */
  forward(): Promise<Buffer | null>
  /** It never arrives; what comes after it does. */
  drop(): void
  /** Both connections end, the message is lost. */
  cut(): void
  /** The client's connection ends, as after a time-out; the message goes on waiting. */
  hangUp(): void
}

interface Interception {
  readonly apiKey: number
  readonly direction: Direction
  readonly count: number // from 1: the how-manieth such message
  /** What the beginning of the request has, whichever direction is meant. */
  readonly text: string
  resolve(message: HeldMessage): void
}

/** What becomes of a message; `written` is told when it has arrived. */
interface Fate {
  readonly kind: 'forward' | 'drop' | 'cut'
  readonly written: ((answer: Buffer | null) => void) | null
}

const forwarded: Fate = { kind: 'forward', written: null }

/** What is kept of a request until it is answered. */
interface SeenRequest {
  readonly apiKey: number
  /** As Latin-1. */
  readonly beginning: string
}

/** Header and transactional id are within these bytes of a request. */
const beginningBytes = 512

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
  /** Of each connection, in each direction; null: as fast as it goes. */
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

  /**
   * Resolves with the next message of this kind, or the `count`th from now on, when it has arrived here. With `text` only requests
   * that have it within their first bytes are meant, such as those of one transactional id, or the answers to them.
   */
  hold(api: ApiName, direction: Direction, count = 1, text = ''): Promise<HeldMessage> {
    const { promise, resolve } = Promise.withResolvers<HeldMessage>()
    this.#interceptions.push({ apiKey: apiKeys[api], direction, count, text, resolve })
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
  take({ apiKey, beginning }: SeenRequest, direction: Direction): Interception | null {
    const at = this.#interceptions.findIndex(
      (one) => one.apiKey === apiKey && one.direction === direction && beginning.includes(one.text),
    )
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
  readonly #requests = new Map<number, SeenRequest>()
  /** Who waits for the answer to a request that was held, by correlation id. */
  readonly #answerOf = new Map<number, (answer: Buffer | null) => void>()
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
    client.on('close', () => !this.#isAwaited && broker.destroy())
    broker.on('close', () => {
      for (const answered of this.#answerOf.values()) answered(null)
      this.#answerOf.clear()
      client.destroy()
      onEnd()
    })
  }

  cut(): void {
    this.#client.destroy()
    this.#broker.destroy()
  }

  /** True while a test has a message here, or waits for the answer to one. */
  get #isAwaited(): boolean {
    return this.#held > 0 || this.#answerOf.size > 0
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
    const interception = this.#proxy.take(this.#requestOf(message, direction), direction)
    const fate = interception ? await this.#holdBack(interception, message) : forwarded
    if (fate.kind === 'cut') this.cut()
    if (fate.kind === 'forward') this.#write(message, direction, to, fate.written)
    if (direction === 'response' && message.length >= 8) {
      const correlationId = message.readInt32BE(4)
      this.#answerOf.get(correlationId)?.(message)
      this.#answerOf.delete(correlationId)
    }
    if (this.#client.destroyed && !this.#isAwaited) this.#broker.end()
  }

  #write(message: Buffer, direction: Direction, to: Socket, written: Fate['written']): void {
    if (!to.writable) written?.(null)
    else if (direction === 'response' || !written) to.write(message, () => written?.(message))
    else {
      this.#answerOf.set(message.readInt32BE(8), written)
      to.write(message)
    }
  }

  async #holdBack(interception: Interception, bytes: Buffer): Promise<Fate> {
    const { promise, resolve } = Promise.withResolvers<Fate>()
    this.#held++
    interception.resolve({
      bytes,
      forward: () => new Promise((written) => resolve({ kind: 'forward', written })),
      drop: () => resolve({ kind: 'drop', written: null }),
      cut: () => resolve({ kind: 'cut', written: null }),
      hangUp: () => void this.#client.destroy(),
    })
    const fate = await promise
    this.#held--
    return fate
  }

  /** The request itself, or the one that is answered. */
  #requestOf(message: Buffer, direction: Direction): SeenRequest {
    const none = { apiKey: -1, beginning: '' }
    if (direction === 'response') {
      const correlationId = message.length < 8 ? -1 : message.readInt32BE(4)
      const request = this.#requests.get(correlationId) ?? none
      this.#requests.delete(correlationId)
      return request
    }
    if (message.length < 12) return none
    const request = { apiKey: message.readInt16BE(4), beginning: message.toString('latin1', 0, beginningBytes) }
    this.#requests.set(message.readInt32BE(8), request)
    return request
  }
}
