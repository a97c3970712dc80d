import { describe, expect, test } from 'vitest'
import { askServer, engineView, waitForVersion } from '../../src/cli/engine-view.ts'
import type { VersionAnswer } from '../../src/server/api.ts'
import { testWorld } from '../support/command-line.ts'
import { ManualClock } from '../support/manual-clock.ts'

const answering = (answers: Readonly<Record<string, unknown>>, status = 200) =>
  (async (url: string | URL | Request) =>
    new Response(JSON.stringify(answers[new URL(String(url)).pathname]), { status })) as typeof globalThis.fetch

describe('asking a server', () => {
  test('the token of the environment is shown to it', async () => {
    let given: unknown
    const fetch = (async (_url: unknown, init?: RequestInit) => {
      given = (init as { headers: Record<string, string> }).headers['authorization']
      return new Response('{}')
    }) as typeof globalThis.fetch
    await askServer(testWorld({ fetch, env: { MILLRACE_TOKEN: 'abc' } }), 'http://h/', '/engine')
    expect(given).toBe('Bearer abc')
  })

  test('a refusal is told in the words of the server', async () => {
    const fetch = answering({ '/models': { error: { code: 'X', message: 'not ready' } } }, 503)
    await expect(askServer(testWorld({ fetch }), 'http://h', '/models')).rejects.toThrow(
      'http://h/models answers 503: not ready',
    )
  })

  test('an answer that is no JSON, and no answer, are errors with the URL', async () => {
    const html = (async () => new Response('<html>')) as typeof globalThis.fetch
    await expect(askServer(testWorld({ fetch: html }), 'http://h', '/x')).rejects.toThrow(
      'http://h/x answers 200: <html>',
    )
    await expect(askServer(testWorld(), 'http://h', '/x')).rejects.toThrow(
      'no server answers at http://h/x: no network in tests',
    )
  })
})

test('statistics are asked for key by key, whatever signs a key has', async () => {
  const fetch = answering({ '/processors': { models: ['a b/c'] }, '/state/a%20b%2Fc': { usage: 3 } })
  expect(await engineView(testWorld({ fetch }), {}).stats()).toEqual({ 'a b/c': { usage: 3 } })
})

describe('waiting for a version', () => {
  const awaited = {
    key: 'k',
    model: 'm',
    version: '1',
    digest: 'd',
    position: 'models/0@1',
    states: ['active'],
  } as const
  const seen = (changes: Partial<VersionAnswer>): VersionAnswer => ({
    ...awaited,
    format: 'x',
    description: '',
    at: 0,
    state: 'retired',
    tasks: 0,
    rejection: null,
    ...changes,
  })
  const view = (...looks: VersionAnswer[][]) => ({
    summary: () => Promise.reject(new Error('not asked')),
    stats: async () => ({}),
    versions: async () => (looks.length > 1 ? (looks.shift() as VersionAnswer[]) : (looks[0] as VersionAnswer[])),
  })
  async function waiting(looks: VersionAnswer[][], waitMs = 1_000) {
    const clock = new ManualClock()
    const result = waitForVersion(testWorld({ clock }), view(...looks), awaited, waitMs)
    const ended = result.then(
      () => true,
      () => true,
    )
    let isOver = false
    void ended.then(() => {
      isOver = true
    })
    for (let i = 0; i < 50 && !isOver; i++) await clock.advance(100)
    return result
  }

  test('it is over when the version is in its state, not when an older message of it was', async () => {
    const old = seen({ state: 'active', position: 'models/0@0' })
    const found = await waiting([[], [old], [seen({})], [seen({ state: 'active' })]])
    expect(found.position).toBe('models/0@1')
  })

  test('a rejection ends it with the reason', async () => {
    const rejection = { code: 'X', message: 'it is broken' }
    await expect(waiting([[], [seen({ state: 'rejected', rejection, digest: '' })]])).rejects.toThrow(
      'm@1 was rejected: it is broken',
    )
  })

  test('it does not last longer than it may', async () => {
    await expect(waiting([[seen({ state: 'held' })]], 500)).rejects.toThrow(
      'm@1 becoming active did not happen within 500 ms',
    )
  })
})
