import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { avroBinaryEncoding } from '../../../src/encodings/avro-binary/avro-binary.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import type { Value } from '../../../src/schema/value.ts'
import golden from './golden.json' with { type: 'json' }

const folder = mkdtempSync(join(tmpdir(), 'millrace-avro-'))
afterAll(() => rmSync(folder, { recursive: true }))

const point = { type: 'record', name: 'Point', fields: [{ name: 'x', type: 'double' }] }

function open(options: object, schema: Schema | null = null) {
  const values = { schema: undefined, file: undefined, ...options }
  const context = { schema, baseFolder: folder, place: 'e.yaml: encoding' }
  return {
    decoder: () => avroBinaryEncoding.openDecoder(values, context),
    encoder: () => avroBinaryEncoding.openEncoder(values, context),
  }
}

/** Bytes as text of one character a byte, longs beyond 2^53 as digits, lists as plain lists: as the golden file spells values. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}

function decoded(
  written: unknown,
  read: unknown,
  hex: string,
): { readonly value: Value } | { readonly refused: string } {
  const bytes = Buffer.from(hex, 'hex')
  const frames = { bytes, starts: Int32Array.of(0), ends: Int32Array.of(bytes.length), length: 1 }
  try {
    const { values, errors } = open({ schema: written }, parseAvro(read)).decoder().decode(frames)
    return errors === null ? { value: values[0] as Value } : { refused: (errors.get(0) as Error).message }
  } catch (thrown) {
    return { refused: (thrown as Error).message }
  }
}

test('bytes that Apache Avro and fastavro write are read as their values and written the same', () => {
  for (const { schema, value, hex } of golden.values) {
    const answer = decoded(schema, schema, hex)
    if ('refused' in answer) throw new Error(answer.refused)
    expect(plain(answer.value)).toEqual(value)
    const writer = new BytesWriter(1, 1)
    open({}, parseAvro(schema)).encoder().encode(answer.value, writer)
    expect(Buffer.from(writer.finish().bytes).toString('hex')).toBe(hex)
  }
})

test("a writer's values are resolved to the stream's schema as fastavro does, and refused where it refuses", () => {
  for (const { written, read, hex, avro, fastavro } of golden.resolved) {
    const answer = decoded(written, read, hex)
    const shown = 'value' in answer ? { value: plain(answer.value) } : { refused: true }
    expect({ written, read, ...shown }).toEqual({
      written,
      read,
      ...('value' in fastavro ? { value: fastavro.value } : { refused: true }),
    })
    // Apache's package for Python leaves out parts of the resolution, and reads the default of bytes as UTF-8.
    if ('value' in avro && !hex.startsWith('0a0874')) expect(shown).toEqual({ value: avro.value })
  }
})

test('the schema comes from a document, its text, a file or the stream', () => {
  writeFileSync(join(folder, 'point.avsc'), JSON.stringify(point))
  const ways = [
    open({ schema: point }),
    open({ schema: JSON.stringify(point) }),
    open({ file: 'point.avsc' }),
    open({}, parseAvro(point)),
  ]
  for (const way of ways) {
    const writer = new BytesWriter(1, 1)
    way.encoder().encode({ x: 0.5 }, writer)
    expect(way.decoder().decode(writer.finish()).values).toEqual([{ x: 0.5 }])
  }
})

test.each([
  [{}, 'e.yaml: encoding: encoding "avro-binary" needs a schema: the stream\'s, option "schema" or option "file"'],
  [{ schema: point, file: 'x' }, 'expected either "file" or "schema", got both'],
  [{ schema: '{"type": ' }, 'e.yaml: encoding: schema: '],
  [{ schema: { type: 'strange' } }, 'e.yaml: encoding: schema: '],
  [{ file: 'absent.avsc' }, 'e.yaml: encoding: absent.avsc: ENOENT'],
])('%j is refused at once', (options, message) => {
  expect(() => open(options).decoder()).toThrow(message)
})

test('a value is held against the schema of the stream, too, where the bytes have another', () => {
  const stream = parseAvro({ type: 'record', name: 'Point', fields: [{ name: 'x', type: 'int' }] })
  const encoder = open({ schema: point }, stream).encoder()
  expect(() => encoder.encode({ x: 0.5 }, new BytesWriter(1, 1))).toThrow('field "x": expected int, got 0.5')
})
