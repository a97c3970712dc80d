import { expect, test } from 'vitest'
import { type GuardSettings, guardOf, isLoopback } from '../../src/server/guard.ts'

const open: GuardSettings = { tokens: [], host: '127.0.0.1', allowedHosts: ['proxy.example'] }
const safe = { isSafe: true, isPublic: false }
const unsafe = { isSafe: false, isPublic: false }

test('one of the tokens lets in, in the one form that is known', () => {
  const guard = guardOf({ ...open, tokens: ['alpha', 'beta'] })
  for (const authorization of ['Bearer alpha', 'bearer beta', 'Bearer  alpha']) {
    expect(() => guard({ headers: { authorization }, ...unsafe })).not.toThrow()
  }
  for (const authorization of [
    'Bearer alph',
    'Bearer alpha beta',
    'Bearer',
    'Basic alpha',
    'alpha',
    'Bearer ALPHA',
    '',
  ]) {
    expect(() => guard({ headers: { authorization }, ...safe }), authorization).toThrow('expected "authorization')
  }
  expect(() => guard({ headers: {}, ...safe })).toThrow('the request has no authorization')
  expect(() => guard({ headers: {}, ...safe, isPublic: true })).not.toThrow()
})

test('no token is repeated in an error', () => {
  const guard = guardOf({ ...open, tokens: ['alpha'] })
  expect(() => guard({ headers: { authorization: 'Bearer almost-right' }, ...safe })).toThrow(/^(?!.*almost-right)/)
})

test('on the loopback interface only its names and the allowed ones are answered', () => {
  const guard = guardOf(open)
  for (const host of ['localhost:80', '127.0.0.1:8080', '[::1]:80', 'a.localhost', 'Proxy.Example', '127.1.2.3']) {
    expect(() => guard({ headers: { host }, ...safe }), host).not.toThrow()
  }
  for (const host of ['evil.example', 'localhost.evil.example:80', '127.0.0.1.evil.example', '', '10.0.0.1']) {
    expect(() => guard({ headers: { host }, ...safe }), host).toThrow('are refused')
  }
  expect(() => guard({ headers: {}, ...safe })).not.toThrow()
  const wide = guardOf({ ...open, host: '0.0.0.0' })
  expect(() => wide({ headers: { host: 'models.example' }, ...safe })).not.toThrow()
})

test('what changes something is refused to pages of other sites', () => {
  const guard = guardOf(open)
  const host = 'localhost:80'
  expect(() => guard({ headers: { host, origin: 'http://localhost:80' }, ...unsafe })).not.toThrow()
  expect(() => guard({ headers: { host }, ...unsafe })).not.toThrow()
  for (const origin of ['http://evil.example', 'null', 'http://localhost:81', 'http://localhost:80.evil.example']) {
    expect(() => guard({ headers: { host, origin }, ...unsafe }), origin).toThrow('are refused')
    expect(() => guard({ headers: { host, origin }, ...safe }), origin).not.toThrow()
  }
  expect(() => guard({ headers: { host, 'sec-fetch-site': 'cross-site' }, ...unsafe })).toThrow('are refused')
})

test('loopback is told from what only looks like it', () => {
  expect(['127.0.0.1', 'localhost', '::1', '127.9.9.9'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '1127.0.0.1', '127.0.0.1.example', 'xlocalhost'].some(isLoopback)).toBe(false)
})
