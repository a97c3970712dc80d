import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogue } from '../../src/core/errors.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { seeded } from '../random.ts'
import { Connection } from '../server/connection.ts'
import { FakeEngine, known, reference, reportOf, snapshot } from '../server/fake-engine.ts'
import { appOf } from '../server/in-memory.ts'

const tree = reference('wine', 'tree', '3')
let engine: FakeEngine
let server: RunningServer

/** An engine that echoes, and whose outputs have ended, so that no request waits. */
function fuzzedEngine(): FakeEngine {
  const made = new FakeEngine()
  made.current = reportOf([[snapshot('wine', tree)]], { versions: [known(tree, 1)] })
  made.slot(3).end()
  void made.work((text) => (text.length % 3 === 0 ? null : text))
  return made
}

/** Lets the engine's time pass, so that what waits goes on. */
function passTime({ clock }: FakeEngine): { stop(): Promise<void> } {
  let isPassing = true
  const passing = (async () => {
    while (isPassing) await clock.advance(100)
  })()
  return {
    stop: () => {
      isPassing = false
      return passing
    },
  }
}

beforeAll(async () => {
  engine = fuzzedEngine()
  server = await startServer({ engine, clock: engine.clock, port: 0, maxBodyBytes: 2000 })
})
afterAll(async () => {
  engine.stop()
  await server.close()
})

type Random = () => number
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const times = (random: Random, most: number) => Math.floor(random() * (most + 1))

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'REPORT'] as const
const paths = [
  '/',
  '/health',
  '/ready',
  '/processors',
  '/stats',
  '/state/wine',
  '/instances',
  '/state/instances',
  '/state/modelStore/value',
  '/engine',
  '/models',
  '/models/wine',
  '/metrics',
  '/1/job/input',
  '/1/job/input/0',
  '/1/job/output/1',
  '/1/job/output/3',
  '/2/active/model/roundtrip/0/1',
]
const queries = [
  '',
  '?wait=0',
  '?wait=x',
  '?wait=1&wait=2',
  '?timeout=5',
  '?key=wine',
  '?%',
  '?__proto__=1',
  '?a[b]=c&',
  '?;#',
]
const names = [
  'content-type',
  'accept',
  'host',
  'origin',
  'millrace-a',
  'millrace-millrace-request',
  'content-encoding',
  'x',
  'expect',
  'range',
  'if-none-match',
  'accept-version',
  'upgrade',
  'te',
]
const values = [
  'application/json',
  'text/plain; charset="',
  '*/*',
  'localhost',
  '127.0.0.1',
  'evil',
  'null',
  '',
  ',',
  'gzip',
  '100-continue',
  'bytes=0-',
  'é',
  'multipart/form-data',
  'a'.repeat(500),
]

/** A path, damaged more or less. */
function pathFrom(random: Random): string {
  let path = pick(random, paths)
  for (let i = times(random, 3); i > 0; i--) {
    const at = times(random, path.length)
    const insert = pick(random, [
      '/',
      '%',
      '%2f',
      '%00',
      '..',
      '//',
      'é',
      '{',
      ':x',
      '*',
      '9'.repeat(30),
      '__proto__',
      '\\',
    ])
    path = random() < 0.5 ? path.slice(0, at) + insert + path.slice(at) : path.slice(0, at)
  }
  return (path.startsWith('/') ? path : `/${path}`) + pick(random, queries)
}

function headersFrom(random: Random): [string, string][] {
  return Array.from({ length: times(random, 4) }, () => [pick(random, names), pick(random, values)])
}

function bodyFrom(random: Random): Buffer {
  const kind = random()
  if (kind < 0.3) return Buffer.alloc(0)
  if (kind < 0.4) return Buffer.alloc(2001 + times(random, 2000), 'x')
  return Buffer.from(Array.from({ length: times(random, 60) }, () => times(random, 255)))
}

/** Answers by status, to see that the requests reach what they are meant to. */
const tally = new Map<number, number>()

