import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { SecureContext } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { reasonOf } from '../core/errors.ts'
import { type EngineReport, type InstanceReport, mergeReports } from '../engine/engine.ts'
import { decodeReport } from './instance-report.ts'
import { booleanParameter } from './query-parameter.ts'
import type { ServedInstance, ServerContext } from './server-context.ts'

/** Path of the report of one instance alone; it asks nobody, so instances never ask in circles. */
export const REPORT_PATH = '/engine/report'
/** Header of answers for all instances: the addresses of those that did not answer, separated by commas. */
const UNANSWERED = 'millrace-unanswered'
/** Stands in that header for all others when the group cannot say who they are. */
const GROUP = 'group'
/** An instance without an HTTP server, or with one that nobody was told of. */
const NO_ADDRESS = 'no-address'
/** A busy instance has two seconds to collect what its tasks say. */
const TIMEOUT_MS = 3_000
const MAX_REPORT_BYTES = 64 * 1024 * 1024

/**
 * The report of all instances of the engine, or of this one with `?local=true`. Instances that do not answer are named in the
 * header of the reply; what they would have said is missing from the report.
 */
export async function reportOfAll(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<EngineReport> {
  const own = context.engine.report()
  if (booleanParameter(request, 'local')) return await own
  const others = await othersOf(context)
  if (others === null) {
    reply.header(UNANSWERED, GROUP)
    return await own
  }
  const reports = await Promise.all(others.map((instance) => ask(context, request, instance)))
  const unanswered = others.filter((_, i) => reports[i] === null).map(({ address }) => address ?? NO_ADDRESS)
  if (unanswered.length > 0) reply.header(UNANSWERED, [...new Set(unanswered)].join(', '))
  const answered = reports.filter((report) => report !== null)
  return answered.length === 0 ? await own : mergeReports(await own, answered)
}

/** All instances of the engine; this one alone when it shares its inputs with nobody. */
export async function instancesOf({ engine }: ServerContext): Promise<readonly ServedInstance[]> {
  return (await engine.instances?.()) ?? [{ address: null, isSelf: true, tasks: [] }]
}

/** The other instances; null when the group cannot be asked for them. */
async function othersOf(context: ServerContext): Promise<readonly ServedInstance[] | null> {
  try {
    return (await instancesOf(context)).filter(({ isSelf }) => !isSelf)
  } catch (thrown) {
    context.engine.telemetry.emit('instanceUnanswered', { address: GROUP, reason: reasonOf(thrown) })
    return null
  }
}

/** The report of another instance; null when it does not give one in time. */
async function ask(
  { clock, engine, id, trusted }: ServerContext,
  request: FastifyRequest,
  { address }: ServedInstance,
): Promise<InstanceReport | null> {
  if (address === null) return null
  const stop = new AbortController()
  void clock.sleep(TIMEOUT_MS, stop.signal).then(() => stop.abort())
  const { authorization } = request.headers
  const headers = authorization === undefined ? {} : { authorization }
  try {
    const response = await responseTo(address, { headers, signal: stop.signal, agent: false }, trusted)
    const isFine = response.statusCode === 200
    const report = isFine ? decodeReport(await textOf(response)) : null
    if (!report) {
      response.destroy()
      throw new Error(`it answers with status ${response.statusCode}${isFine ? ' and another form of report' : ''}`)
    }
    if (report.instance === id) throw new Error('its address leads back to this instance')
    return report
  } catch (thrown) {
    engine.telemetry.emit('instanceUnanswered', { address, reason: reasonOf(thrown) })
    return null
  } finally {
    stop.abort()
  }
}

/** The response of an instance: a redirection is not followed. */
function responseTo(address: string, options: RequestOptions, trusted: SecureContext | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const secured = { ...options, secureContext: trusted } // which the types of Node.js do not know here
    const call =
      trusted === null
        ? plainRequest(`http://${address}${REPORT_PATH}`, options, resolve)
        : secureRequest(`https://${address}${REPORT_PATH}`, secured, resolve)
    call.on('error', reject)
    call.end()
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > MAX_REPORT_BYTES) throw new Error(`its report has more than ${MAX_REPORT_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
