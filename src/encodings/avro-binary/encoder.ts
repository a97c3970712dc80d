import type { BytesWriter } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type Check, compileCheck, describeValue, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { Encoder } from '../encoding.ts'
import { compileWrite, tooDeep, type Write } from './compile-write.ts'
import { maxDepth } from './wire-reader.ts'
import { noFit, WireWriter } from './wire-writer.ts'

/** Encodes values of one schema. Fields that the schema does not name are left out; absent ones are their default or null. */
export class AvroEncoder implements Encoder {
  readonly #wire = new WireWriter()
  readonly #write: Write
  readonly #check: Check
  readonly #streamCheck: Check | null
  readonly #header: Uint8Array

  /** Values are checked against `streamSchema` first, where it is another one; `header` comes before every value. */
  constructor(schema: Schema, streamSchema: Schema | null = null, header: Uint8Array = new Uint8Array(0)) {
    this.#write = compileWrite(schema, this.#wire)
    this.#check = compileCheck(schema)
    this.#streamCheck = streamSchema === null || streamSchema === schema ? null : compileCheck(streamSchema)
    this.#header = header
  }

  encode(value: Value, writer: BytesWriter): void {
    const fault = this.#streamCheck === null ? null : this.#streamCheck(value)
    if (fault !== null) throw mismatch(fault)
    const wire = this.#wire
    let at = wire.begin(writer)
    try {
      if (this.#header.length > 0) at = wire.raw(at, this.#header)
      at = this.#write(value, at)
    } catch (thrown) {
      throw this.#errorOf(thrown, value)
    }
    writer.commit(at)
  }

  /** The writer only tells that a value does not fit: where is found out here. */
  #errorOf(thrown: unknown, value: Value): unknown {
    if (thrown === tooDeep) return new MillraceError('ENCODING_TOO_DEEP', { limit: maxDepth, where: 'the record' })
    if (thrown !== noFit) return thrown
    const fault = this.#check(value)
    if (fault !== null) return mismatch(fault)
    const place = illFormedText(value, '')
    return new MillraceError('ENCODING_VALUE_WRONG', {
      where: place?.path ? `field "${place.path}"` : 'record',
      encoding: 'avro-binary',
      expected: 'text without lone surrogates',
      actual: describeValue(place === null ? value : place.text),
    })
  }
}

/** Where a text, or the key of a map, is not well-formed Unicode. */
function illFormedText(value: unknown, path: string): { readonly path: string; readonly text: string } | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : { path, text: value }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return null
  for (const [key, part] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`
    const found = key.isWellFormed() ? illFormedText(part, path + step) : { path: path + step, text: key }
    if (found !== null) return found
  }
  return null
}
