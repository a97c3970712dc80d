import { afterEach, beforeEach, expect, test } from 'vitest'
import { SchemaRegistryClient } from '../../../src/encodings/schema-registry/client.ts'
import { registrySettings } from '../../../src/encodings/schema-registry/options.ts'
import { TestRegistry } from '../../support/schema-registry.ts'
import { errorOf, PauselessClock, registryOptions } from './registry-world.ts'

let registry: TestRegistry
const clock = new PauselessClock()
beforeEach(async () => {
  registry = await TestRegistry.start()
})
afterEach(() => registry.stop())

function client(urls: readonly string[] = [registry.url], more: object = {}) {
  return new SchemaRegistryClient(registrySettings(registryOptions(urls, more), '.', 'test'), clock)
}

const point = { type: 'record', name: 'Point', fields: [{ name: 'x', type: 'double' }] }
const avro = (document: object, references: readonly never[] = []) =>
  ({ type: 'AVRO', text: JSON.stringify(document), references }) as const

test('a schema is registered once, looked up, and found by id, version and as the latest', async () => {
  const one = client()
  expect(await one.lookup('points-value', avro(point))).toBeNull()
  expect(await one.latest('points-value')).toBeNull()
  expect(await one.versions('points-value')).toEqual([])
  const id = await one.register('points-value', avro(point))
  expect(await one.register('points-value', avro(point))).toBe(id)
  expect(await one.lookup('points-value', avro(point))).toBe(id)
  expect(await one.versions('points-value')).toEqual([1])
  const found = { id, ...avro(point) }
  expect(await one.byId(id)).toEqual(found)
  expect(await one.latest('points-value')).toEqual(found)
  expect(await one.byId(99)).toBeNull()
})

test('an id is asked for once', async () => {
  const id = registry.put('s', point)
  const one = client()
  await one.byId(id)
  await one.byId(id)
  expect(registry.requests).toEqual([`GET schemas/ids/${id}`])
})

test('subjects may hold any characters', async () => {
  const one = client()
  await one.register('a/b %ü-value', avro(point))
  expect(await one.versions('a/b %ü-value')).toEqual([1])
})

test('references come in the order in which they are needed, each once', async () => {
  registry.put('a', { type: 'fixed', name: 'A', size: 1 })
  const toA = [{ name: 'A', subject: 'a', version: 1 }]
  registry.put('b', { type: 'record', name: 'B', fields: [{ name: 'a', type: 'A' }] }, 'AVRO', toA)
  const both = [{ name: 'B', subject: 'b', version: 1 }, ...toA]
  const id = registry.put('c', { type: 'array', items: 'B' }, 'AVRO', both)
  const one = client()
  const schema = await one.byId(id)
  expect((await one.references(schema as never)).map((r) => r.name)).toEqual(['A', 'B'])
})

test('references that refer to each other end', async () => {
  registry.put('a', { a: 1 }, 'AVRO', [{ name: 'B', subject: 'b', version: 1 }])
  registry.put('b', { b: 1 }, 'AVRO', [{ name: 'A', subject: 'a', version: 1 }])
  const one = client()
  const error = await errorOf(one.references({ ...avro({}), references: [{ name: 'A', subject: 'a', version: 1 }] }))
  expect(error.message).toBe('schema B of the registry cannot be used: it has too many references')
})

test('a schema that may not follow is told by the compatibility check and refused when it is registered', async () => {
  registry.put('s', point)
  const next = avro({ ...point, fields: [...point.fields, { name: 'y', type: 'double' }] })
  const one = client()
  expect(await one.incompatibilities('s', next)).toEqual(['field "y" is missing, expected double'])
  expect(await one.incompatibilities('s', avro(point))).toEqual([])
  expect(await one.incompatibilities('other', next)).toEqual([])
  const error = await errorOf(one.register('s', next))
  expect(error.code).toBe('ENCODING_REGISTRY_REFUSED')
  expect(error.message).toContain('refuses POST subjects/s/versions: 409 409 Schema being registered is incompatible')
  const invalid = await errorOf(one.register('s', { ...avro(point), text: '{' }))
  expect(invalid.message).toContain('422 42201 Invalid schema')
})

test('a registry in trouble is asked again after pauses that double, and is then a fault of the stream', async () => {
  registry.trouble = 503
  clock.pausesMs.length = 0
  const error = await errorOf(client([registry.url], { attempts: 4 }).byId(1))
  expect(error.toReport()).toMatchObject({ code: 'ENCODING_REGISTRY_UNREACHABLE' })
  expect([error.scope, error.isRetryable]).toEqual(['stream', true])
  expect(registry.requests.length).toBe(4)
  expect(clock.pausesMs).toEqual([100, 200, 400])
})

test('a registry that is gone is followed by the next, which is asked first from then on', async () => {
  const id = registry.put('s', point)
  const gone = await TestRegistry.start()
  const { url } = gone
  await gone.stop()
  const one = client([url, registry.url])
  expect((await one.byId(id))?.id).toBe(id)
  await one.versions('s')
  expect(registry.requests).toEqual([`GET schemas/ids/${id}`, 'GET subjects/s/versions'])
  expect((await errorOf(client([url]).byId(id))).code).toBe('ENCODING_REGISTRY_UNREACHABLE')
})

test('an answer that takes too long is none', async () => {
  const { createServer } = await import('node:http')
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const error = await errorOf(client([`http://127.0.0.1:${port}`], { timeoutMs: 20, attempts: 1 }).byId(1))
  expect(error.code).toBe('ENCODING_REGISTRY_UNREACHABLE')
  silent.closeAllConnections()
  silent.close()
})

test('users prove who they are, and are refused in the words of the registry', async () => {
  registry.put('s', point)
  registry.authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`
  const basic = { auth: { type: 'basic', username: 'ann', password: 'secret' } }
  expect(await client([registry.url], basic).versions('s')).toEqual([1])
  const error = await errorOf(client().versions('s'))
  expect(error.code).toBe('ENCODING_REGISTRY_REFUSED')
  expect(error.message).toContain('refuses GET subjects/s/versions: 401 401 Unauthorized')
  registry.authorization = 'Bearer token'
  expect(await client([registry.url], { auth: { type: 'bearer', token: 'token' } }).versions('s')).toEqual([1])
})

test("a 404 that is not a registry's is no answer about schemas", async () => {
  const one = client()
  const asking = {
    byId: () => one.byId(7),
    latest: () => one.latest('s'),
    versions: () => one.versions('s'),
    lookup: () => one.lookup('s', avro(point)),
    incompatibilities: () => one.incompatibilities('s', avro(point)),
  }
  registry.isElsewhere = true
  for (const [name, ask] of Object.entries(asking)) {
    const error = await errorOf(ask())
    expect([name, error.code]).toEqual([name, 'ENCODING_REGISTRY_REFUSED'])
    expect(error.message).toContain('is the path of the URL that of its API?')
  }
  registry.isElsewhere = false
  // JSON, and still not of what was asked: the path before the API is wrong.
  const error = await errorOf(client([`${registry.url}/apis/v9`]).byId(7))
  expect(error.message).toContain('404 404 HTTP 404 Not Found')
})
