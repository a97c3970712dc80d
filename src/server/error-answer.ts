import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { MillraceError, reasonOf } from '../core/errors.ts'
import type { ErrorAnswer } from './api.ts'

/** Bounds of a request. */
export interface RequestLimits {
  readonly bodyBytes: number
  readonly headerBytes: number
  readonly timeoutMs: number
}

/** How soon a client may try again after an error that passes, in seconds. */
const RETRY_AFTER_SECONDS = 1

/** What was thrown while a request was dealt with, as an error of the catalogue. `where` is method and route. */
export function requestErrorOf(thrown: unknown, where: string, limits: RequestLimits): MillraceError {
  if (thrown instanceof MillraceError) return thrown
  const { code = '', statusCode = 500 } = (thrown ?? {}) as { code?: unknown; statusCode?: unknown }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new MillraceError('SERVER_BODY_TOO_LARGE', { limit: limits.bodyBytes })
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new MillraceError('SERVER_URL_WRONG', { reason: reasonOf(thrown) })
    case 'ECONNRESET': // the client went away while it was sending
      return new MillraceError('SERVER_REQUEST_WRONG', { reason: 'it ends before it is complete' }, thrown)
    default:
      break
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new MillraceError('SERVER_REQUEST_WRONG', { reason: reasonOf(thrown) }, thrown)
  return MillraceError.from(thrown, where)
}

/** The body of an answer that reports the error. What went wrong inside is for the log, not for clients. */
export function errorBody(error: MillraceError): ErrorAnswer {
  if (error.code !== 'CORE_INTERNAL') return { error: { code: error.code, message: error.message } }
  const where = error.parameters['where'] ?? 'the server'
  return { error: { code: error.code, message: `internal error in ${where}; the log of the server says more` } }
}

/** Headers that go with the status of an error. */
export function errorHeaders(error: MillraceError): Record<string, string> {
  const headers: Record<string, string> = {}
  if (error.isRetryable) headers['retry-after'] = String(RETRY_AFTER_SECONDS)
  if (error.code === 'SERVER_TOKEN_WRONG') headers['www-authenticate'] = 'Bearer'
  if (error.code === 'SERVER_METHOD_WRONG') headers['allow'] = String(error.parameters['allowed'])
  return headers
}

/** Answers what is not HTTP, as far as the connection allows, and closes it. */
export function answerMalformed(fault: Error & { code?: string }, socket: Socket, limits: RequestLimits): void {
  if (fault.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const error = malformedError(fault, limits)
  const { status } = error.entry
  const body = JSON.stringify(errorBody(error))
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

function malformedError(fault: Error & { code?: string }, limits: RequestLimits): MillraceError {
  if (fault.code === 'HPE_HEADER_OVERFLOW')
    return new MillraceError('SERVER_HEADERS_TOO_LARGE', { limit: limits.headerBytes })
  if (fault.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new MillraceError('SERVER_REQUEST_SLOW', { timeoutMs: limits.timeoutMs })
  return new MillraceError('SERVER_REQUEST_WRONG', { reason: fault.message })
}
