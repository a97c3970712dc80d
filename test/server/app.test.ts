import { expect, test } from 'vitest'
import { FakeEngine, reportOf, snapshot } from './fake-engine.ts'
import { appOf } from './in-memory.ts'

test('the index lists every path, and every listed path without parameters that is safe answers', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  const { paths, engine: name } = (await app.inject('/')).json()
  expect(name).toBe('wine')
  expect(paths.length).toBeGreaterThan(12)
  for (const { method, path } of paths) {
    if (method !== 'GET' || path.includes('{') || path.startsWith('/1/')) continue
    const answer = await app.inject(path)
    expect(answer.statusCode, path).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    const head = await app.inject({ method: 'HEAD', url: path })
    expect(head.statusCode, path).toBe(200)
    expect(head.body).toBe('')
  }
})

test('an unknown path is 404 and names the close one', async () => {
  const app = appOf(new FakeEngine())
  const answer = await app.inject('/proccesors')
  expect(answer.statusCode).toBe(404)
  expect(answer.json()).toEqual({
    error: {
      code: 'SERVER_PATH_UNKNOWN',
      message: 'there is no path "/proccesors"; did you mean "/processors"?',
    },
  })
})

test('a wrong method is 405 with the right ones, and OPTIONS tells them', async () => {
  const app = appOf(new FakeEngine())
  const wrong = await app.inject({ method: 'DELETE', url: '/1/job/input/0' })
  expect(wrong.statusCode).toBe(405)
  expect(wrong.headers['allow']).toBe('POST, OPTIONS')
  const options = await app.inject({ method: 'OPTIONS', url: '/state/wine?x=1' })
  expect([options.statusCode, options.headers['allow'], options.body]).toEqual([204, 'GET, HEAD, OPTIONS', ''])
  expect((await app.inject({ method: 'OPTIONS', url: '/nothing' })).statusCode).toBe(404)
})

test('HEAD does not take a record out of an output slot', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  await engine.slot(1).send([{ sequence: 0, bytes: Buffer.from('a'), headers: null, timestampMs: 0 }])
  expect((await app.inject({ method: 'HEAD', url: '/1/job/output' })).statusCode).toBe(405)
  expect(engine.slot(1).length).toBe(1)
})

test('with tokens, everything but health needs one, unknown paths too', async () => {
  const app = appOf(new FakeEngine(), { tokens: ['secret', 'other'] })
  for (const url of ['/health', '/ready']) expect((await app.inject(url)).statusCode).toBe(200)
  for (const url of ['/', '/metrics', '/state/wine', '/nothing']) {
    const answer = await app.inject(url)
    expect(answer.statusCode, url).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect((await app.inject({ url, headers: { authorization: 'Bearer wrong' } })).statusCode).toBe(401)
  }
  expect((await app.inject({ url: '/stats', headers: { authorization: 'Bearer other' } })).statusCode).toBe(200)
})

test('a body over the limit is 413, a coded one 415', async () => {
  const app = appOf(new FakeEngine())
  const large = await app.inject({ method: 'POST', url: '/1/job/input', payload: 'x'.repeat(1001) })
  expect(large.json().error).toEqual({
    code: 'SERVER_BODY_TOO_LARGE',
    message: 'the body of the request has more than 1000 bytes',
  })
  expect(large.statusCode).toBe(413)
  const coded = await app.inject({
    method: 'POST',
    url: '/1/job/input',
    headers: { 'content-encoding': 'gzip' },
    payload: 'x',
  })
  expect([coded.statusCode, coded.json().error.code]).toEqual([415, 'SERVER_BODY_CODED'])
})

test('an error inside is 500 without its text, and is an event with its stack', async () => {
  const engine = new FakeEngine()
  engine.report = () => Promise.reject(new Error('password is hunter2'))
  const events: unknown[] = []
  engine.telemetry.listen((name, event) => {
    if (name === 'requestError') events.push(event)
  })
  const answer = await appOf(engine).inject('/engine')
  expect(answer.statusCode).toBe(500)
  expect(answer.body).not.toContain('hunter2')
  expect(answer.json().error).toEqual({
    code: 'CORE_INTERNAL',
    message: 'internal error in GET /engine; the log of the server says more',
  })
  expect(events).toMatchObject([{ method: 'GET', route: '/engine', error: { code: 'CORE_INTERNAL' } }])
  expect((events[0] as { stack: string }).stack).toContain('hunter2')
})

test('answers are events by route pattern, never by what the client sent', async () => {
  const engine = new FakeEngine()
  const routes: string[] = []
  engine.telemetry.listen((name, event) => {
    if (name === 'requestAnswered' && 'route' in event) routes.push(event.route)
  })
  const app = appOf(engine)
  for (const url of ['/state/secret-key', '/secret/path', '/models/secret-key/']) await app.inject(url)
  expect(routes).toEqual(['/state/{dataType}', 'unknown', '/models/{key}'])
})

test('while the server closes, requests are refused', async () => {
  const answer = await appOf(new FakeEngine(), { isClosing: () => true }).inject('/health')
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['connection']).toBe('close')
  expect(answer.headers['retry-after']).toBe('1')
})

test('a URL that cannot be decoded is 400', async () => {
  const engine = new FakeEngine()
  engine.current = reportOf([[snapshot('wine', null)]])
  const app = appOf(engine)
  const answer = await app.inject('/state/%zz')
  expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'SERVER_URL_WRONG'])
  const long = await app.inject(`/state/${'x'.repeat(5000)}`)
  expect([long.statusCode, long.json().error.code]).toEqual([400, 'SERVER_URL_WRONG'])
})
