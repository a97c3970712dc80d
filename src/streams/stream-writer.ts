import type { Registry } from '../config/registry.ts'
import { type BytesColumn, BytesWriter, columnOf } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import type { FrameBatch } from '../core/frames.ts'
import type { Guarantee } from '../core/guarantee.ts'
import type { Transaction } from '../core/transaction.ts'
import type { Encoder, Verbatim } from '../encodings/encoding.ts'
import type { Envelope } from '../envelopes/envelope.ts'
import type { RecordValue, Value } from '../schema/value.ts'
import type { ChunkWriter } from '../transports/transport.ts'
import type { StreamDescriptor } from './descriptor.ts'
import { bytesIn } from './gather.ts'
import {
  directedGuarantee,
  encodingContext,
  encodingOf,
  encodingOptions,
  type StreamContext,
  transportContext,
  transportOf,
  transportOptions,
} from './stream-context.ts'

/** Frames of encoded values. */
export interface EncodedBatch {
  /** One entry per value that could be encoded, in order. */
  readonly values: BytesColumn
  /** Indexes of the values that have an entry, or null when all have. */
  readonly indexes: readonly number[] | null
  /** Errors by index of the value, or null when there are none. */
  readonly errors: ReadonlyMap<number, MillraceError> | null
}

/** Input records whose fields come before those of the values that answer them, by index. */
export interface Echo {
  readonly records: readonly (Value | undefined)[]
  /** What the records were decoded from, and which of them may be taken over as they are. */
  readonly frames: BytesColumn
  readonly verbatim: Verbatim | null
}

/** The writing end of one partition of a stream. One task uses it; calls do not overlap. */
export interface StreamWriter {
  readonly name: string
  readonly partition: number
  /** Domain of transactions that `write` can take part in, or null. */
  readonly domain: string | null
  readonly guarantee: Guarantee
  /** True when keys, headers and times are kept; elsewhere they are dropped. */
  readonly carriesHeaders: boolean
  /** True when values are objects, so that a stamp can be a field. */
  readonly hasFields: boolean
  /** Most bytes that a record's key, value and encoded headers may have together, or null. A larger one has `write` reject. */
  readonly maxRecordBytes: number | null
  /**
   * Checks and encodes; a value's fault does not touch the others. Undefined values are passed over. With `echo` a value gets the
   * fields of its record, if that has any; where both have a field the value's counts.
   */
  encode(values: readonly (Value | undefined)[], echo?: Echo | null): EncodedBatch
  /**
   * Takes frames; resolves when there is room for more. They are durable when the transaction commits, or after `flush` when it
   * is null. The bytes are not changed afterwards by the caller.
   */
  write(batch: FrameBatch, transaction: Transaction | null): Promise<void> | void
  flush(): Promise<void>
  /** Flushes and releases; gives up after the descriptor's `lingerMs` with STREAM_LINGER_EXPIRED. Idempotent. */
  close(): Promise<void>
}

/** Opens one partition (`context.partition`) of a stream for writing. */
export async function openStreamWriter(
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext,
): Promise<StreamWriter> {
  const transport = transportOf(descriptor, registry, context.place)
  const encoding = encodingOf(descriptor, registry, context.place)
  const encoder = encoding.openEncoder(encodingOptions(descriptor, context), encodingContext(descriptor, context))
  await encoder.prepare?.()
  const writer = await transport.openWriter(
    transportOptions(descriptor, context),
    transportContext(descriptor, context),
  )
  const wrap = writer.accepts === 'chunks' ? wrapper(descriptor, registry, context) : null
  if (writer.accepts === 'chunks' && wrap) await endCutRecord(writer, wrap)
  const encoded = new BytesWriter(256, 128)
  return {
    name: descriptor.name,
    partition: context.partition,
    domain: writer.domain,
    guarantee: directedGuarantee(transport, 'out'),
    carriesHeaders: transport.traits(descriptor.transport).carriesHeaders,
    hasFields: encoding.hasFields,
    maxRecordBytes: writer.accepts === 'frames' ? (writer.maxRecordBytes ?? null) : null,
    encode: (values, echo = null) => {
      const append = appender(encoder, encoding.name, echo, encoded)
      let errors: Map<number, MillraceError> | null = null
      for (let i = 0; i < values.length; i++) {
        const value = values[i]
        try {
          if (value !== undefined) append(value, i)
        } catch (thrown) {
          errors ??= new Map()
          errors.set(i, MillraceError.from(thrown, `encoding "${encoding.name}"`))
        }
      }
      const column = encoded.finish()
      return { values: column, indexes: column.length === values.length ? null : encodedOnes(values, errors), errors }
    },
    write: (batch, transaction) => {
      if (batch.length === 0) return
      if (writer.accepts === 'frames') {
        const written = writer.write(batch, transaction)
        if (writer.isCopying) encoded.takeBack(batch.values)
        return written
      }
      return writer.write((wrap as (frames: BytesColumn) => Uint8Array)(batch.values))
    },
    flush: () => writer.flush(),
    close: () => closeWithin(writer, descriptor.lingerMs, context),
  }
}

