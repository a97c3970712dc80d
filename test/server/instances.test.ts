import { createServer } from 'node:http'
import { get as secureGet } from 'node:https'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { Histogram } from '../../src/core/histogram.ts'
import type { TlsSettings } from '../../src/server/app.ts'
import { startServer } from '../../src/server/server.ts'
import type { ServedInstance } from '../../src/server/server-context.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { FakeEngine, known, reference, reportOf, snapshot, wineStats } from './fake-engine.ts'
import { tlsPair } from './tls-pair.ts'

const running: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of running.splice(0)) await close()
})

const tree = reference('wine', 'tree', '3')

/** An engine whose task of this partition has scored so many records, in one millisecond each. */
function engineOf(partition: number, scored: number): FakeEngine {
  const engine = new FakeEngine()
  const histogram = new Histogram()
  histogram.record(1, scored)
  const sums = { sinceMs: 5000, usage: scored, durationMs: scored, minMs: 1, maxMs: 1 }
  const stats = [{ key: 'wine', reference: tree, ...sums, histogram: histogram.counts }]
  const base = reportOf([[snapshot('wine', tree)]], { versions: [known(tree, 1)] })
  const tasks = base.tasks.map((task) => ({ ...task, task: `0/${partition}`, stats, latency: histogram.counts }))
  const wine = { ...wineStats, usage: scored, duration: scored, min: 1, max: 1, mean: 1 }
  engine.current = { ...base, tasks, stats: { wine } }
  return engine
}

interface Running {
  readonly engine: FakeEngine
  readonly address: string
}

async function serve(engine: FakeEngine, tokens: readonly string[] = [], tls?: TlsSettings): Promise<Running> {
  const server = await startServer({ engine, port: 0, tokens, tls: tls ?? null })
  running.push(async () => {
    engine.stop()
    await server.close()
  })
  return { engine, address: new URL(server.url).host }
}

/** Lets each of them know all; `more` are others that the group knows. */
function introduce(instances: readonly Running[], more: readonly ServedInstance[] = []): void {
  for (const { engine } of instances) {
    const known = instances.map((one, i) => ({
      address: one.address,
      isSelf: one.engine === engine,
      tasks: [`0/${i}`],
    }))
    engine.instances = async () => [...known, ...more]
  }
}

interface Answer {
  readonly status: number
  readonly unanswered: string | null
  // biome-ignore lint/suspicious/noExplicitAny: answers of every path
  readonly body: any
}

async function get(address: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`http://${address}${path}`, { headers })
  return {
    status: response.status,
    unanswered: response.headers.get('millrace-unanswered'),
    body: await response.json(),
  }
}

test('any instance answers for all, and for itself when it is asked to', async () => {
  const all = [await serve(engineOf(0, 10)), await serve(engineOf(1, 20)), await serve(engineOf(2, 30))]
  introduce(all)
  for (const [i, { address }] of all.entries()) {
    for (const path of ['/stats', '/state/wine']) {
      const { body, unanswered } = await get(address, path)
      expect(body, path).toMatchObject({ name: 'tree', version: '3', usage: 60, duration: 60, min: 1, max: 1, mean: 1 })
      expect(unanswered).toBeNull()
    }
    expect((await get(address, '/stats?local=true')).body.usage).toBe((i + 1) * 10)
    expect((await get(address, '/state/modelStore/value')).body.invocations).toBe(60)
    expect((await get(address, '/processors')).body).toEqual({ models: ['wine'] })
    expect((await get(address, '/models')).body.models).toMatchObject([{ model: 'tree', state: 'active', tasks: 3 }])
    expect((await get(address, '/models/wine')).body).toMatchObject({ active: 'tree@3', stats: { usage: 60 } })
  }
})

test('instances are told with their addresses and tasks, whoever is asked', async () => {
  const all = [await serve(engineOf(0, 1)), await serve(engineOf(1, 1))]
  introduce(all, [{ address: null, isSelf: false, tasks: ['0/2'] }])
  const entry = ({ address }: Running, task: string) => {
    return { host: '127.0.0.1', port: Number(address.split(':')[1]), tasks: [task] }
  }
  const [first, second] = all as [Running, Running]
  const expected = [entry(first, '0/0'), entry(second, '0/1'), { host: '', port: 0, tasks: ['0/2'] }]
  const stores = expected.map(({ host, port }) => ({ host, port, storeNames: ['modelStore'] }))
  for (const { address } of all) {
    expect((await get(address, '/instances')).body).toEqual(expected)
    expect((await get(address, '/state/instances')).body).toEqual(stores)
    expect((await get(address, '/state/instances/other')).body).toEqual([])
  }
})

