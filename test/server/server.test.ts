import { Agent, request } from 'node:https'
import { afterEach, expect, test } from 'vitest'
import { type RunningServer, type ServerSettings, startServer } from '../../src/server/server.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { Connection } from './connection.ts'
import { FakeEngine } from './fake-engine.ts'
import { tlsPair } from './tls-pair.ts'

const running: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of running.splice(0)) await close()
})

async function start(more: Partial<ServerSettings> = {}): Promise<{ engine: FakeEngine; server: RunningServer }> {
  const engine = new FakeEngine()
  const server = await startServer({ engine, port: 0, ...more })
  running.push(async () => {
    engine.stop()
    await server.close()
  })
  return { engine, server }
}

test('it listens on the loopback interface, tells so, and answers on one connection again and again', async () => {
  const engine = new FakeEngine()
  const events: string[] = []
  engine.telemetry.listen((name) => events.push(name))
  const server = await startServer({ engine, port: 0 })
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const connection = new Connection(server.url)
  for (let i = 1; i <= 3; i++) {
    connection.send('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const text = await connection.until(new RegExp(`({"status":"live"}[\\s\\S]*){${i}}`))
    expect(text.match(/HTTP\/1.1 200 OK/g)?.length).toBe(i)
  }
  const instances = (await (await fetch(`${server.url}/state/instances`)).json()) as { port: number }[]
  expect(instances[0]?.port).toBe(Number(new URL(server.url).port))
  await server.close()
  await server.close()
  await connection.closed()
  expect(events.filter((name) => name.startsWith('server'))).toEqual(['serverStarted', 'serverStopped'])
})

test('a port that is taken is an error that names it', async () => {
  const { server } = await start()
  const port = Number(new URL(server.url).port)
  await expect(startServer({ engine: new FakeEngine(), port })).rejects.toMatchObject({
    code: 'SERVER_UNSTARTABLE',
    parameters: { host: '127.0.0.1', port },
  })
})

test('close lets requests under way finish, refuses new ones, and waits for no silent connection', async () => {
  const { engine, server } = await start()
  const silent = new Connection(server.url)
  const busy = new Connection(server.url)
  busy.send('POST /1/job/input HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na')
  await engine.slot(0).receive(1, Number.POSITIVE_INFINITY)
  const waiting = new Connection(server.url)
  waiting.send('GET /1/job/output?wait=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await engine.clock.untilSleeping()
  const closed = server.close()
  await silent.closed()
  expect(await waiting.closed()).toMatch(/^HTTP\/1\.1 202 /)
  expect(busy.received).toBe('')
  engine.slot(0).acknowledge(0)
  expect(await busy.closed()).toMatch(/^HTTP\/1\.1 204 [\s\S]*connection: close/i)
  await closed
  await expect(fetch(server.url)).rejects.toThrow()
})

test('a request that does not finish holds a closing server no longer than its grace', async () => {
  const clock = new ManualClock()
  const { engine, server } = await start({ clock, graceMs: 500 })
  const stuck = new Connection(server.url)
  stuck.send('POST /1/job/input HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na')
  await engine.slot(0).receive(1, Number.POSITIVE_INFINITY)
  const closed = server.close()
  await clock.untilSleeping()
  await clock.advance(500)
  expect(await stuck.closed()).toBe('')
  await closed
})

test('a client that goes away while it waits takes no record with it', async () => {
  const { engine, server } = await start()
  const gone = new Connection(server.url)
  gone.send('GET /1/job/output?wait=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await engine.clock.untilSleeping()
  gone.abort()
  while (engine.clock.sleeping > 0) await new Promise<void>((resolve) => setImmediate(resolve))
  await engine.slot(1).send([{ sequence: 0, bytes: Buffer.from('kept'), headers: null, timestampMs: 0 }])
  expect(await (await fetch(`${server.url}/1/job/output`)).text()).toBe('kept')
})

test('a client that goes away in the middle of its body sends no record', async () => {
  const { engine, server } = await start()
  const head = 'POST /1/job/input HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n'
  const finished = new Connection(server.url).send(`${head}half`).finish()
  expect(await finished.closed()).toMatch(/^(HTTP\/1\.1 400 |$)/)
  const aborted = new Connection(server.url).send(`${head}half`)
  await aborted.send('').until(/^/)
  aborted.abort()
  await aborted.closed()
  void new Connection(server.url).send(`${head}0123456789`)
  const records = await engine.slot(0).receive(10, Number.POSITIVE_INFINITY)
  expect(records?.map((r) => Buffer.from(r.bytes).toString())).toEqual(['0123456789'])
})

test('what is not HTTP is answered as an error of the catalogue, and the connection is closed', async () => {
  const { server } = await start()
  const texts = ['\x16\x03\x01\x02\x00\x01\x00', 'HELLO\r\n\r\n', 'GET / HTTP/1.1\r\nHost localhost\r\n\r\n']
  for (const text of texts) {
    const answer = await new Connection(server.url).send(Buffer.from(text, 'latin1')).closed()
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*{"error":{"code":"SERVER_REQUEST_WRONG"/)
  }
  const large = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`
  expect(await new Connection(server.url).send(large).closed()).toContain('"SERVER_HEADERS_TOO_LARGE"')
})

test('with TLS it speaks TLS only, and tokens travel inside', async () => {
  const { server } = await start({ tls: tlsPair, tokens: ['secret'] })
  expect(server.url).toMatch(/^https:/)
  const agent = new Agent({ ca: tlsPair.cert, keepAlive: true })
  const status = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const asked = request(`${server.url}/stats`, { agent, headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
      })
      asked.on('error', reject).end()
    })
  expect(await status({})).toBe(401)
  expect(await status({ authorization: 'Bearer secret' })).toBe(200)
  expect(await new Connection(server.url).send('GET / HTTP/1.1\r\n\r\n').closed()).not.toContain('HTTP/1.1 200')
  await server.close() // closes the connection that the agent keeps
  agent.destroy()
})

test('a server that other machines can reach says whether it asks for a token', async () => {
  const open: boolean[] = []
  for (const tokens of [[], ['secret']]) {
    const engine = new FakeEngine()
    engine.telemetry.listen((name, event) => {
      if (name === 'serverStarted' && 'isOpen' in event) open.push(event.isOpen)
    })
    const server = await startServer({ engine, host: '0.0.0.0', port: 0, tokens })
    await server.close()
  }
  expect(open).toEqual([true, false])
})
