import { isUtf8 } from 'node:buffer'
import { type BytesColumn, BytesWriter, bytesAt, columnOf } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import { decodeHeaders, encodeHeaders, headersWithout } from '../core/headers.ts'
import { formatPosition } from './position-text.ts'

/** Where dead letters come from. */
export interface DeadLetterOrigin {
  readonly stream: string
  readonly partition: number
  /** The version that did not score record `index` of the batch, as `name@version`, or null when it came to none. */
  modelOf(index: number): string | null
}

/** What the stream of the dead letters takes. */
export interface DeadLetterStream {
  readonly carriesHeaders: boolean
  /** Most bytes of a record with its key and headers, or null. */
  readonly maxRecordBytes: number | null
}

/** A dead letter, read back. */
export interface DeadLetter {
  readonly code: string
  readonly reason: string
  /** Text form of the record's place: `orders/3@1042`. */
  readonly position: string
  readonly model: string | null
  /** When it was given up, in ms since the epoch. */
  readonly timestampMs: number
  /** The record's own time in ms since the epoch, or null when it had none. */
  readonly recordTimestampMs: number | null
  /** Bytes of the record with its key and headers where the letter holds only a part of them, else null. */
  readonly wholeBytes: number | null
  readonly key: Uint8Array | null
  /** The record as it came in, or null when it had no value. */
  readonly bytes: Uint8Array | null
  /** Headers of the record as it came in. */
  readonly headers: ReadonlyMap<string, Uint8Array>
  /** The same as they are encoded, of one name as many as there were; null when it had none. */
  readonly headerBytes: Uint8Array | null
}

/** Header names of dead letters; on a record given up twice the last ones count. */
export const deadLetterHeaders = {
  code: 'millrace-code',
  reason: 'millrace-reason',
  position: 'millrace-position',
  model: 'millrace-model',
  timestampMs: 'millrace-timestamp-ms',
  recordTimestampMs: 'millrace-record-timestamp-ms',
  wholeBytes: 'millrace-whole-bytes',
} as const

/** Characters of the reason in a letter that has to be short. */
const SHORT_REASON = 1_000

/**
 * The dead letters of the batch's records that have an error, in order.
 *
 * Where the dead-letter stream carries headers, the value is the original bytes, the key is kept, and the facts are headers. A letter of
 * more than `maxRecordBytes` is shortened: it has as much of the value's beginning as there is room for, and neither key nor headers of
 * the record where those alone take half of it; `wholeBytes` says how large the record was.
 * Elsewhere (files) a letter is one JSON object: `{"code":"…","reason":"…","position":"orders/3@1042","model":"iris@2",
 * "timestampMs":1.7e12,"recordTimestampMs":1.6e12,"text":"…"}`, with `base64` in place of `text` for bytes that are not UTF-8, `null` as `text` for no
 * value, and `key` and `headers` in base64 where there are any.
 */
export function deadLetters(
  batch: FrameBatch,
  errors: ReadonlyMap<number, MillraceError>,
  origin: DeadLetterOrigin,
  timestampMs: number,
  { carriesHeaders, maxRecordBytes }: DeadLetterStream,
): FrameBatch {
  const indexes = [...errors.keys()].sort((a, b) => a - b)
  const facts = indexes.map((index) => factsOf(batch, index, errors.get(index) as MillraceError, origin, timestampMs))
  const letters = carriesHeaders
    ? indexes.map((index, i) => letterOf(batch, index, facts[i] as Facts, maxRecordBytes))
    : null
  return {
    length: indexes.length,
    values: letters ? columnOf(letters.map(({ value }) => value)) : jsonLines(batch, indexes, facts),
    keys: letters && batch.keys ? columnOf(letters.map(({ key }) => key)) : null,
    headers: letters && columnOf(letters.map(({ headers }) => headers)),
    timestampsMs: new Float64Array(indexes.length).fill(timestampMs),
    positions: Float64Array.from(indexes, (index) => batch.positions[index] as number),
    end: batch.end,
  }
}

/** Reads a dead letter in either form. */
export function readDeadLetter(
  value: Uint8Array | null,
  headers: Uint8Array | null = null,
  key: Uint8Array | null = null,
): DeadLetter {
  const all = decodeHeaders(headers)
  const fact = (name: keyof typeof deadLetterHeaders) => all.get(deadLetterHeaders[name])?.toString() ?? null
  const code = fact('code')
  if (code === null) return readJson(value)
  const original = headersWithout(headers as Uint8Array, ownHeaders)
  return {
    code,
    reason: fact('reason') ?? '',
    position: fact('position') ?? '',
    model: fact('model'),
    timestampMs: Number(fact('timestampMs') ?? Number.NaN),
    recordTimestampMs: finiteOrNull(Number(fact('recordTimestampMs') ?? Number.NaN)),
    wholeBytes: finiteOrNull(Number(fact('wholeBytes') ?? Number.NaN)),
    key,
    bytes: value,
    headers: decodeHeaders(original),
    headerBytes: original.length > 0 ? original : null,
  }
}

const ownHeaders: ReadonlySet<string> = new Set(Object.values(deadLetterHeaders))

type Facts = Pick<DeadLetter, 'code' | 'reason' | 'position' | 'model' | 'timestampMs' | 'recordTimestampMs'>

