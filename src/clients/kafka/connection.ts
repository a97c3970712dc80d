import { isIP } from 'node:net'
import {
  type API,
  apiVersionsV1,
  apiVersionsV3,
  apiVersionsV4,
  Connection,
  type ConnectionOptions,
  type Reader,
  type SASLOptions,
  Writer,
} from '@platformatic/kafka'
import { type Clock, systemClock } from '../../core/clock.ts'
import { MillraceError } from '../../core/errors.ts'
import { unlessAborted } from '../../core/unless-aborted.ts'
import { type AnswerPlace, answerOf, mapConnectError, mapLibraryError } from './protocol-errors.ts'
import { RequestBodies } from './request-bodies.ts'
import { type KafkaSettings, parseServer, type SaslSettings, type TlsSettings } from './settings.ts'

/** One request of the protocol in the versions that this client speaks; they take the same arguments and give the same answer. */
export interface ApiFamily<A extends unknown[], R> {
  /** The protocol's name: `OffsetFetch`. */
  readonly name: string
  readonly key: number
  /** Newest first. */
  readonly versions: readonly API<A, R>[]
}

/** A family of request versions, in any order. */
export function api<A extends unknown[], R>(name: string, versions: readonly API<A, R>[]): ApiFamily<A, R> {
  const sorted = [...versions].sort((a, b) => b.version - a.version)
  return { name, key: (sorted[0] as API<A, R>).key, versions: sorted }
}

/** Versions of the features that the cluster has agreed on; 0 where it has none. */
export interface KafkaFeatures {
  /** 2 and more: KIP-890 part 2, where every transaction has an epoch of its own. */
  readonly transactionVersion: number
  /** 1 and more: the `consumer` group protocol of KIP-848. */
  readonly groupVersion: number
}

/** A request whose body is large: its parts are sent as they are, without being copied. */
export interface BodyFamily<R> {
  readonly name: string
  readonly key: number
  /** All have the same body; newest first. */
  readonly versions: readonly number[]
  parse(reader: Reader): R
}

/** How a connection is opened, besides where to and as whom. */
export interface OpenOptions {
  /** Requests under way at a time; 5 by default. */
  readonly maxInFlight?: number | undefined
  readonly clock?: Clock
  /** Ends opening, with its reason. */
  readonly signal?: AbortSignal
}

interface VersionRange {
  readonly min: number
  readonly max: number
}

/**
 * One connection to one broker. Requests go out in the order of the calls and are answered in that order, up to `maxInFlight` at a
 * time; more wait here. A connection that was lost, or on which a request timed out, is of no use any more: what was under way gets
 * CLIENT_KAFKA_INDEFINITE, and so does everything after it.
 *
 * A broker says with an answer for how long it listens to nothing, because of a quota (KIP-219); requests wait here for so long, but no
 * longer than for an answer.
 *
 * Where the broker limits the life of a SASL session the connection is retired before that is over, and another one authenticates anew:
 * requests that go out amid an authentication would end the connection.
 */
export class KafkaConnection {
  /** `host:port`. */
  readonly address: string
  readonly #connection: Connection
  #ranges = new Map<number, VersionRange>()
  #features: KafkaFeatures = { transactionVersion: 0, groupVersion: 0 }
  #isLost = false
  /** Requests without an answer yet. */
  #underWay = 0
  /** Resolves when the last answer is there and the connection is closed; null until it is retired. */
  #retiring: PromiseWithResolvers<void> | null = null
  /** What the socket said, which the requests under way are not told: a broker may refuse a certificate after the handshake. */
  #lostBy: Error | null = null
  readonly #bodies = new RequestBodies()
  readonly #clock: Clock
  readonly #maxThrottleMs: number
  #throttledUntilMs = 0
  /** Resolves when the broker listens again, or the connection is lost; null while it listens. */
  #throttled: Promise<void> | null = null
  readonly #lost = new AbortController()

  private constructor(address: string, connection: Connection, maxThrottleMs: number, clock: Clock) {
    this.address = address
    this.#connection = connection
    this.#maxThrottleMs = maxThrottleMs
    this.#clock = clock
    connection.on('error', (error) => {
      this.#lostBy ??= error
      this.#lose()
    })
    connection.on('close', () => {
      this.#lose()
      void connection.close() // the timer of the session's life
    })
    // Called by the library after 80 % of the session's life.
    connection.reauthenticate = () => void this.retire()
  }

