import type { FastifyRequest } from 'fastify'
import { MillraceError } from '../core/errors.ts'

/** Text of a query parameter, or null when it is not given. */
export function textParameter(request: FastifyRequest, name: string): string | null {
  const value = (request.query as Readonly<Record<string, string | readonly string[] | undefined>>)[name]
  if (value === undefined) return null
  if (typeof value === 'string') return value
  throw wrong(name, `given ${value.length} times`, 'one value')
}

/** True for `?name=true`, false for `?name=false` and when it is not given. */
export function booleanParameter(request: FastifyRequest, name: string): boolean {
  const text = textParameter(request, name) ?? 'false'
  if (text === 'true' || text === 'false') return text === 'true'
  throw wrong(name, JSON.stringify(text.slice(0, 100)), 'true or false')
}

/** A whole number of a query parameter; `absent` when it is not given. */
export function numberParameter(
  request: FastifyRequest,
  name: string,
  { absent, limit }: { readonly absent: number; readonly limit: number },
): number {
  const text = textParameter(request, name)
  return text === null ? absent : wholeNumber(text, name, limit)
}

/** A whole number from 0 to `limit`. */
export function wholeNumber(text: string, name: string, limit: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value <= limit) return value
  throw wrong(name, JSON.stringify(text.slice(0, 100)), `a whole number from 0 to ${limit}`)
}

function wrong(name: string, value: string, expected: string): MillraceError {
  return new MillraceError('SERVER_PARAMETER_WRONG', { name, value, expected })
}