/** What appends the value with this index, with the fields of its record. */
function appender(
  encoder: Encoder,
  encoding: string,
  echo: Echo | null,
  writer: BytesWriter,
): (value: Value, index: number) => void {
  if (echo === null) return (value) => encoder.encode(value, writer)
  const { records, frames, verbatim } = echo
  const takesOver = encoder.extend !== undefined && verbatim?.encoding === encoding
  const except = verbatim?.except ?? null
  return (value, index) => {
    const record = records[index]
    if (!isRecord(record)) encoder.encode(value, writer)
    else if (
      !takesOver ||
      except?.has(index) ||
      !encoder.extend?.(frames, index, record, value as RecordValue, writer)
    ) {
      encoder.encode({ ...record, ...(value as RecordValue) }, writer)
    }
  }
}

function isRecord(value: Value | undefined): value is RecordValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** Frames to the bytes of a byte transport. */
function wrapper(
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext,
): (frames: BytesColumn) => Uint8Array {
  const { envelope: options } = descriptor
  if (options === null) return unframed
  const envelope = registry.get<Envelope>('envelope', options.type, `${context.place}.envelope`)
  const writer = new BytesWriter(256, 128)
  return (frames) => {
    envelope.wrap(options, frames, writer)
    return writer.finish().bytes
  }
}

/**
 * Where a crash has cut the last record of a file, ends it, so that the next one is whole. The cut record was not committed
 * and is written again. Only envelopes that end records with the same bytes can be mended like this.
 */
async function endCutRecord(writer: ChunkWriter, wrap: (frames: BytesColumn) => Uint8Array): Promise<void> {
  const probe = Buffer.from('x')
  const wrapped = Buffer.from(wrap(columnOf([probe])))
  const terminator = wrapped.subarray(probe.length)
  if (!writer.tail || terminator.length === 0 || !wrapped.subarray(0, probe.length).equals(probe)) return
  const tail = await writer.tail(terminator.length)
  if (tail.length > 0 && !terminator.equals(tail)) await writer.write(terminator)
}

/** Frames back to back: what no envelope means. */
function unframed(frames: BytesColumn): Uint8Array {
  const bytes = Buffer.allocUnsafe(bytesIn(frames))
  let at = 0
  for (let i = 0; i < frames.length; i++) {
    const start = frames.starts[i] as number
    const end = frames.ends[i] as number
    if (end <= start) continue
    bytes.set(frames.bytes.subarray(start, end), at)
    at += end - start
  }
  return bytes
}

function encodedOnes(values: readonly unknown[], errors: ReadonlyMap<number, unknown> | null): readonly number[] {
  return values.flatMap((value, i) => (value === undefined || errors?.has(i) ? [] : [i]))
}

async function closeWithin(
  writer: Pick<ChunkWriter, 'close'>,
  lingerMs: number,
  { clock, place }: StreamContext,
): Promise<void> {
  const timer = new AbortController()
  const closing = writer.close().then(() => 'closed' as const)
  try {
    const first = await Promise.race([closing, clock.sleep(lingerMs, timer.signal).then(() => 'late' as const)])
    if (first === 'late') {
      closing.catch(() => {}) // the caller learns of the delay, which came first
      throw new MillraceError('STREAM_LINGER_EXPIRED', { place, lingerMs })
    }
  } finally {
    timer.abort()
  }
}
