/** The smallest encodings and envelopes that behave like the real ones, so that the streams room is tested by itself. */
import { text } from '../../src/config/option.ts'
import { Registry } from '../../src/config/registry.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { Encoding } from '../../src/encodings/encoding.ts'
import type { Cutter, Envelope } from '../../src/envelopes/envelope.ts'
import { compileCheck, mismatch } from '../../src/schema/check.ts'
import type { Value } from '../../src/schema/value.ts'
import { discardTransport } from '../../src/transports/discard/discard.ts'
import { fileTransport } from '../../src/transports/file/file.ts'
import { inlineTransport } from '../../src/transports/inline/inline.ts'
import { restTransport } from '../../src/transports/rest/rest.ts'
import { stdioTransport } from '../../src/transports/stdio/stdio.ts'

function encoding(
  name: string,
  schemaRule: Encoding['schemaRule'],
  toValue: (bytes: Uint8Array) => Value,
  toBytes: (value: Value) => Uint8Array,
): Encoding {
  return {
    kind: 'encoding',
    name,
    summary: `stand-in for ${name}`,
    stability: 'stable',
    since: '0.1.0',
    options: {},
    isSelfDelimiting: false,
    hasFields: name === 'json',
    schemaRule,
    openDecoder: (_options, { schema }) => ({
      decode: (frames) => {
        const check = schema && compileCheck(schema)
        const values: (Value | undefined)[] = []
        const errors = new Map<number, MillraceError>()
        for (let i = 0; i < frames.length; i++) {
          try {
            const value = toValue(bytesAt(frames, i) ?? Buffer.alloc(0))
            const fault = check?.(value)
            if (fault) throw mismatch(fault)
            values.push(value)
          } catch (thrown) {
            values.push(undefined)
            const error = thrown instanceof MillraceError ? thrown : new MillraceError('ENCODING_NULL_RECORD', {})
            errors.set(i, error)
          }
        }
        return { values, errors: errors.size > 0 ? errors : null }
      },
    }),
    openEncoder: (_options, { schema }) => ({
      encode: (value, writer) => {
        const fault = schema && compileCheck(schema)(value)
        if (fault) throw mismatch(fault)
        writer.append(toBytes(value))
      },
    }),
  }
}

/** Cuts at a separator, or after lengths of four bytes; copies, because it need not be fast. */
class SimpleCutter implements Cutter {
  #rest: Buffer = Buffer.alloc(0)
  #position: number
  readonly #cut: (rest: Buffer) => readonly [start: number, end: number, next: number] | null

  constructor(position: number, cut: (rest: Buffer) => readonly [number, number, number] | null) {
    this.#position = position
    this.#cut = cut
  }

  push(chunk: Uint8Array) {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const values: Buffer[] = []
    const positions: number[] = []
    for (let found = this.#cut(this.#rest); found; found = this.#cut(this.#rest)) {
      values.push(this.#rest.subarray(found[0], found[1]))
      positions.push(this.#position)
      this.#position += found[2]
      this.#rest = this.#rest.subarray(found[2])
    }
    return { values: columnOf(values), positions: Float64Array.from(positions), end: this.#position }
  }

  finish() {
    const rest = this.#rest
    const start = this.#position
    this.#rest = Buffer.alloc(0)
    this.#position += rest.length
    const values = rest.length > 0 ? [rest] : []
    return { values: columnOf(values), positions: Float64Array.from(values, () => start), end: this.#position }
  }
}

const delimitedOptions = { separator: text({ summary: 'bytes after each record', default: '\n' }) }

const delimited: Envelope<typeof delimitedOptions> = {
  kind: 'envelope',
  name: 'delimited',
  summary: 'stand-in for delimited',
  stability: 'stable',
  since: '0.1.0',
  options: delimitedOptions,
  openCutter: ({ separator }, position) =>
    new SimpleCutter(position, (rest) => {
      const at = rest.indexOf(separator)
      return at < 0 ? null : [0, at, at + Buffer.byteLength(separator)]
    }),
  wrap: ({ separator }, frames, writer) => {
    for (let i = 0; i < frames.length; i++) {
      writer.append(Buffer.concat([bytesAt(frames, i) ?? Buffer.alloc(0), Buffer.from(separator)]))
    }
  },
}

const lengthPrefixed: Envelope<Record<never, never>> = {
  kind: 'envelope',
  name: 'length-prefixed',
  summary: 'stand-in for length-prefixed',
  stability: 'stable',
  since: '0.1.0',
  options: {},
  openCutter: (_options, position) =>
    new SimpleCutter(position, (rest) => {
      const length = rest.length < 4 ? 0 : rest.readUInt32BE(0)
      return rest.length < 4 || rest.length < 4 + length ? null : [4, 4 + length, 4 + length]
    }),
  wrap: (_options, frames, writer) => {
    for (let i = 0; i < frames.length; i++) {
      const bytes = bytesAt(frames, i) ?? Buffer.alloc(0)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      writer.append(Buffer.concat([length, bytes]))
    }
  },
}

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString()

/** Components for tests of the streams room: our transports except the log, and stand-ins. */
export const standInComponents = [
  fileTransport,
  inlineTransport,
  restTransport,
  stdioTransport,
  discardTransport,
  delimited,
  lengthPrefixed,
  encoding(
    'json',
    'any',
    (bytes) => JSON.parse(toText(bytes)),
    (value) => Buffer.from(JSON.stringify(value)),
  ),
  encoding('utf-8', 'string', toText, (value) => Buffer.from(String(value))),
  encoding(
    'raw',
    'bytes',
    (bytes) => new Uint8Array(bytes),
    (value) => value as Uint8Array,
  ),
  encoding(
    'protobuf',
    'any',
    (bytes) => new Uint8Array(bytes),
    (value) => value as Uint8Array,
  ),
  encoding(
    'avro-binary',
    'any',
    (bytes) => new Uint8Array(bytes),
    (value) => value as Uint8Array,
  ),
] as const

/** A registry over them. */
export function standInRegistry(): Registry {
  return new Registry(standInComponents)
}
