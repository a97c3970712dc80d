import type { Component } from '../config/component.ts'
import type { OptionTable, OptionValues } from '../config/option.ts'
import type { BytesColumn, BytesWriter } from '../core/bytes.ts'
import type { Clock } from '../core/clock.ts'
import type { MillraceError } from '../core/errors.ts'
import type { Schema } from '../schema/schema.ts'
import type { RecordValue, Value } from '../schema/value.ts'

/** Values of one batch; `values[i]` is undefined exactly where `errors` has an entry for it. */
export interface DecodedBatch {
  readonly values: readonly (Value | undefined)[]
  /** Per-frame errors by index, or null when all frames were decoded. */
  readonly errors: ReadonlyMap<number, MillraceError> | null
  /** Which frames say the same as their values; absent when the encoding never extends frames. */
  readonly verbatim?: Verbatim
}

/**
 * Frames that an encoder of the same encoding may take over as they are (`Encoder.extend`).
 *
 * Whether a frame is verbatim depends on its bytes and the schema alone, never on other frames, so that a replay gives the same bytes.
 */
export interface Verbatim {
  /** Name of the encoding. */
  readonly encoding: string
  /** Indexes of frames whose value differs from what they say (a default was filled in, a field is there twice), or null. */
  readonly except: ReadonlySet<number> | null
}

/**
 * Frames to values. Made once per stream; `decode` is synchronous, keeps no reference to the frames, and never throws for
 * a frame's fault. Values satisfy the schema that the decoder was opened with.
 */
export interface Decoder {
  /**
   * Fetches what `decode` needs to know of these frames and does not know yet (schemas of a registry). Null when nothing is missing, which
   * costs next to nothing; rejects with an error of scope `stream` when it cannot be had now, and may then be called again.
   * Frames that were never prepared decode to errors.
   */
  prepare?(frames: BytesColumn): Promise<void> | null
  decode(frames: BytesColumn): DecodedBatch
}

/** Values to frames. `encode` appends one entry to the writer, or throws a MillraceError of scope `record` and appends nothing. */
export interface Encoder {
  /** Fetches what `encode` needs to know (the id of a schema); called and awaited once before the first value. Idempotent. */
  prepare?(): Promise<void>
  encode(value: Value, writer: BytesWriter): void
  /**
   * Appends a verbatim frame of this encoding with the fields of `added` behind its own, instead of encoding them all; `record` is the
   * frame's value, an object. False, and nothing appended, when the two have a field in common. Throws as `encode` does.
   */
  extend?(frames: BytesColumn, index: number, record: RecordValue, added: RecordValue, writer: BytesWriter): boolean
}

/** What an encoding is opened with besides its options. */
export interface EncodingContext {
  /** Type that values must have, or null for untyped streams. */
  readonly schema: Schema | null
  /** Folder that relative paths (a `.proto` file) start from. */
  readonly baseFolder: string
  /** Where the options stand, for messages: `engine.yaml: slots.0.encoding`. */
  readonly place: string
  /** Topic or name of the stream, which names its schemas in a registry. */
  readonly topic?: string
  readonly clock?: Clock
  /** Takes sentences about what is read otherwise than one might think. */
  readonly warn?: (warning: string) => void
}

/** A record representation: frame bytes to value and back. */
export interface Encoding<T extends OptionTable = OptionTable> extends Component<'encoding', T> {
  /** True when a value's bytes tell where they end, so that no envelope is needed. */
  readonly isSelfDelimiting: boolean
  /** True when values are objects with named fields, so that a stamp can be a field of the record. */
  readonly hasFields: boolean
  /** What the stream's schema must be, if it has one: `any`, or one Avro type. */
  readonly schemaRule: 'any' | 'bytes' | 'string' | 'record'
  openDecoder(options: OptionValues<T>, context: EncodingContext): Decoder
  openEncoder(options: OptionValues<T>, context: EncodingContext): Encoder
}
