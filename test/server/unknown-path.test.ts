import { expect, test } from 'vitest'
import type { Route } from '../../src/server/route.ts'
import { documented, methodsOf, pathOf, unknownPath } from '../../src/server/unknown-path.ts'

const route = (method: Route['method'], path: string, isSafe: boolean): Route => {
  return { method, path, isSafe, summary: '', isPublic: false, handle: () => null }
}
const routes = [
  route('GET', '/state/:dataType', true),
  route('POST', '/1/job/input/:slot?', false),
  route('GET', '/', true),
]

test('methods are those of every route that a path fits, parameters and optional ones included', () => {
  expect(methodsOf(routes, '/state/wine')).toEqual(['GET', 'HEAD', 'OPTIONS'])
  expect(methodsOf(routes, '/1/job/input')).toEqual(['POST', 'OPTIONS'])
  expect(methodsOf(routes, '/1/job/input/4')).toEqual(['POST', 'OPTIONS'])
  for (const path of ['/state', '/state/', '/state/a/b', '/1/job/input/4/5', '/1/job', '']) {
    expect(methodsOf(routes, path), path).toEqual([])
  }
})

test('a path is told without query and trailing slash', () => {
  expect(pathOf('/state/wine/?a=/b')).toBe('/state/wine')
  expect(pathOf('/')).toBe('/')
  expect(documented('/1/job/input/:slot?')).toBe('/1/job/input/{slot}')
})

test('a long path is quoted in part', () => {
  const error = unknownPath(routes, 'GET', `/${'x'.repeat(100_000)}`)
  expect(error.code).toBe('SERVER_PATH_UNKNOWN')
  expect(error.message.length).toBeLessThan(400)
  expect(unknownPath(routes, 'PATCH', '/state/wine').message).toBe(
    'path "/state/wine" does not take PATCH; it takes: GET, HEAD, OPTIONS',
  )
})
