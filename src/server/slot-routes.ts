import type { FastifyReply, FastifyRequest } from 'fastify'
import { MillraceError } from '../core/errors.ts'
import type { SlotRecord } from '../transports/transport.ts'
import { requireRunning } from './engine-routes.ts'
import { numberParameter, wholeNumber } from './query-parameter.ts'
import { encodedHeadersOf, httpHeadersOf, recordHeadersOf } from './record-headers.ts'
import { roundtrip } from './roundtrip.ts'
import { pathParameter, type Route } from './route.ts'
import type { ServedEngine, ServerContext } from './server-context.ts'

/** Slots that are meant when a path names none. */
const DEFAULT_INPUT = '0'
const DEFAULT_OUTPUT = '1'
const MAX_SLOT = 1_000_000
/** How long `GET /1/job/output` waits for a record. */
const DEFAULT_WAIT_MS = 500
const MAX_WAIT_MS = 60_000
/** How long a roundtrip waits for its prediction. */
const DEFAULT_TIMEOUT_MS = 30_000
const MAX_TIMEOUT_MS = 600_000
const NO_BYTES = Buffer.alloc(0)

/** Media type of records by encoding; of any other, and of pieces of a byte stream, application/octet-stream. */
const mediaTypes: Readonly<Record<string, string>> = {
  json: 'application/json',
  'utf-8': 'text/plain; charset=utf-8',
  protobuf: 'application/x-protobuf',
  avro: 'avro/binary',
}

/** The HTTP ends of slots whose stream has transport `rest`. */
export function slotRoutes(context: ServerContext): Route[] {
  const unsafe = { isSafe: false, isPublic: false }
  return [
    {
      ...unsafe,
      method: 'POST',
      path: '/1/job/input/:slot?',
      summary: 'one record for an input slot (0); 204 once its effects are durable',
      handle: (request, reply) => postInput(context, request, reply),
    },
    {
      ...unsafe,
      method: 'GET',
      path: '/1/job/output/:slot?',
      summary: 'the next record of an output slot (1); 202 when none came within ?wait= ms, 204 at the end',
      handle: (request, reply) => getOutput(context, request, reply),
    },
    {
      ...unsafe,
      method: 'POST',
      path: '/2/active/model/roundtrip/:in/:out',
      summary: 'one record in, its prediction out, within ?timeout= ms',
      handle: (request, reply) => postRoundtrip(context, request, reply),
    },
  ]
}

async function postInput({ engine }: ServerContext, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const slot = slotNumber(request, 'slot', DEFAULT_INPUT)
  const { queue } = restSlot(engine, slot, 'in')
  const fault = await queue.push(bodyOf(request), encodedHeadersOf(request.headers))
  if (fault) reply.header('millrace-dead-letter', fault.code)
  reply.code(204)
}

async function getOutput(context: ServerContext, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const slot = slotNumber(request, 'slot', DEFAULT_OUTPUT)
  const waitMs = numberParameter(request, 'wait', { absent: DEFAULT_WAIT_MS, limit: MAX_WAIT_MS })
  const { queue, mediaType } = restSlot(context.engine, slot, 'out')
  const records = await untilGone(context, reply, (signal) => queue.pull(1, waitMs, signal))
  if (records === null) return reply.code(204).send()
  const [record] = records
  return record ? sendRecord(reply, record, mediaType) : reply.code(202).send()
}

async function postRoundtrip(context: ServerContext, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { engine, clock } = context
  const inputSlot = slotNumber(request, 'in', '')
  const outputSlot = slotNumber(request, 'out', '')
  const timeoutMs = numberParameter(request, 'timeout', { absent: 0, limit: MAX_TIMEOUT_MS }) || DEFAULT_TIMEOUT_MS
  const input = restSlot(engine, inputSlot, 'in')
  const output = restSlot(engine, outputSlot, 'out')
  for (const { slot, isChunked } of [input, output]) {
    if (isChunked) throw refused(slot, 'carries a byte stream, in which a record has no headers to find it by')
  }
  requireRunning(context)
  const ends = { input: input.queue, output: output.queue, outputSlot, timeoutMs, clock }
  const record = await roundtrip(ends, bodyOf(request), recordHeadersOf(request.headers))
  return sendRecord(reply, record, output.mediaType)
}

function sendRecord(reply: FastifyReply, record: SlotRecord, mediaType: string): FastifyReply {
  const { bytes, headers } = record
  return reply
    .code(200)
    .headers(httpHeadersOf(headers))
    .type(mediaType)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

interface RestSlot {
  readonly slot: number
  readonly queue: NonNullable<ReturnType<ServedEngine['slots']['get']>>
  readonly mediaType: string
  readonly isChunked: boolean
}

/** The HTTP end of a slot; throws SERVER_SLOT_REFUSED when it has none in this direction. */
function restSlot({ plan, slots }: ServedEngine, slot: number, direction: 'in' | 'out'): RestSlot {
  const [own, other] = direction === 'in' ? [plan.inputs, plan.outputs] : [plan.outputs, plan.inputs]
  const planned = own.find((s) => s.slot === slot)
  if (!planned) {
    const known = own.map((s) => s.slot).join(', ') || 'none'
    if (other.some((s) => s.slot === slot)) throw refused(slot, `is an ${direction === 'in' ? 'output' : 'input'} slot`)
    throw refused(slot, `has no stream; ${direction === 'in' ? 'input' : 'output'} slots: ${known}`)
  }
  const { transport, encoding } = planned.descriptor
  const queue = slots.get(slot)
  if (!queue) throw refused(slot, `has a stream of transport "${transport.type}", not "rest"`)
  const isChunked = transport['mode'] === 'chunked'
  const mediaType = (isChunked ? null : mediaTypes[encoding.type]) ?? 'application/octet-stream'
  return { slot, queue, mediaType, isChunked }
}

function refused(slot: number, reason: string): MillraceError {
  return new MillraceError('SERVER_SLOT_REFUSED', { slot, reason })
}

function slotNumber(request: FastifyRequest, name: string, absent: string): number {
  return wholeNumber(pathParameter(request, name) || absent, name, MAX_SLOT)
}

function bodyOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : NO_BYTES
}

/** Waits for something on behalf of a client: until it goes away or the server closes. */
async function untilGone<T>(
  { waits }: ServerContext,
  reply: FastifyReply,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController()
  const stop = () => gone.abort()
  waits.add(gone)
  reply.raw.once('close', stop)
  try {
    return await wait(gone.signal)
  } finally {
    reply.raw.off('close', stop)
    waits.delete(gone)
  }
}
