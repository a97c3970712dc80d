import type { BytesWriter } from '../../core/bytes.ts'
import type { CsvForm } from '../../core/csv-scan.ts'
import { CsvText } from '../../core/csv-text.ts'
import { MillraceError } from '../../core/errors.ts'
import { type Check, compileCheck, describeValue, mismatch } from '../../schema/check.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Value } from '../../schema/value.ts'
import type { Encoder } from '../encoding.ts'
import type { CsvField } from './fields.ts'

/** Writes the columns of a record as a row; other fields are left out, absent ones are empty. */
export class CsvEncoder implements Encoder {
  readonly #names: readonly string[]
  readonly #form: CsvForm
  readonly #text: CsvText
  readonly #missing: ReadonlySet<unknown>
  readonly #check: Check | null

  constructor(fields: readonly CsvField[], form: CsvForm, missing: readonly string[], schema: Schema | null) {
    this.#missing = new Set(missing)
    this.#names = fields.map((field) => field.name)
    this.#form = form
    this.#text = new CsvText(form)
    this.#check = schema && compileCheck(schema)
  }

  encode(value: Value, writer: BytesWriter): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw this.#unfit('record', 'an object', value)
    }
    const wrong = this.#check === null ? null : this.#check(value)
    if (wrong !== null) throw mismatch(wrong)
    const text = this.#text
    text.size = 0
    const names = this.#names
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      const cell: unknown = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : null
      this.#checkCell(name, cell)
      if (i > 0) text.delimiter()
      // A row of one empty cell would be a blank line, which is passed over.
      if (this.#missing.has(cell) && this.#form.quote !== '') text.quoted(cell as string)
      else text.cell(names.length === 1 && (cell ?? null) === null ? '' : cell)
    }
    const at = writer.reserve(text.size)
    writer.bytes.set(text.bytes.subarray(0, text.size), at)
    writer.commit(at + text.size)
  }

  #checkCell(name: string, cell: unknown): void {
    const where = `field "${name}"`
    switch (typeof cell) {
      case 'number':
        if (!Number.isFinite(cell))
          throw new MillraceError('ENCODING_NUMBER_NOT_FINITE', { where, value: cell, encoding: 'csv' })
        return
      case 'string': {
        if (!cell.isWellFormed()) throw this.#unfit(where, 'text', cell, 'text with a lone surrogate: ')
        const { quote, delimiter } = this.#form
        if (quote !== '' || !(cell.includes(delimiter) || /[\r\n]/.test(cell))) return
        throw this.#unfit(where, 'text without delimiters and line ends, as nothing is quoted', cell)
      }
      case 'object':
        if (cell !== null) throw this.#unfit(where, 'a value without parts', cell)
        return
      case 'function':
      case 'symbol':
        throw this.#unfit(where, 'a value', cell)
      default:
    }
  }

  #unfit(where: string, expected: string, value: unknown, prefix = ''): MillraceError {
    const actual = prefix + describeValue(value)
    return new MillraceError('ENCODING_VALUE_WRONG', { where, encoding: 'csv', expected, actual })
  }
}