test('an instance that does not answer is named, and the others are added up without it', async () => {
  // It keeps its port, so that nobody else comes to answer there.
  const dead = createSocketServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await new Promise((resolve) => dead.once('listening', resolve))
  running.push(async () => void dead.close())
  const deadAddress = `127.0.0.1:${(dead.address() as AddressInfo).port}`
  const other = createServer((_, response) => response.end('{"form":99}')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  running.push(async () => void other.close())
  const otherAddress = `127.0.0.1:${(other.address() as AddressInfo).port}`
  const all = [await serve(engineOf(0, 10)), await serve(engineOf(1, 20))]
  introduce(all, [
    { address: deadAddress, isSelf: false, tasks: ['0/2'] },
    { address: otherAddress, isSelf: false, tasks: ['0/3'] },
    { address: null, isSelf: false, tasks: ['0/4'] },
  ])
  const events: string[] = []
  const [first] = all as [Running]
  first.engine.telemetry.listen((name, event) => {
    if (name === 'instanceUnanswered' && 'address' in event) events.push(`${event.address}: ${event.reason}`)
  })
  const { body, unanswered } = await get(first.address, '/stats')
  expect(body.usage).toBe(30)
  expect(unanswered).toBe(`${deadAddress}, ${otherAddress}, no-address`)
  expect(events).toContain(`${otherAddress}: it answers with status 200 and another form of report`)
})

test('an instance that is reached under its own address twice is not counted twice', async () => {
  const one = await serve(engineOf(0, 10))
  introduce([one], [{ address: one.address, isSelf: false, tasks: ['0/1'] }])
  expect(await get(one.address, '/stats')).toMatchObject({ body: { usage: 10 }, unanswered: one.address })
})

test('a group that cannot be asked leaves the answer to this instance, and says so', async () => {
  const one = await serve(engineOf(0, 10))
  one.engine.instances = async () => {
    throw new MillraceError('SERVER_NOT_READY', { engine: 'wine', state: 'starting', reason: '' })
  }
  expect(await get(one.address, '/stats')).toMatchObject({ body: { usage: 10 }, unanswered: 'group' })
  expect((await get(one.address, '/state/instances')).status).toBe(503)
})

test('the token of a request goes on to the other instances', async () => {
  const all = [await serve(engineOf(0, 10), ['secret']), await serve(engineOf(1, 20), ['secret'])]
  introduce(all)
  const [first] = all as [Running]
  expect((await get(first.address, '/stats', { authorization: 'Bearer secret' })).body.usage).toBe(30)
  expect((await get(first.address, '/engine/report')).status).toBe(401)
})

test.each([
  ['one self-signed certificate for all', () => [tlsPair, tlsPair]],
  ['certificates of an authority of their own', () => [signed(), signed()]],
])('instances with TLS trust each other with %s', async (_, pairs) => {
  const all: Running[] = []
  for (const [i, tls] of pairs().entries()) all.push(await serve(engineOf(i, 10), [], tls))
  introduce(all)
  const [first] = all as [Running]
  expect(await totalOf(first.address)).toEqual(['20', null])
})

test('an instance with a certificate of somebody else is not believed', async () => {
  const all = [await serve(engineOf(0, 10), [], tlsPair), await serve(engineOf(1, 10), [], signed())]
  introduce(all)
  const [first, second] = all as [Running, Running]
  expect(await totalOf(first.address)).toEqual(['10', second.address])
})

/** A certificate for 127.0.0.1 whose authority nobody knows but those who are told. */
function signed(): TlsSettings {
  const { ca, server } = (certificates ??= makeCertificates(temporaryFolder()))
  return { cert: server.certificate, key: server.key, ca }
}
let certificates: Certificates | null = null

/** Records that an instance with TLS tells of all, and who did not answer. */
function totalOf(address: string): Promise<[usage: string, unanswered: string | null]> {
  return new Promise((resolve, reject) => {
    secureGet(`https://${address}/stats`, { rejectUnauthorized: false, agent: false }, async (response) => {
      const body = JSON.parse(Buffer.concat(await response.toArray()).toString())
      resolve([String(body.usage), (response.headers['millrace-unanswered'] as string | undefined) ?? null])
    }).on('error', reject)
  })
}

test('a value of "local" that is neither true nor false is an error', async () => {
  const one = await serve(engineOf(0, 10))
  const { status, body } = await get(one.address, '/stats?local=yes')
  expect([status, body.error.message]).toEqual([400, 'parameter "local" is "yes", expected true or false'])
})