  /** Connects, authenticates and asks for the versions that the broker speaks. */
  static async open(address: string, settings: KafkaSettings, other: OpenOptions = {}): Promise<KafkaConnection> {
    const { maxInFlight = 5, clock = systemClock, signal } = other
    const { host, port } = parseServer(address)
    if (port === -1) {
      const reason = 'expected "host:port" with a port of 1 to 65535'
      throw new MillraceError('CLIENT_KAFKA_UNREACHABLE', { server: address, reason })
    }
    const connection = new Connection(settings.clientId, connectionOptions(settings, host, maxInFlight))
    const opened = new KafkaConnection(address, connection, settings.requestTimeoutMs, clock)
    try {
      await unlessAborted(Promise.resolve(connection.connect(host, port)), signal)
      opened.#bodies.attach(connection.socket)
      await unlessAborted(opened.#within(settings.connectTimeoutMs, opened.#negotiate()), signal)
    } catch (thrown) {
      opened.#lose()
      await opened.close()
      throw mapConnectError(opened.#lostBy ?? thrown, address)
    }
    return opened
  }

  /** False once the connection is lost, closed or retired; nothing makes it usable again. */
  get isUsable(): boolean {
    return !this.#isLost && this.#retiring === null && this.#connection.isConnected()
  }

  /** True while a request has no answer yet. */
  get isBusy(): boolean {
    return this.#underWay > 0
  }

  /** Until when requests wait because of a quota (monotonic); in the past while there is none. */
  get throttledUntilMs(): number {
    return this.#throttledUntilMs
  }

  get features(): KafkaFeatures {
    return this.#features
  }

  /** The version that a request goes out in, or null when the broker has none of them. */
  versionOf<A extends unknown[], R>(family: ApiFamily<A, R>): number | null {
    return this.#choose(family)?.version ?? null
  }

  /**
   * Sends a request in the newest version that both sides have. Rejects with the worst of the protocol errors in the answer;
   * `answerOf` gives the answer itself.
   */
  async call<A extends unknown[], R>(family: ApiFamily<A, R>, ...requestArguments: A): Promise<R> {
    return await this.callFor('the cluster', family, ...requestArguments)
  }

  /** `call` with what the request is about, for messages: `topic "orders"`. */
  async callFor<A extends unknown[], R>(subject: string, family: ApiFamily<A, R>, ...requestArguments: A): Promise<R> {
    const version = this.#choose(family)
    if (version === null) {
      const numbers = family.versions.map(({ version: number }) => number)
      throw this.#unsupported(family.name, family.key, numbers)
    }
    return await this.#answered({ server: this.address, api: family.name, subject }, () =>
      version.async(this.#connection, ...requestArguments),
    )
  }

  /** Like `call`, but an answer with protocol errors inside is an answer: the caller looks at its error codes. */
  async ask<A extends unknown[], R>(family: ApiFamily<A, R>, ...requestArguments: A): Promise<R> {
    try {
      return await this.call(family, ...requestArguments)
    } catch (thrown) {
      const answer = answerOf<R>(thrown)
      if (answer === null) throw thrown
      return answer
    }
  }

  /**
   * Sends a request whose body is `parts` one after another. They are not changed until the answer is there or the connection is
   * closed. The library copies every other request into a buffer of its own, which for a megabyte costs more than the rest together.
   */
  async callWithBody<R>(subject: string, family: BodyFamily<R>, parts: readonly Buffer[]): Promise<R> {
    const version = family.versions.find((number) => this.#has(family.key, number))
    if (version === undefined) throw this.#unsupported(family.name, family.key, family.versions)
    return await this.#answered({ server: this.address, api: family.name, subject }, () => {
      const { promise, resolve, reject } = Promise.withResolvers<R>()
      this.#bodies.add(family.key, parts)
      this.#connection.send<R>(
        family.key,
        version,
        () => Writer.create(),
        (_correlationId, _key, _version, reader) => family.parse(reader),
        true,
        true,
        (error, answer) => (error ? reject(error) : resolve(answer as R)),
      )
      return promise
    })
  }

  /** Takes no more requests, and closes once those under way are answered; resolves then. Idempotent. */
  async retire(): Promise<void> {
    if (this.#isLost) return await this.close()
    this.#retiring ??= Promise.withResolvers<void>()
    if (this.#underWay === 0) this.#finish()
    await this.#retiring.promise
  }

  /** Ends the connection; requests under way get CLIENT_KAFKA_INDEFINITE. Idempotent. */
  async close(): Promise<void> {
    this.#lose()
    const socket = this.#connection.socket as Connection['socket'] | undefined
    socket?.destroy()
    await this.#connection.close()
  }

  #lose(): void {
    this.#isLost = true
    this.#lost.abort()
  }

  /** Counts a request as under way until it is answered. */
  async #answered<R>(place: AnswerPlace, send: () => Promise<R>): Promise<R> {
    this.#underWay++
    try {
      if (this.#throttled !== null) await this.#throttled
      const answer = await send()
      this.#throttle(answer)
      return answer
    } catch (thrown) {
      this.#throttle(answerOf(thrown))
      throw mapLibraryError(thrown, place)
    } finally {
      this.#underWay--
      if (this.#underWay === 0 && this.#retiring !== null) this.#finish()
    }
  }

  /** Notes what an answer of any request says of quotas. */
  #throttle(answer: unknown): void {
    const throttleMs = (answer as { readonly throttleTimeMs?: unknown } | null)?.throttleTimeMs
    if (typeof throttleMs !== 'number' || throttleMs <= 0) return
    const untilMs = this.#clock.monotonicMs() + Math.min(throttleMs, this.#maxThrottleMs)
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, untilMs)
    this.#throttled ??= this.#untilUnthrottled()
  }

