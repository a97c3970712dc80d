import { afterEach, beforeEach, expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import type { MillraceError } from '../../../src/core/errors.ts'
import { avroBinaryEncoding } from '../../../src/encodings/avro-binary/avro-binary.ts'
import { AvroEncoder } from '../../../src/encodings/avro-binary/encoder.ts'
import { headerOf } from '../../../src/encodings/schema-registry/wire-format.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import { TestRegistry } from '../../support/schema-registry.ts'
import { errorOf, PauselessClock, registryOptions, written } from './registry-world.ts'

let registry: TestRegistry
let clock: PauselessClock
beforeEach(async () => {
  registry = await TestRegistry.start()
  clock = new PauselessClock()
})
afterEach(() => registry.stop())

function decoder(schema: Schema | null = null) {
  const options = { schema: undefined, file: undefined, registry: registryOptions(registry.url, { attempts: 1 }) }
  return avroBinaryEncoding.openDecoder(options, { schema, baseFolder: '.', place: 'test', clock })
}

const point = (...names: string[]) => ({
  type: 'record',
  name: 'Point',
  fields: names.map((name) => ({ name, type: 'double' })),
})

async function frame(document: object, id: number, value: object): Promise<Uint8Array> {
  const encoder = new AvroEncoder(parseAvro(document), null, headerOf(id, null))
  return (await written(encoder, [value as never])).bytes
}

const codes = (errors: ReadonlyMap<number, MillraceError> | null) =>
  [...(errors ?? [])].map(([i, error]) => [i, error.code] as const)

test('records of several schemas in one batch are read, each with its own', async () => {
  const [a, b] = [registry.put('p-value', point('x')), registry.put('p-value', point('x', 'y'))]
  const frames = columnOf([
    await frame(point('x'), a, { x: 1 }),
    await frame(point('x', 'y'), b, { x: 2, y: 3 }),
    await frame(point('x', 'y'), b, { x: 4, y: 5 }),
    await frame(point('x'), a, { x: 6 }),
  ])
  const one = decoder(parseAvro({ ...point('x'), fields: [{ name: 'x', type: 'double' }] }))
  await one.prepare?.(frames)
  expect(one.decode(frames)).toEqual({ values: [{ x: 1 }, { x: 2 }, { x: 4 }, { x: 6 }], errors: null })
  expect(one.prepare?.(frames)).toBeNull()
  expect(registry.requests.length).toBe(2)
})

test('an unknown id, another language, a schema that does not resolve and a bad frame are faults of their records', async () => {
  const good = registry.put('p-value', point('x'))
  const other = registry.put('j-value', { type: 'object' }, 'JSON')
  const apart = registry.put('q-value', point('z'))
  const broken = registry.put('b-value', '{"type": "nothing"}')
  const frames = columnOf([
    await frame(point('x'), good, { x: 1 }),
    headerOf(77, null),
    headerOf(other, null),
    await frame(point('z'), apart, { z: 1 }),
    headerOf(broken, null),
    Buffer.from('{"x":1}'),
    Uint8Array.of(0, 0),
    null,
    await frame(point('x'), good, { x: 2 }),
  ])
  const one = decoder(parseAvro(point('x')))
  await one.prepare?.(frames)
  const { values, errors } = one.decode(frames)
  expect([values[0], values[8]]).toEqual([{ x: 1 }, { x: 2 }])
  expect(codes(errors)).toEqual([
    [1, 'ENCODING_REGISTRY_ID_UNKNOWN'],
    [2, 'ENCODING_REGISTRY_SCHEMA'],
    [3, 'ENCODING_REGISTRY_SCHEMA'],
    [4, 'ENCODING_REGISTRY_SCHEMA'],
    [5, 'ENCODING_REGISTRY_FRAME'],
    [6, 'ENCODING_REGISTRY_FRAME'],
    [7, 'ENCODING_NULL_RECORD'],
  ])
  expect(errors?.get(3)?.message).toContain('field "x" is missing, expected double')
  expect(errors?.get(5)?.message).toContain('it begins with byte 123, expected 0')
  for (const error of errors?.values() ?? []) expect(error.scope).toBe('record')
})

test('a registry that is away is a fault of the stream, and the records are read when it is back', async () => {
  const id = registry.put('p-value', point('x'))
  const frames = columnOf([await frame(point('x'), id, { x: 1 })])
  const one = decoder()
  registry.trouble = 503
  const error = await errorOf(one.prepare?.(frames) as Promise<void>)
  expect([error.code, error.scope, error.isRetryable]).toEqual(['ENCODING_REGISTRY_UNREACHABLE', 'stream', true])
  registry.trouble = null
  await one.prepare?.(frames)
  expect(one.decode(frames)).toEqual({ values: [{ x: 1 }], errors: null })
})

test('a 404 of a proxy stops the stream, also for a reference, and gives no record up', async () => {
  const references = [{ name: 'ns.A', subject: 'a', version: 1 }]
  const id = registry.put('r-value', { type: 'array', items: 'ns.A' }, 'AVRO', references)
  const frames = columnOf([headerOf(id, null)])
  registry.isElsewhere = true
  const error = await errorOf(decoder().prepare?.(frames) as Promise<void>)
  expect([error.code, error.scope]).toEqual(['ENCODING_REGISTRY_REFUSED', 'stream'])
  registry.isElsewhere = false
  registry.onRequest = (path) => {
    registry.isElsewhere = path.startsWith('subjects/')
  }
  const later = await errorOf(decoder().prepare?.(frames) as Promise<void>)
  expect([later.code, later.scope]).toEqual(['ENCODING_REGISTRY_REFUSED', 'stream'])
})

test('ids without end are not remembered without end', async () => {
  const one = decoder()
  const batch = (from: number, count: number) =>
    columnOf(Array.from({ length: count }, (_, i) => headerOf(from + i, null)))
  await one.prepare?.(batch(100, 1_001))
  expect(registry.requests).toHaveLength(1_001)
  const first = batch(100, 1)
  await one.prepare?.(first)
  expect(registry.requests).toHaveLength(1_002)
  expect(codes(one.decode(first).errors)).toEqual([[0, 'ENCODING_REGISTRY_ID_UNKNOWN']])
})

test('an id that comes later is asked for again after a while', async () => {
  const frames = columnOf([await frame(point('x'), 1, { x: 1 })])
  const one = decoder()
  await one.prepare?.(frames)
  registry.put('p-value', point('x'))
  expect(one.prepare?.(frames)).toBeNull()
  expect(codes(one.decode(frames).errors)).toEqual([[0, 'ENCODING_REGISTRY_ID_UNKNOWN']])
  clock.advance(31_000)
  await one.prepare?.(frames)
  expect(one.decode(frames).values).toEqual([{ x: 1 }])
})

test('a reference that is missing is a fault of the records', async () => {
  const references = [{ name: 'ns.A', subject: 'gone', version: 1 }]
  const id = registry.put('r-value', { type: 'array', items: 'ns.A' }, 'AVRO', references)
  const frames = columnOf([headerOf(id, null)])
  const one = decoder()
  await one.prepare?.(frames)
  expect(one.decode(frames).errors?.get(0)?.message).toContain("40401 Subject 'gone' not found.")
})

test('frames that were never prepared are errors', async () => {
  expect(codes(decoder().decode(columnOf([headerOf(5, null)])).errors)).toEqual([[0, 'ENCODING_REGISTRY_ID_UNKNOWN']])
})