/** The one rule: a success, or an error of the catalogue with its status and without a trace of the inside. */
function check(status: number, body: string, isHead: boolean, what: string): void {
  tally.set(status, (tally.get(status) ?? 0) + 1)
  if (status < 400) {
    expect(status, what).toBeGreaterThanOrEqual(200)
    return
  }
  expect(status, what).not.toBe(500)
  if (isHead) return
  const { error, ...rest } = JSON.parse(body)
  expect(rest).toEqual({})
  expect(Object.keys(error), what).toEqual(['code', 'message'])
  expect(catalogue[error.code as keyof typeof catalogue]?.status, what).toBe(status)
  expect(error.message, what).not.toMatch(/\n {4}at |node_modules|node:internal/)
}

test('any request in memory is answered with a success or an error of the catalogue', async () => {
  const random = seeded(2024)
  const own = fuzzedEngine()
  const app = appOf(own)
  const time = passTime(own)
  for (let i = 0; i < 1500; i++) {
    const method = pick(random, methods.slice(0, 7)) as 'GET'
    const url = pathFrom(random)
    if (!URL.canParse(url, 'http://localhost') || url.startsWith('//')) continue // the in-memory client refuses them
    const headers = Object.fromEntries(headersFrom(random).filter(([name]) => name !== 'upgrade' && name !== 'expect'))
    const payload = bodyFrom(random)
    const answer = await app.inject({ method, url, headers, ...(payload.length > 0 ? { payload } : {}) })
    check(
      answer.statusCode,
      answer.body,
      (method as string) === 'HEAD',
      `${i}: ${method} ${url} ${JSON.stringify(headers)}`,
    )
  }
  await time.stop()
  own.stop()
})

/** The answers in what a connection received: status and body of each. */
function answersIn(text: string): { status: number; body: string }[] {
  const answers: { status: number; body: string }[] = []
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    expect(end, text).toBeGreaterThan(0)
    const head = rest.slice(0, end)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
    const length = status === 100 ? 0 : Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
    const isCut = rest.length < end + 4 + length // HEAD tells a length and sends no body
    const body = isCut || /^HTTP\/1/.test(rest.slice(end + 4)) ? '' : rest.slice(end + 4, end + 4 + length)
    if (status !== 100) answers.push({ status, body: Buffer.from(body, 'latin1').toString() })
    rest = rest.slice(end + 4 + body.length)
  }
  return answers
}

test('any bytes on a connection are answered so, or the connection is closed; the server lives on', async () => {
  const random = seeded(77)
  const time = passTime(engine)
  for (let i = 0; i < 600; i++) {
    const kind = random()
    const body = bodyFrom(random)
    const length = kind < 0.5 ? 'any' : `${body.length}`
    const lengths = [
      `${body.length}`,
      `${body.length}`,
      `${body.length}`,
      '-1',
      '1e3',
      '99999999999999999999',
      `${body.length + 1}`,
    ]
    const lines = [
      `${pick(random, [...methods, 'get', 'CONNECT', 'X'])} ${pathFrom(random).replace(/[^!-~]/g, '')} HTTP/${pick(random, ['1.1', '1.1', '1.1', '1.0', '2.0', '9'])}`,
      'host: localhost',
      ...headersFrom(random).map(([name, value]) => `${name}: ${value}`),
      length !== 'any' || random() < 0.9
        ? `content-length: ${length === 'any' ? pick(random, lengths) : length}`
        : 'transfer-encoding: chunked',
      'connection: close',
    ]
    let bytes = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
    if (kind < 0.2) bytes = bytes.subarray(0, times(random, bytes.length))
    for (let d = kind < 0.5 ? times(random, 4) : 0; d > 0 && bytes.length > 0; d--) {
      bytes[times(random, bytes.length - 1)] = times(random, 255)
    }
    const connection = new Connection(server.url).send(bytes)
    if (kind > 0.9) connection.abort()
    else if (kind < 0.5) connection.finish() // it may ask for more than it sends
    const text = await connection.closed()
    for (const answer of answersIn(text))
      check(
        answer.status,
        answer.body,
        bytes.toString('latin1').startsWith('HEAD '),
        `${i}: ${bytes.toString('latin1')}`,
      )
  }
  await time.stop()
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  const roundtrip = await fetch(`${server.url}/2/active/model/roundtrip/0/1`, { method: 'POST', body: 'good' })
  expect(await roundtrip.text()).toBe('good')
})

test('the requests above reached records, refusals and limits alike', () => {
  for (const status of [200, 204, 400, 403, 404, 405, 413, 415])
    expect(tally.get(status) ?? 0, `${status}`).toBeGreaterThan(10)
})
