import type { FastifyReply, FastifyRequest } from 'fastify'

/** One path of the server with one method. What a handler returns is sent; objects as JSON. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** Path with `:parameters`; one that ends in `?` is optional. */
  readonly path: string
  readonly summary: string
  /** True when asking changes nothing; then HEAD works too. */
  readonly isSafe: boolean
  /** True when it is answered without a token. */
  readonly isPublic: boolean
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown
}

/** A route that only tells something. */
export function query(path: string, summary: string, handle: Route['handle']): Route {
  return { method: 'GET', path, summary, isSafe: true, isPublic: false, handle }
}

/** Value of a path parameter; empty when it was left out. */
export function pathParameter(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string | undefined>>)[name] ?? ''
}
