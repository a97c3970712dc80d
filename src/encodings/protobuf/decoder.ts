import { type BytesColumn, NO_VALUE } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { bufferOf, type TextBuffer } from '../../core/utf8.ts'
import { FrameFault } from '../../core/varint64.ts'
import { type Check, compileCheck, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { DecodedBatch, Decoder } from '../encoding.ts'
import { compileRead, type Read } from './compile-read.ts'
import type { MessagePlan } from './message-plan.ts'

/** Decodes messages to plain objects with the field names of the `.proto`. */
export class ProtobufDecoder implements Decoder {
  readonly #plan: MessagePlan
  readonly #read: Read
  readonly #check: Check | null

  constructor(plan: MessagePlan, schema: Schema | null) {
    this.#plan = plan
    this.#read = compileRead(plan)
    this.#check = schema && compileCheck(schema)
  }

  decode(frames: BytesColumn): DecodedBatch {
    const bytes = bufferOf(frames.bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const values: (Value | undefined)[] = new Array(frames.length)
    let errors: Map<number, MillraceError> | null = null
    for (let i = 0; i < frames.length; i++) {
      const start = frames.starts[i] as number
      try {
        values[i] = this.#decode(bytes, view, start, frames.ends[i] as number)
      } catch (thrown) {
        values[i] = undefined
        errors ??= new Map()
        errors.set(i, this.#errorOf(thrown, start))
      }
    }
    return { values, errors }
  }

  #decode(bytes: TextBuffer, view: DataView, start: number, end: number): Value {
    if (end === NO_VALUE) throw new MillraceError('ENCODING_NULL_RECORD', {})
    const value = this.#read(bytes, view, start, end)
    const fault = this.#check === null ? null : this.#check(value)
    if (fault !== null) throw mismatch(fault)
    return value
  }

  #errorOf(thrown: unknown, start: number): MillraceError {
    if (!(thrown instanceof FrameFault)) return MillraceError.from(thrown, 'the protobuf decoder')
    const parameters = { message: this.#plan.name, reason: thrown.message, position: thrown.at - start }
    return new MillraceError('ENCODING_PROTOBUF_SYNTAX', parameters)
  }
}
