import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { BytesWriter, bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { jsonEncoding } from '../../../src/encodings/json/json.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import type { Value } from '../../../src/schema/value.ts'
import { pick, randomNumber, randomText } from '../../schema/generate.ts'

/** What an encoding is opened with in these tests. */
export const open = (schema: Schema | null) => ({ schema, baseFolder: '.', place: 'test' })
/** A fresh decoder. */
export const decoderOf = (schema: Schema | null) => jsonEncoding.openDecoder({}, open(schema))
/** Texts as frames. */
export const column = (texts: readonly string[]) => columnOf(texts.map((t) => new TextEncoder().encode(t)))

/** Decodes one text after the decoder has learned from `before`. */
export function decodeOne(
  schema: Schema | null,
  text: string,
  before: readonly string[] = [],
): { value?: unknown; error?: string } {
  const { values, errors } = decoderOf(schema).decode(column([...before, text]))
  const error = errors?.get(before.length)
  return error ? { error: `${error.code}: ${error.message}` } : { value: values[before.length] }
}

export function encodeText(schema: Schema | null, value: Value): string {
  const writer = new BytesWriter(1, 16)
  jsonEncoding.openEncoder({}, open(schema)).encode(value, writer)
  return Buffer.from(bytesAt(writer.finish(), 0) as Uint8Array).toString('utf8')
}

/** Same as JSON.parse, where nothing is too large for a double. */
export function expectLikeParse(text: string, got: unknown, error: unknown): void {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    expect(error, text).toBeDefined()
    return
  }
  if (error !== undefined && /\d[eE]\+?\d{3}|\d{300}/.test(text)) return
  expect(error, text).toBeUndefined()
  // Vitest's own comparison stumbles over fields called `constructor` and `__proto__`.
  if (!isDeepStrictEqual(got, parsed)) expect(got, text).toStrictEqual(parsed)
  expect(isDeepStrictEqual(got, parsed), text).toBe(true)
}

/** JSON text in one of several spellings, with `\u0041` escapes, spaces and repeated keys now and then. */
export function spell(random: () => number, value: unknown, space: string): string {
  if (Array.isArray(value)) return `[${value.map((v) => spell(random, v, space)).join(`,${space}`)}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([k, v]) => `${space}${JSON.stringify(k)}:${space}${spell(random, v, space)}`,
    )
    if (fields.length > 0 && random() < 0.03) fields.push(fields[0] as string)
    return `{${fields.join(',')}${space}}`
  }
  if (typeof value === 'number' && random() < 0.2) {
    return pick(random, [value.toExponential(), value.toFixed(3), value.toPrecision(18), `${value}`])
  }
  if (value === 'A' && random() < 0.5) return '"\\u0041"'
  return JSON.stringify(value)
}

export function randomJson(random: () => number, depth: number): unknown {
  const kind = random()
  if (depth > 0 && kind < 0.15)
    return Array.from({ length: Math.floor(random() * 5) }, () => randomJson(random, depth - 1))
  if (depth > 0 && kind < 0.3) return Array.from({ length: Math.floor(random() * 5) }, () => randomNumber(random))
  if (depth > 0 && kind < 0.5) return randomObject(random, depth - 1)
  return pick(random, [null, true, false, randomNumber(random), 'A', randomText(random, 8), -0, 1e21])
}

export function randomObject(random: () => number, depth: number): unknown {
  const names = ['a', 'b', 'long name', '__proto__', 'constructor', '0', 'é"']
  const entries = names.filter(() => random() < 0.5).map((n) => [n, randomJson(random, depth)])
  return JSON.parse(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`)
}

/** Decimal text of many lengths and exponents. */
export function numberText(random: () => number): string {
  const digits = (max: number) =>
    Array.from({ length: 1 + Math.floor(random() * max) }, () => Math.floor(random() * 10)).join('')
  const kind = random()
  if (kind < 0.4) return String(randomNumber(random) * 10 ** Math.floor(random() * 12 - 6))
  const whole = random() < 0.5 ? '0' : digits(kind < 0.7 ? 4 : 22).replace(/^0+(?=\d)/, '')
  const fraction = random() < 0.8 ? `.${digits(kind < 0.7 ? 17 : 26)}` : ''
  const exponent =
    random() < 0.3 ? `e${pick(random, ['', '-', '+'])}${Math.floor(random() * (kind < 0.7 ? 30 : 330))}` : ''
  return `${random() < 0.3 ? '-' : ''}${whole}${fraction}${exponent}`
}

export function damage(random: () => number, text: string): string {
  const at = Math.floor(random() * text.length)
  const insert = pick(random, ['', '"', '}', ',', '1', '\\', '.', 'e', '-', '{', '[', ' ', '0'])
  // A cut surrogate pair has no UTF-8.
  return (text.slice(0, at) + insert + text.slice(at + Math.floor(random() * 3))).toWellFormed()
}

/** Undefined fields gone and keys sorted, for comparison. */
export function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => [k, sorted(v)])
}
