import { randomUUID } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { type Clock, systemClock } from '../core/clock.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import { Metrics } from '../monitor/monitor.ts'
import { createApp, type TlsSettings } from './app.ts'
import { isLoopback } from './guard.ts'
import type { ServedEngine } from './server-context.ts'

/** Where and how a server listens. */
export interface ServerSettings {
  readonly engine: ServedEngine
  /** Address to listen on; the loopback interface unless told. */
  readonly host?: string
  /** 0 = any free port. */
  readonly port: number
  /** Bearer tokens, one of which every request but those for health must have; none = open to whoever reaches the port. */
  readonly tokens?: readonly string[]
  readonly tls?: TlsSettings | null
  /** Further names in `Host` headers that a server on the loopback interface answers to, for example behind a proxy. */
  readonly allowedHosts?: readonly string[]
  readonly maxBodyBytes?: number
  /** Counters that go into `/metrics`; by default those of the engine's events from now on. */
  readonly metrics?: Metrics
  readonly clock?: Clock
  /** Longest time in ms that `close` waits for requests under way. */
  readonly graceMs?: number
}

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string
  /** Refuses new requests, lets those under way finish, closes every connection. Idempotent. */
  close(): Promise<void>
}

const LOOPBACK = '127.0.0.1'
const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024
const DEFAULT_GRACE_MS = 10_000

/** Serves an engine over HTTP; resolves when it listens. */
export async function startServer(settings: ServerSettings): Promise<RunningServer> {
  const { engine, host = LOOPBACK, port, tokens = [], tls = null, clock = systemClock } = settings
  const { telemetry } = engine
  const address = { host, port }
  const waits = new Set<AbortController>()
  const metrics = settings.metrics ?? new Metrics(telemetry)
  let lastError = ''
  const unlisten = telemetry.listen((name, event) => {
    if ((name === 'taskError' || name === 'engineRestarting') && 'error' in event) lastError = event.error.message
  })
  let closing: Promise<void> | null = null
  const app = createApp({
    context: {
      engine,
      clock,
      metrics,
      address,
      id: randomUUID(),
      trusted: tls && trustedBy(tls),
      waits,
      get lastError() {
        return lastError
      },
    },
    guard: { tokens, host, allowedHosts: settings.allowedHosts ?? [] },
    maxBodyBytes: settings.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    tls,
    isClosing: () => closing !== null,
  })
  const silent = trackSilent(app, tls !== null)
  await listen(app, host, port)
  address.port = (app.server.address() as AddressInfo).port
  const url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`
  telemetry.emit('serverStarted', { url, isOpen: tokens.length === 0 && !isLoopback(host) })

  const close = async () => {
    for (const wait of waits) wait.abort()
    for (const socket of silent) socket.destroy()
    await closeWithin(app, settings.graceMs ?? DEFAULT_GRACE_MS, clock)
    unlisten()
    if (!settings.metrics) metrics.close()
    telemetry.emit('serverStopped', { url })
  }
  return {
    url,
    close: () => {
      closing ??= Promise.resolve().then(close) // `isClosing` holds before the first step
      return closing
    },
  }
}

/** The system's authorities, those that were given, and the server's own certificate, which instances may share and which may be self-signed. */
function trustedBy({ cert, ca }: TlsSettings): SecureContext {
  return createSecureContext({ ca: [...getCACertificates(), cert, ...(ca === undefined ? [] : [ca])] })
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (thrown) {
    await app.close()
    throw new MillraceError('SERVER_UNSTARTABLE', { host, port, reason: reasonOf(thrown) }, thrown)
  }
}

/** Connections that have not asked anything yet (browsers open them in advance): they would keep a closing server waiting. */
function trackSilent(app: FastifyInstance, isTls: boolean): ReadonlySet<Socket> {
  const silent = new Set<Socket>()
  app.server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  app.server.on('request', (request) => silent.delete(request.socket))
  return silent
}

async function closeWithin(app: FastifyInstance, graceMs: number, clock: Clock): Promise<void> {
  const timer = new AbortController()
  const closed = app.close()
  void clock.sleep(graceMs, timer.signal).then(() => {
    if (!timer.signal.aborted) app.server.closeAllConnections()
  })
  await closed
  timer.abort()
}
