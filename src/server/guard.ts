import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { MillraceError } from '../core/errors.ts'

/** Who may ask. */
export interface GuardSettings {
  /** Bearer tokens; empty = nobody is asked for one. */
  readonly tokens: readonly string[]
  /** Address that the server is bound to. */
  readonly host: string
  /** Further names in `Host` headers that a server on the loopback interface answers to. */
  readonly allowedHosts: readonly string[]
}

/** Facts of a request that decide whether it is let in. */
export interface GuardedRequest {
  readonly headers: IncomingHttpHeaders
  /** True when asking changes nothing. */
  readonly isSafe: boolean
  /** True when it is answered without a token. */
  readonly isPublic: boolean
}

/** Throws when the request is not let in. */
export type Guard = (request: GuardedRequest) => void

/**
 * With tokens, a request needs one. Without, a web page that the user has open must not reach the server through the browser: a
 * server on the loopback interface answers to loopback names only (a page can have its own name resolve to 127.0.0.1),
 * and requests that change something may not come from another site.
 */
export function guardOf({ tokens, host, allowedHosts }: GuardSettings): Guard {
  if (tokens.length > 0) return tokenGuard(tokens)
  const names = new Set([host, ...allowedHosts].map((name) => name.toLowerCase()))
  return ({ headers, isSafe }) => {
    if (isLoopback(host)) checkHost(headers, names)
    if (!isSafe) checkOrigin(headers)
  }
}

/** True for addresses and names of the loopback interface. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

function tokenGuard(tokens: readonly string[]): Guard {
  const digests = tokens.map(digestOf)
  return ({ headers, isPublic }) => {
    if (isPublic) return
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    if (given === undefined) {
      const actual = headers.authorization === undefined ? 'no authorization' : 'authorization of another form'
      throw new MillraceError('SERVER_TOKEN_WRONG', { actual })
    }
    // Digests have one length, and all are compared: time tells neither which token nor how much of it is right.
    const digest = digestOf(given)
    let matches = 0
    for (const known of digests) matches += timingSafeEqual(known, digest) ? 1 : 0
    if (matches === 0) throw new MillraceError('SERVER_TOKEN_WRONG', { actual: 'a token that is not known' })
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function checkHost({ host }: IncomingHttpHeaders, names: ReadonlySet<string>): void {
  if (host === undefined) return // HTTP/1.0: browsers always send it
  const name = host.toLowerCase().replace(/:\d*$/, '')
  if (isLoopback(name) || names.has(name)) return
  throw new MillraceError('SERVER_ORIGIN_REFUSED', {
    header: 'host',
    value: host.slice(0, 100),
    allowed: ['localhost', ...names].join(', '),
  })
}

function checkOrigin(headers: IncomingHttpHeaders): void {
  const { origin, host = '' } = headers
  const site = headers['sec-fetch-site']
  const allowed = 'pages of its own'
  if (site === 'cross-site')
    throw new MillraceError('SERVER_ORIGIN_REFUSED', { header: 'sec-fetch-site', value: site, allowed })
  if (origin === undefined || origin.replace(/^https?:\/\//i, '').toLowerCase() === host.toLowerCase()) return
  throw new MillraceError('SERVER_ORIGIN_REFUSED', { header: 'origin', value: origin.slice(0, 100), allowed })
}
