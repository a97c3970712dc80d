import { closest } from '../config/closest.ts'
import { MillraceError } from '../core/errors.ts'
import type { Route } from './route.ts'

/** Longest path that is compared with the known ones and quoted in an error. */
const MAX_PATH = 100

/** Methods that a path takes, as in `Allow`; empty when there is no such path. */
export function methodsOf(routes: readonly Route[], path: string): string[] {
  const found = routes.filter((route) => matches(route.path, path))
  if (found.length === 0) return []
  const methods = found.flatMap(({ method, isSafe }) => (isSafe ? [method, 'HEAD'] : [method]))
  return [...new Set([...methods, 'OPTIONS'])]
}

/** The error for a request that no route takes: the path is not known, or has other methods. */
export function unknownPath(routes: readonly Route[], method: string, url: string): MillraceError {
  const path = pathOf(url)
  const quoted = path.slice(0, MAX_PATH)
  const methods = methodsOf(routes, path)
  if (methods.length > 0)
    return new MillraceError('SERVER_METHOD_WRONG', { path: quoted, method, allowed: methods.join(', ') })
  const known = [...new Set(routes.map((route) => documented(route.path)))]
  return new MillraceError('SERVER_PATH_UNKNOWN', { path: quoted, hint: closest(quoted, known) })
}

/** A URL without its query and its trailing slash. */
export function pathOf(url: string): string {
  const path = url.split(/[?#;]/, 1)[0] as string
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** A path as it is written for people: `/state/{dataType}`. */
export function documented(path: string): string {
  return path.replace(/:(\w+)\??/g, '{$1}')
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const actual = path.split('/')
  if (wanted.at(-1)?.endsWith('?') && actual.length === wanted.length - 1) wanted.pop()
  if (wanted.length !== actual.length) return false
  return wanted.every((part, i) => (part.startsWith(':') ? actual[i] !== '' : part === actual[i]))
}
