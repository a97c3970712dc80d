import { expect, test } from 'vitest'
import { catalogue, type ErrorCode, MillraceError } from '../../src/core/errors.ts'
import { errorBody, errorHeaders, requestErrorOf } from '../../src/server/error-answer.ts'

const limits = { bodyBytes: 10, headerBytes: 20, timeoutMs: 30 }

test('every error of the catalogue has a status of HTTP for errors', () => {
  for (const code of Object.keys(catalogue) as ErrorCode[]) {
    expect(catalogue[code].status, code).toBeGreaterThanOrEqual(400)
    expect(catalogue[code].status, code).toBeLessThan(600)
  }
})

test('errors of the HTTP library become errors of the catalogue with the same status', () => {
  const thrown = (code: string, statusCode: number) =>
    Object.assign(new Error('text of the library'), { code, statusCode })
  const codes = [
    [thrown('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'SERVER_BODY_TOO_LARGE'],
    [thrown('FST_ERR_BAD_URL', 400), 'SERVER_URL_WRONG'],
    [thrown('FST_ERR_ANY_OTHER', 400), 'SERVER_REQUEST_WRONG'],
    [Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), 'SERVER_REQUEST_WRONG'],
    [thrown('ANY', 500), 'CORE_INTERNAL'],
    ['a text', 'CORE_INTERNAL'],
    [null, 'CORE_INTERNAL'],
    [undefined, 'CORE_INTERNAL'],
  ] as const
  for (const [error, code] of codes) expect(requestErrorOf(error, 'GET /', limits).code).toBe(code)
})

test('what went wrong inside is not told to clients', () => {
  const error = requestErrorOf(new Error('secret'), 'GET /stats', limits)
  expect(JSON.stringify(errorBody(error))).not.toContain('secret')
})

test('an error that passes says when to try again', () => {
  expect(errorHeaders(new MillraceError('SERVER_CLOSING', {}))).toEqual({ 'retry-after': '1' })
  expect(errorHeaders(new MillraceError('CORE_CLOSED', { subject: '' }))).toEqual({})
})
