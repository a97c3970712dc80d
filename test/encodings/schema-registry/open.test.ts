import { afterEach, beforeEach, expect, test } from 'vitest'
import { registry as components } from '../../../src/components.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import type { Encoding } from '../../../src/encodings/encoding.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Value } from '../../../src/schema/value.ts'
import { TestRegistry } from '../../support/schema-registry.ts'
import golden from './golden.json' with { type: 'json' }
import { PauselessClock, registryOptions, written } from './registry-world.ts'

let registry: TestRegistry
beforeEach(async () => {
  registry = await TestRegistry.start()
})
afterEach(() => registry.stop())

const encodings: Readonly<Record<string, string>> = { AVRO: 'avro-binary', PROTOBUF: 'protobuf', JSON: 'json' }

function open(type: string, topic: string, more: object = {}, choice: object = { type: 'latest' }) {
  const encoding = components.get<Encoding>('encoding', encodings[type] as string, 'test')
  const context = { schema: null, baseFolder: '.', place: 'test', topic, clock: new PauselessClock() }
  const options = { registry: registryOptions(registry.url, { schema: choice }), ...more }
  return { decoder: encoding.openDecoder(options, context), encoder: encoding.openEncoder(options, context) }
}

test("records of Confluent's serializers are read, and written the same but for the id", async () => {
  registry.put('ns.Point', golden.cases[0]?.schema as string)
  for (const { type, topic, schema, references, hex, value, message, proto } of golden.cases) {
    // The library registers a message's descriptor; a registry gives it back as text.
    const id = registry.put(`${topic}-value`, proto ?? schema, type, references)
    const bytes = Buffer.from(hex, 'hex')
    bytes.writeUInt32BE(id, 1)
    const frames = columnOf([bytes])
    const { decoder, encoder } = open(type, topic, message === undefined ? {} : { message })
    await decoder.prepare?.(frames)
    const { values, errors } = decoder.decode(frames)
    expect(errors).toBeNull()
    expect(values[0]).toMatchObject(value)
    const again = Buffer.from((await written(encoder, [value as unknown as Value])).bytes)
    // JSON may be spelled with spaces.
    if (type === 'JSON') expect(JSON.parse(again.subarray(5).toString())).toEqual(value)
    else expect(again.toString('hex')).toBe(bytes.toString('hex'))
  }
})

test('a stream of each encoding registers its schema and is read by another', async () => {
  const schema = parseAvro({ type: 'record', name: 'P', fields: [{ name: 'x', type: 'double' }] })
  for (const type of ['AVRO', 'JSON', 'PROTOBUF']) {
    const encoding = components.get<Encoding>('encoding', encodings[type] as string, 'test')
    const context = { schema, baseFolder: '.', place: 'test', topic: type, clock: new PauselessClock() }
    const own = type === 'PROTOBUF' ? { schema: 'syntax = "proto3"; message P { double x = 1; }' } : {}
    const options = { registry: registryOptions(registry.url), ...own }
    const frames = await written(encoding.openEncoder(options, context), [{ x: 0.5 }, { x: 1 }])
    const decoder = encoding.openDecoder({ registry: options.registry }, { ...context, schema: null })
    await decoder.prepare?.(frames)
    expect(decoder.decode(frames)).toEqual({ values: [{ x: 0.5 }, { x: 1 }], errors: null })
  }
})

test("JSON is checked with the registry's schema as far as it can be expressed, and unchecked with a warning otherwise", async () => {
  const person = { type: 'object', properties: { age: { type: 'integer', minimum: 0 } }, required: ['age'] }
  const ids = [registry.put('a', person, 'JSON'), registry.put('b', { allOf: [person] }, 'JSON')]
  const warnings: string[] = []
  const encoding = components.get<Encoding>('encoding', 'json', 'test')
  const decoder = encoding.openDecoder(
    { registry: registryOptions(registry.url) },
    { schema: null, baseFolder: '.', place: 'in.yaml', clock: new PauselessClock(), warn: (w) => warnings.push(w) },
  )
  const frames = columnOf(ids.map((id) => Buffer.concat([Uint8Array.of(0, 0, 0, 0, id), Buffer.from('{"age":"x"}')])))
  await decoder.prepare?.(frames)
  const { values, errors } = decoder.decode(frames)
  expect(errors?.get(0)?.message).toContain('field "age": expected long, got "x"')
  expect(values[1]).toEqual({ age: 'x' })
  expect(warnings).toEqual([
    'in.yaml: JSON Schema 1 of the registry is checked except for minimum',
    'in.yaml: records are not checked with JSON Schema 2 of the registry: "Record" uses allOf',
  ])
})