function factsOf(
  batch: FrameBatch,
  index: number,
  error: MillraceError,
  origin: DeadLetterOrigin,
  timestampMs: number,
): Facts {
  const position = formatPosition(origin.stream, origin.partition, batch.positions[index] as number)
  const recordTimestampMs = batch.timestampsMs ? finiteOrNull(batch.timestampsMs[index] as number) : null
  return {
    code: error.code,
    reason: error.message,
    position,
    model: origin.modelOf(index),
    timestampMs,
    recordTimestampMs,
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** One letter in the form with headers. */
interface Letter {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Uint8Array
}

function letterOf(batch: FrameBatch, index: number, facts: Facts, maxBytes: number | null): Letter {
  const value = bytesAt(batch.values, index)
  const key = batch.keys && bytesAt(batch.keys, index)
  const before = batch.headers && bytesAt(batch.headers, index)
  const headers = joined(before, factHeaders(facts, null))
  const recordBytes = lengthOf(value) + lengthOf(key)
  if (maxBytes === null || recordBytes + headers.length <= maxBytes) return { key, value, headers }
  const own = factHeaders({ ...facts, reason: facts.reason.slice(0, SHORT_REASON) }, recordBytes + lengthOf(before))
  const keepsRest = lengthOf(key) + lengthOf(before) + own.length <= maxBytes / 2
  const kept = { key: keepsRest ? key : null, headers: keepsRest ? joined(before, own) : own }
  const room = Math.max(0, maxBytes - lengthOf(kept.key) - kept.headers.length)
  return { ...kept, value: value?.subarray(0, room) ?? null }
}

function factHeaders(facts: Facts, wholeBytes: number | null): Buffer {
  const { code, reason, position, model, timestampMs, recordTimestampMs } = facts
  const optional = (name: string, value: string | number | null) =>
    value === null ? [] : [[name, String(value)] as const]
  return encodeHeaders([
    [deadLetterHeaders.code, code],
    [deadLetterHeaders.reason, reason],
    [deadLetterHeaders.position, position],
    [deadLetterHeaders.timestampMs, String(timestampMs)],
    ...optional(deadLetterHeaders.recordTimestampMs, recordTimestampMs),
    ...optional(deadLetterHeaders.model, model),
    ...optional(deadLetterHeaders.wholeBytes, wholeBytes),
  ])
}

function joined(before: Uint8Array | null, own: Buffer): Buffer {
  return before ? Buffer.concat([before, own]) : own
}

function lengthOf(bytes: Uint8Array | null): number {
  return bytes?.length ?? 0
}

function jsonLines(batch: FrameBatch, indexes: readonly number[], facts: readonly Facts[]): BytesColumn {
  const writer = new BytesWriter(indexes.length, 256)
  for (const [i, index] of indexes.entries()) {
    const bytes = bytesAt(batch.values, index)
    const key = batch.keys && bytesAt(batch.keys, index)
    const headers = batch.headers && bytesAt(batch.headers, index)
    const content =
      bytes === null ? { text: null } : isUtf8(bytes) ? { text: textOf(bytes) } : { base64: base64Of(bytes) }
    const extras = { ...(key ? { key: base64Of(key) } : {}), ...(headers ? { headers: base64Of(headers) } : {}) }
    writer.appendText(JSON.stringify({ ...facts[i], ...content, ...extras }))
  }
  return writer.finish()
}

function readJson(value: Uint8Array | null): DeadLetter {
  const letter = parse(value)
  const text = (name: string): string => {
    const member = letter[name]
    if (typeof member === 'string') return member
    throw new MillraceError('STREAM_DEAD_LETTER_WRONG', { reason: `member "${name}" is not text` })
  }
  const fromBase64 = (name: string) => (letter[name] === undefined ? null : Buffer.from(text(name), 'base64'))
  return {
    code: text('code'),
    reason: text('reason'),
    position: text('position'),
    model: letter['model'] === null || letter['model'] === undefined ? null : text('model'),
    timestampMs: typeof letter['timestampMs'] === 'number' ? letter['timestampMs'] : Number.NaN,
    recordTimestampMs: typeof letter['recordTimestampMs'] === 'number' ? letter['recordTimestampMs'] : null,
    wholeBytes: null,
    key: fromBase64('key'),
    bytes: fromBase64('base64') ?? (typeof letter['text'] === 'string' ? Buffer.from(letter['text']) : null),
    headers: decodeHeaders(fromBase64('headers')),
    headerBytes: fromBase64('headers'),
  }
}

function parse(value: Uint8Array | null): Readonly<Record<string, unknown>> {
  try {
    const letter: unknown = value === null ? null : JSON.parse(textOf(value))
    if (typeof letter === 'object' && letter !== null && !Array.isArray(letter))
      return letter as Record<string, unknown>
  } catch (thrown) {
    throw new MillraceError('STREAM_DEAD_LETTER_WRONG', { reason: 'it has no such header and is not JSON' }, thrown)
  }
  throw new MillraceError('STREAM_DEAD_LETTER_WRONG', { reason: 'it has no such header and is not a JSON object' })
}

/** The text of UTF-8 bytes, a byte order mark included. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