  async #untilUnthrottled(): Promise<void> {
    const { signal } = this.#lost
    for (;;) {
      const leftMs = this.#throttledUntilMs - this.#clock.monotonicMs()
      if (leftMs <= 0 || signal.aborted) break
      await this.#clock.sleep(leftMs, signal)
    }
    this.#throttled = null
  }

  #finish(): void {
    void this.close().then(this.#retiring?.resolve)
  }

  /** Ends the connection when `work` takes longer: a broker that stands still accepts connections all the same. */
  async #within(limitMs: number, work: Promise<void>): Promise<void> {
    const timer = setTimeout(() => {
      this.#lostBy ??= new Error(`it connects, but answers nothing for ${limitMs} ms`)
      this.#connection.socket.destroy()
    }, limitMs)
    await work.finally(() => clearTimeout(timer))
  }

  #choose<A extends unknown[], R>(family: ApiFamily<A, R>): API<A, R> | null {
    return family.versions.find(({ version }) => this.#has(family.key, version)) ?? null
  }

  #has(key: number, version: number): boolean {
    const range = this.#ranges.get(key)
    return range !== undefined && version >= range.min && version <= range.max
  }

  #unsupported(name: string, key: number, versions: readonly number[]): MillraceError {
    const range = this.#ranges.get(key)
    const actual = range === undefined ? 'no version' : `versions ${range.min} to ${range.max}`
    const expected = `one of ${[...versions].reverse().join(', ')}`
    return new MillraceError('CLIENT_KAFKA_UNSUPPORTED', { server: this.address, api: name, actual, expected })
  }

  /** A broker that does not know the version of ApiVersions that it is asked in answers with an error; then an older one is tried. */
  async #negotiate(): Promise<void> {
    let last: unknown
    for (const { api: version } of [apiVersionsV4, apiVersionsV3]) {
      try {
        this.#learn(await version.async(this.#connection, 'millrace', '1'))
        return
      } catch (thrown) {
        last = thrown
        if (!this.isUsable) throw thrown
      }
    }
    try {
      this.#learn(await apiVersionsV1.api.async(this.#connection, 'millrace', '1'))
    } catch {
      throw last
    }
  }

  #learn(answer: {
    apiKeys: readonly { apiKey: number; minVersion: number; maxVersion: number }[]
    finalizedFeatures?: readonly { name: string; maxVersionLevel: number }[]
  }): void {
    this.#ranges = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
    )
    const level = (name: string) =>
      answer.finalizedFeatures?.find((feature) => feature.name === name)?.maxVersionLevel ?? 0
    this.#features = { transactionVersion: level('transaction.version'), groupVersion: level('group.version') }
  }
}

function connectionOptions(settings: KafkaSettings, host: string, maxInflights: number): ConnectionOptions {
  return {
    connectTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    maxInflights,
    ...(settings.tls === null ? {} : tlsOptions(settings.tls, host)),
    ...(settings.sasl === null ? {} : { sasl: saslOptions(settings.sasl) }),
  }
}

function tlsOptions(tls: TlsSettings, host: string): Pick<ConnectionOptions, 'tls' | 'tlsServerName'> {
  return {
    tls: {
      rejectUnauthorized: tls.verifiesServer,
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      ...(tls.certificate === null ? {} : { cert: tls.certificate }),
      ...(tls.key === null ? {} : { key: tls.key }),
      ...(tls.passphrase === null ? {} : { passphrase: tls.passphrase }),
    },
    // An IP address is no name for SNI (RFC 6066, 3).
    tlsServerName: tls.serverName ?? isIP(host) === 0,
  }
}

function saslOptions(sasl: SaslSettings): SASLOptions {
  if (sasl.mechanism !== 'OAUTHBEARER') return { ...sasl }
  return {
    mechanism: 'OAUTHBEARER',
    token: sasl.token,
    authBytesValidator: checkTokenAnswer,
    ...(sasl.extensions === null ? {} : { oauthBearerExtensions: { ...sasl.extensions } }),
  }
}

/** A server that refuses a token says so in JSON, where it says nothing when it takes one (RFC 7628, 3.2.2). */
function checkTokenAnswer(
  ...[bytes, callback]: Parameters<NonNullable<SASLOptions['authBytesValidator']>>
): ReturnType<NonNullable<SASLOptions['authBytesValidator']>> {
  if (bytes.length === 0) callback(null, bytes)
  else callback(new Error(`the token is refused: ${bytes.toString('utf8', 0, 200)}`))
}
