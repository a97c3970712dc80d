import { maxHeaderSize } from 'node:http'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { MillraceError } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { IndexAnswer } from './api.ts'
import { engineRoutes } from './engine-routes.ts'
import { answerMalformed, errorBody, errorHeaders, type RequestLimits, requestErrorOf } from './error-answer.ts'
import { type Guard, type GuardSettings, guardOf } from './guard.ts'
import { query, type Route } from './route.ts'
import type { ServerContext } from './server-context.ts'
import { slotRoutes } from './slot-routes.ts'
import { stateRoutes } from './state-routes.ts'
import { documented, methodsOf, pathOf, unknownPath } from './unknown-path.ts'

/** Certificate and key of a TLS server, in PEM. */
export interface TlsSettings {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  /** Authorities of the other instances' certificates, besides the system's; one certificate for all instances needs none. */
  readonly ca?: string | Buffer
}

/** What the app of a server is made of. */
export interface AppSettings {
  readonly context: ServerContext
  readonly guard: GuardSettings
  readonly maxBodyBytes: number
  readonly tls: TlsSettings | null
  /** True from the moment at which the server begins to close. */
  readonly isClosing: () => boolean
}

/** Longest time in ms that a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 60_000
/** Longest value of a path parameter. */
const MAX_PARAMETER_LENGTH = 1_000
/** Route name of requests that no route took, in metrics. */
const UNKNOWN_ROUTE = 'unknown'

/** The server's routes and rules, ready to listen or to be asked in memory. */
export function createApp(settings: AppSettings): FastifyInstance {
  const { context, tls, isClosing } = settings
  const { telemetry } = context.engine
  const limits = { bodyBytes: settings.maxBodyBytes, headerBytes: maxHeaderSize, timeoutMs: REQUEST_TIMEOUT_MS }
  const app = fastify({
    ...(tls ? { https: { cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' as const } } : {}),
    bodyLimit: limits.bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => answerMalformed(error, socket, limits),
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, limits, telemetry),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAMETER_LENGTH },
  }) as unknown as FastifyInstance
  acceptAnyBody(app)
  app.server.on('checkExpectation', (request, response) => app.routing(request, response)) // answered like any request
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, limits, telemetry))
  app.addHook('onRequest', beforeRequest(guardOf(settings.guard), isClosing))
  app.addHook('onSend', async (_, reply) => {
    if (isClosing()) reply.header('connection', 'close')
  })
  app.addHook('onResponse', async (request, reply) => {
    telemetry.emit('requestAnswered', {
      method: request.method,
      route: routeName(request),
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    })
  })
  const routes = addRoutes(app, context)
  app.setNotFoundHandler((request, reply) => answerUnknown(routes, request, reply))
  return app
}

/** Bodies are records: bytes of any type, which the slot's encoding understands, not the server. */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
}

function beforeRequest(guard: Guard, isClosing: () => boolean) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const route = routeOf(request)
    if (isClosing()) throw new MillraceError('SERVER_CLOSING', {})
    guard({ headers: request.headers, isSafe: route?.isSafe ?? true, isPublic: route?.isPublic ?? false })
    const coding = request.headers['content-encoding'] ?? 'identity'
    if (coding !== 'identity') throw new MillraceError('SERVER_BODY_CODED', { coding: coding.slice(0, 100) })
  }
}

function addRoutes(app: FastifyInstance, context: ServerContext): readonly Route[] {
  const routes = [...engineRoutes(context), ...stateRoutes(context), ...slotRoutes(context)]
  routes.unshift(query('/', 'this list', () => indexAnswer(routes, context)))
  for (const route of routes) {
    const { method, path, isSafe, handle } = route
    app.route({ method: isSafe ? [method, 'HEAD'] : method, url: path, handler: handle, config: { route } })
  }
  return routes
}

function indexAnswer(routes: readonly Route[], { engine }: ServerContext): IndexAnswer {
  return {
    name: 'millrace',
    engine: engine.plan.name,
    state: engine.state,
    paths: routes.map(({ method, path, summary }) => ({ method, path: documented(path), summary })),
  }
}

function answerUnknown(routes: readonly Route[], request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { method, url } = request
  const allowed = url === '*' ? ['GET', 'HEAD', 'POST', 'OPTIONS'] : methodsOf(routes, pathOf(url))
  if (method === 'OPTIONS' && allowed.length > 0) return reply.code(204).header('allow', allowed.join(', ')).send()
  throw unknownPath(routes, method, url)
}

function answerError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  limits: RequestLimits,
  telemetry: Telemetry,
): void {
  const route = routeName(request)
  const error = requestErrorOf(thrown, `${request.method} ${route}`, limits)
  if (error.code === 'CORE_INTERNAL') {
    const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
    telemetry.emit('requestError', { method: request.method, route, error: error.toReport(), stack })
  }
  void reply.code(error.entry.status).headers(errorHeaders(error)).type('application/json').send(errorBody(error))
}

function routeOf(request: FastifyRequest): Route | null {
  return (request.routeOptions?.config as { readonly route?: Route } | undefined)?.route ?? null
}

/** Route of a request as a metric label: the pattern, never what the client sent. */
function routeName(request: FastifyRequest): string {
  const route = routeOf(request)
  return route ? documented(route.path) : UNKNOWN_ROUTE
}
