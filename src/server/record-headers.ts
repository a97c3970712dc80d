import type { IncomingHttpHeaders } from 'node:http'
import { decodeHeaders, encodeHeaders, REQUEST_HEADER } from '../core/headers.ts'

/** What the HTTP headers that carry a record's headers begin with. */
const PREFIX = 'millrace-'
/** Longest value of a record's header that is passed on as an HTTP header. */
const MAX_VALUE_BYTES = 1024
/** Most headers of a record that are passed on as HTTP headers. */
const MAX_HEADERS = 50

/** Headers of the record that a request brings: `millrace-<name>: value` is header `<name>`. */
export function recordHeadersOf(headers: IncomingHttpHeaders): [string, string][] {
  const result: [string, string][] = []
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(PREFIX) || value === undefined) continue
    const own = name.slice(PREFIX.length)
    if (own === '' || own.startsWith(PREFIX)) continue // names of our own are not given from outside
    result.push([own, typeof value === 'string' ? value : value.join(', ')])
  }
  return result
}

/** Encodes the headers of a request's record, or null when there are none. */
export function encodedHeadersOf(headers: IncomingHttpHeaders): Uint8Array | null {
  const own = recordHeadersOf(headers)
  return own.length === 0 ? null : encodeHeaders(own)
}

/**
 * HTTP headers for the headers of a record, the stamp above all: `modelPosition` is `millrace-model-position`. Names that HTTP
 * does not allow and long values are left out; characters outside printable ASCII are percent-encoded.
 */
export function httpHeadersOf(headers: Uint8Array | null): Record<string, string> {
  const result: Record<string, string> = {}
  let count = 0
  for (const [name, value] of decodeHeaders(headers)) {
    if (name === REQUEST_HEADER || value.length > MAX_VALUE_BYTES || count === MAX_HEADERS) continue
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) continue
    const kebab = name.replace(/[A-Z]/g, (letter, at: number) => `${at === 0 ? '' : '-'}${letter.toLowerCase()}`)
    result[`${PREFIX}${kebab}`] = value.toString('utf8').replace(/[^ !-$&-~]+/g, percentEncoded)
    count++
  }
  return result
}

function percentEncoded(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
