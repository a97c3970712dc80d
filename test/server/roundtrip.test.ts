import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { seeded } from '../random.ts'
import { FakeEngine, type Scoring } from './fake-engine.ts'
import { appOf } from './in-memory.ts'

const URL = '/2/active/model/roundtrip/0/1'
const fault = new MillraceError('ENCODING_JSON_SYNTAX', { actual: 'x', position: 0, expected: 'a value' })
const echo: Scoring = (text) => `scored ${text}`
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('concurrent roundtrips, posts and reads never mix: everybody gets what is theirs', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  const random = seeded(3)
  void engine.work((text) => (text.startsWith('bad') ? fault : text.startsWith('drop') ? null : `scored ${text}`), 7)
  const posted: string[] = []
  const requests: Promise<void>[] = []
  for (let i = 0; i < 300; i++) {
    const kind = random()
    if (kind < 0.3) {
      posted.push(`post ${i}`)
      requests.push(
        app.inject({ method: 'POST', url: '/1/job/input', payload: `post ${i}` }).then((answer) => {
          expect(answer.statusCode).toBe(204)
        }),
      )
      continue
    }
    const payload = kind < 0.8 ? `good ${i}` : kind < 0.9 ? `bad ${i}` : `drop ${i}`
    requests.push(
      app.inject({ method: 'POST', url: URL, payload }).then((answer) => {
        if (kind < 0.8) expect([answer.statusCode, answer.body]).toEqual([200, `scored ${payload}`])
        else expect(answer.json().error.code).toBe(kind < 0.9 ? 'ENCODING_JSON_SYNTAX' : 'SERVER_ROUNDTRIP_EMPTY')
      }),
    )
  }
  await Promise.all(requests)
  const pulled = (await engine.slot(1).pull(1000, 0)) ?? []
  expect(pulled.map((r) => Buffer.from(r.bytes).toString())).toEqual(posted.map((text) => `scored ${text}`))
  expect(engine.clock.sleeping).toBe(1) // the engine's own wait: no timer of a roundtrip is left
  engine.stop()
})

test('the answer has the type of the output and the stamp, and not the id of the request', async () => {
  const engine = new FakeEngine()
  void engine.work(echo)
  const headers = { 'millrace-region': 'north' }
  const answer = await appOf(engine).inject({ method: 'POST', url: URL, payload: '1', headers })
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'millrace-model': 'tree',
    'millrace-model-position': 'models/0@12',
    'millrace-region': 'north',
  })
  expect(answer.headers['millrace-millrace-request']).toBeUndefined()
  expect(answer.headers['millrace-request']).toBeUndefined()
  engine.stop()
})

test('a dead letter is answered with its own status and sentence, a dropped record with 503', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  void engine.work((text) => (text === 'bad' ? fault : null))
  const bad = await app.inject({ method: 'POST', url: URL, payload: 'bad' })
  expect([bad.statusCode, bad.json().error]).toEqual([400, { code: fault.code, message: fault.message }])
  const dropped = await app.inject({ method: 'POST', url: URL, payload: 'drop' })
  expect([dropped.statusCode, dropped.json().error.code]).toEqual([503, 'SERVER_ROUNDTRIP_EMPTY'])
  engine.stop()
})

test('after the timeout the answer is 504, and the late prediction is given to nobody else', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  const late = app.inject({ method: 'POST', url: `${URL}?timeout=50`, payload: 'slow' })
  await engine.clock.untilSleeping()
  await engine.clock.advance(50)
  expect((await late).json().error).toEqual({
    code: 'SERVER_ROUNDTRIP_LATE',
    message: 'no prediction came out of slot 1 within 50 ms',
  })
  const posted = app.inject({ method: 'POST', url: '/1/job/input', payload: 'other' })
  void engine.work(echo)
  await posted
  await turn()
  const pulled = (await engine.slot(1).pull(10, 0)) ?? []
  expect(pulled.map((r) => Buffer.from(r.bytes).toString())).toEqual(['scored other'])
  engine.stop()
})

test('an engine that does not run is 503 at once; one that stops meanwhile is 409', async () => {
  const engine = new FakeEngine()
  const app = appOf(engine)
  const waiting = app.inject({ method: 'POST', url: URL, payload: 'a' })
  await engine.clock.untilSleeping()
  engine.stop()
  expect((await waiting).statusCode).toBe(409)
  engine.state = 'restarting'
  expect((await app.inject({ method: 'POST', url: URL, payload: 'a' })).statusCode).toBe(503)
})
