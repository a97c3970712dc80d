import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { decodeHeaders, encodeHeaders } from '../../src/core/headers.ts'
import { FakeEngine } from './fake-engine.ts'
import { appOf } from './in-memory.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const fault = new MillraceError('ENCODING_NULL_RECORD', {})

test('a record is answered with 204 when its effects are durable, not before', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  let status = 0
  const sent = app
    .inject({
      method: 'POST',
      url: '/1/job/input',
      payload: '{"a":1}',
      headers: { 'content-type': 'application/x-any' },
    })
    .then((answer) => {
      status = answer.statusCode
    })
  const records = await engine.slot(0).receive(10, Number.POSITIVE_INFINITY)
  expect(Buffer.from(records?.[0]?.bytes ?? []).toString()).toBe('{"a":1}')
  expect(records?.[0]?.headers).toBeNull()
  await turn()
  expect(status).toBe(0)
  engine.slot(0).acknowledge(0)
  await sent
  expect(status).toBe(204)
})

test('bytes arrive as they are whatever their type says, an empty body is an empty record, headers go along', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  const bytes = Buffer.from([0, 255, 10, 13, 128])
  const types = ['application/json', 'text/plain', 'application/x-protobuf', 'multipart/form-data', 'a/b; c="d']
  for (const type of types) {
    const headers = { 'content-type': type, 'millrace-region': 'north', 'millrace-millrace-request': 'forged' }
    app.inject({ method: 'POST', url: '/1/job/input/0', payload: bytes, headers }).catch(() => {})
    const [record] = (await engine.slot(0).receive(1, Number.POSITIVE_INFINITY)) ?? []
    expect(Buffer.from(record?.bytes ?? []), type).toEqual(bytes)
    expect([...decodeHeaders(record?.headers ?? null)].map(([n, v]) => [n, v.toString()])).toEqual([
      ['region', 'north'],
    ])
  }
  app.inject({ method: 'POST', url: '/1/job/input/0' }).catch(() => {})
  expect((await engine.slot(0).receive(1, Number.POSITIVE_INFINITY))?.[0]?.bytes.length).toBe(0)
})

test('a dead letter is durable too: 204, with its code', async () => {
  const engine = new FakeEngine()
  void engine.work(() => fault)
  const answer = await appOf(engine).inject({ method: 'POST', url: '/1/job/input', payload: '?' })
  expect([answer.statusCode, answer.headers['millrace-dead-letter']]).toEqual([204, 'ENCODING_NULL_RECORD'])
  engine.stop()
})

test('a full slot is 429 with Retry-After, a closed one 409, and senders that were not answered get 409 too', async () => {
  const engine = new FakeEngine({ maxRecords: 1 })
  const app = appOf(engine)
  const first = app.inject({ method: 'POST', url: '/1/job/input', payload: 'a' })
  await engine.slot(0).receive(1, Number.POSITIVE_INFINITY)
  const full = await app.inject({ method: 'POST', url: '/1/job/input', payload: 'b' })
  expect([full.statusCode, full.headers['retry-after'], full.json().error.code]).toEqual([429, '1', 'STREAM_SLOT_FULL'])
  engine.slot(0).close('the engine has stopped')
  for (const answer of [await first, await app.inject({ method: 'POST', url: '/1/job/input', payload: 'c' })]) {
    expect([answer.statusCode, answer.json().error]).toEqual([
      409,
      { code: 'CORE_CLOSED', message: 'slot 0 (the engine has stopped) is closed' },
    ])
  }
})

test('what is no REST slot of the direction is 403 and says what it is; what is no number is 400', async () => {
  const app = appOf(new FakeEngine())
  const messageOf = async (method: 'GET' | 'POST', url: string, status: number) => {
    const answer = await app.inject({ method, url })
    expect(answer.statusCode, url).toBe(status)
    return answer.json().error.message
  }
  expect(await messageOf('POST', '/1/job/input/1', 403)).toBe('slot 1 is an output slot')
  expect(await messageOf('GET', '/1/job/output/0', 403)).toBe('slot 0 is an input slot')
  expect(await messageOf('POST', '/1/job/input/6', 403)).toBe('slot 6 has no stream; input slots: 0, 2, 4')
  expect(await messageOf('GET', '/1/job/output/5', 403)).toBe('slot 5 has a stream of transport "log", not "rest"')
  expect(await messageOf('POST', '/1/job/input/x', 400)).toBe(
    'parameter "slot" is "x", expected a whole number from 0 to 1000000',
  )
  expect(await messageOf('GET', '/1/job/output?wait=-1', 400)).toContain('parameter "wait" is "-1"')
  expect(await messageOf('POST', '/2/active/model/roundtrip/2/1', 403)).toContain('carries a byte stream')
})

test('an output slot gives one record per request in order, then 202, then 204 at its end', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  const headers = encodeHeaders([['model', 'tree']])
  const records = ['{"a":1}', '{"a":2}'].map((text, sequence) => ({
    sequence,
    bytes: Buffer.from(text),
    headers,
    timestampMs: 0,
  }))
  await engine.slot(1).send(records)
  for (const expected of ['{"a":1}', '{"a":2}']) {
    const answer = await app.inject('/1/job/output')
    expect([answer.statusCode, answer.body]).toEqual([200, expected])
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'millrace-model': 'tree' })
  }
  expect((await app.inject('/1/job/output/1?wait=0')).statusCode).toBe(202)
  await engine.slot(3).send(records)
  expect((await app.inject('/1/job/output/3')).headers['content-type']).toBe('application/octet-stream')
  engine.slot(1).end()
  const end = await app.inject('/1/job/output')
  expect([end.statusCode, end.body]).toEqual([204, ''])
})

test('a request that waits gets the record that comes meanwhile, or 202 when its time is over', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  const waiting = app.inject('/1/job/output?wait=1000')
  await engine.clock.untilSleeping()
  await engine.slot(1).send([{ sequence: 0, bytes: Buffer.from('a'), headers: null, timestampMs: 0 }])
  expect((await waiting).body).toBe('a')
  const idle = app.inject('/1/job/output?wait=1000')
  await engine.clock.untilSleeping()
  await engine.clock.advance(1000)
  expect((await idle).statusCode).toBe(202)
})
