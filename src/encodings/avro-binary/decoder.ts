import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf, type TextBuffer } from '../../core/utf8.ts'
import { FrameFault } from '../../core/varint64.ts'
import { describeSchema, type Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder } from '../encoding.ts'
import { compileRead, type Read } from './compile-read.ts'
import { faultPlace } from './fault-place.ts'
import { faultText, planRead } from './read-plan.ts'
import { DepthFault, maxDepth } from './wire-reader.ts'

/** Reads values of one writer's schema as values of the reader's. */
class AvroReading {
  readonly #written: Schema
  readonly #read: Read

  /** Throws ENCODING_AVRO_UNRESOLVABLE when no value of `written` is one of `read`. */
  constructor(written: Schema, read: Schema) {
    const plan = planRead(written, read)
    if (plan.kind === 'fault') {
      throw new MillraceError('ENCODING_AVRO_UNRESOLVABLE', {
        written: describeSchema(written),
        reason: faultText(plan),
      })
    }
    this.#written = written
    this.#read = compileRead(plan)
  }

  /** Starts a batch of `records` frames, or with 0 ends the last. */
  begin(records: number): void {
    this.#read.begin(records)
  }

  /** The value of `[start, end)`; throws the record's error. */
  value(bytes: TextBuffer, view: DataView, start: number, end: number): Value {
    try {
      return this.#read.value(bytes, view, start, end)
    } catch (thrown) {
      if (!(thrown instanceof FrameFault)) throw thrown
      const where = faultPlace(this.#written, bytes, start, end, thrown.at)
      if (thrown instanceof DepthFault) throw new MillraceError('ENCODING_TOO_DEEP', { limit: maxDepth, where })
      const parameters = {
        type: describeSchema(this.#written),
        reason: thrown.message,
        position: thrown.at - start,
        where,
      }
      throw new MillraceError('ENCODING_AVRO_SYNTAX', parameters)
    }
  }
}

/** Decodes frames that are values of one schema, with nothing before or behind them. */
export class AvroDecoder implements Decoder {
  readonly #reading: AvroReading

  constructor(written: Schema, read: Schema) {
    this.#reading = new AvroReading(written, read)
  }

  decode(frames: BytesColumn): DecodedBatch {
    const bytes = bufferOf(frames.bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const values: (Value | undefined)[] = new Array(frames.length)
    let errors: Map<number, MillraceError> | null = null
    this.#reading.begin(frames.length)
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      const end = frames.ends[i] as number
      try {
        if (end === NO_VALUE) throw new MillraceError('ENCODING_NULL_RECORD', {})
        values[i] = this.#reading.value(bytes, view, start, end)
      } catch (thrown) {
        values[i] = undefined
        errors ??= new Map()
        errors.set(i, MillraceError.from(thrown, 'the avro-binary decoder'))
      }
    }
    this.#reading.begin(0)
    return { values, errors }
  }
}
