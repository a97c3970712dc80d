import { arrayOf, type Field, type FieldKind, MAX_MESSAGES, MessageBudget, type MessageType } from './message-type.ts'

/** Text that is no message, with its line, both from 1. */
export class TextFault extends Error {
  readonly line: number
  readonly column: number

  constructor(text: string, at: number, reason: string) {
    super(reason)
    const before = text.slice(0, at)
    this.line = before.split('\n').length
    this.column = at - before.lastIndexOf('\n')
  }
}

/**
 * Reads a message of protobuf's text format (protobuf.dev/reference/protobuf/textformat-spec).
 *
 *     message = { name [":"] value [","|";"] }
 *     value   = number | word | { string } | "{" message "}" | "<" message ">" | "[" [ value { "," value } ] "]"
 *     string  = "…" or '…' with escapes \n \r \t \a \b \f \v \\ \' \" \? \123 \x7f \u12ab \U0001f600; adjacent ones are one
 *
 * A comment goes from # to the end of the line. Unknown fields and extensions (names in brackets) are passed over.
 */
export function readText<T>(type: MessageType<T>, text: string): T {
  const reader = new TextReader(text)
  const value = reader.message(type as MessageType<unknown>, null, 0)
  return value as T
}

const MAX_DEPTH = 100
const SPACE = /(?:[ \t\r\n\f\v]|#[^\n]*)+/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /-?\s*(?:[.0-9A-Za-z_]|(?<=[eE])[+-])+/y
/** Digits that a number may have: more than any double needs, few enough for patterns that try again. */
const MAX_DIGITS = 1000
const DECIMAL = /^-?(?:0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?|inf(?:inity)?f?|nanf?)$/i
const EXTENSION = /\[[A-Za-z0-9_./-]+\]/y
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y

class TextReader {
  readonly #text: string
  readonly #budget = new MessageBudget()
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#space()
  }

  /** Fields up to `end`, or to the end of the text when that is null. A type of null: all fields are passed over. */
  message(type: MessageType<unknown> | null, end: string | null, depth: number): Record<string, unknown> {
    if (!this.#budget.take()) this.#fault(`the text has more than ${MAX_MESSAGES} messages`)
    if (depth > MAX_DEPTH) this.#fault(`messages are nested more than ${MAX_DEPTH} deep`)
    const fields = (type?.fields ?? {}) as Readonly<Record<string, Field<unknown>>>
    const out: Record<string, unknown> = {}
    for (const name in fields) out[name] = (fields[name] as Field<unknown>).absent
    const numbers = new Map<string, (number | bigint)[]>()
    while (!this.#isAt(end)) {
      const name = this.#match(WORD) ?? this.#match(EXTENSION)
      if (name === null) this.#fault(`expected the name of a field${end === null ? '' : ` or "${end}"`}`)
      const field = Object.hasOwn(fields, name) ? (fields[name] as Field<unknown>) : null
      const hasColon = this.#take(':')
      if (this.#take('[')) {
        for (let isFirst = true; !this.#take(']'); isFirst = false) {
          if (!isFirst && !this.#take(',')) this.#fault('expected "," or "]"')
          this.#put(out, numbers, name, field, true, depth)
        }
      } else this.#put(out, numbers, name, field, hasColon, depth)
      if (!this.#take(',')) this.#take(';')
    }
    for (const [name, list] of numbers) out[name] = packed((fields[name] as Field<unknown>).kind, list)
    return out
  }

  #put(
    out: Record<string, unknown>,
    numbers: Map<string, (number | bigint)[]>,
    name: string,
    field: Field<unknown> | null,
    hasColon: boolean,
    depth: number,
  ): void {
    const close = this.#take('{') ? '}' : this.#take('<') ? '>' : null
    if (field === null) {
      if (close !== null) this.message(null, close, depth + 1)
      else this.#skipScalar(hasColon)
      return
    }
    if (field.kind === 'map' || field.kind === 'message') {
      if (close === null) this.#fault(`field "${name}" holds messages, expected "{"`)
      if (field.kind === 'map') this.#entry(out, name, field, close, depth)
      else {
        const value = this.message((field.type as () => MessageType<unknown>)(), close, depth + 1)
        if (!field.isList) out[name] = value
        else if (out[name] === field.absent) out[name] = [value]
        else (out[name] as unknown[]).push(value)
      }
      return
    }
    if (close !== null || !hasColon) this.#fault(`field "${name}" holds no messages, expected ":"`)
    const value = this.#scalar(name, field)
    if (!field.isList) out[name] = value
    else if (typeof value === 'object' || typeof value === 'string') {
      if (out[name] === field.absent) out[name] = [value]
      else (out[name] as unknown[]).push(value)
    } else {
      const list = numbers.get(name)
      if (list) list.push(typeof value === 'boolean' ? Number(value) : value)
      else numbers.set(name, [typeof value === 'boolean' ? Number(value) : value])
    }
  }

  #entry(out: Record<string, unknown>, name: string, field: Field<unknown>, close: string, depth: number): void {
    const keyType: Field<unknown> = {
      number: 1,
      kind: field.hasNumberKeys ? 'uint32' : 'text',
      isList: false,
      absent: field.hasNumberKeys ? 0 : '',
    }
    const valueType: Field<unknown> = field.type
      ? { number: 2, kind: 'message', isList: false, absent: undefined, type: field.type }
      : { number: 2, kind: 'text', isList: false, absent: '' }
    const entry = this.message({ name, fields: { key: keyType, value: valueType } as never }, close, depth + 1)
    if (out[name] === field.absent) out[name] = new Map()
    const value = entry['value'] ?? absentOf(field)
    ;(out[name] as Map<string, unknown>).set(String(entry['key']), value)
  }

  #scalar(name: string, { kind, words }: Field<unknown>): number | bigint | boolean | string | Uint8Array {
    switch (kind) {
      case 'text':
        return new TextDecoder().decode(this.#string(name))
      case 'bytes':
        return this.#string(name)
      case 'bool': {
        const word = this.#match(WORD) ?? this.#match(NUMBER) ?? ''
        if (/^(true|t|True|1)$/.test(word)) return true
        if (/^(false|f|False|0)$/.test(word)) return false
        return this.#fault(`field "${name}" is ${JSON.stringify(word)}, expected true or false`)
      }
      case 'enum': {
        const word = this.#match(WORD)
        if (word === null) return Number(this.#whole(name))
        return words?.get(word) ?? this.#fault(`field "${name}" is ${word}, which is not known`)
      }
      case 'int64':
      case 'uint64':
        return this.#whole(name)
      case 'int32':
      case 'uint32':
      case 'fixed32': {
        const value = Number(this.#whole(name))
        if (Math.abs(value) > 2 ** 32) this.#fault(`field "${name}" is ${value}, which has more than 32 bits`)
        return value
      }
      case 'float':
        return Math.fround(this.#decimal(name))
      case 'double':
        return this.#decimal(name)
      default:
        return this.#fault(`field "${name}" holds no value`)
    }
  }

  #whole(name: string): bigint {
    const text = this.#match(NUMBER)?.replace(/\s/g, '') ?? ''
    const [, sign = '', digits = ''] = /^(-?)(0[xX][0-9A-Fa-f]{1,16}|\d{1,20})$/.exec(text) ?? []
    if (digits === '') this.#fault(`field "${name}" is ${JSON.stringify(text)}, expected a whole number`)
    const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits)
    const signed = sign === '-' ? -value : value
    if (signed < -(2n ** 63n) || signed >= 2n ** 64n)
      this.#fault(`field "${name}" is ${text}, which has more than 64 bits`)
    return signed
  }

  #decimal(name: string): number {
    const text = this.#match(NUMBER)?.replace(/\s/g, '').toLowerCase() ?? ''
    if (text.length > MAX_DIGITS || !DECIMAL.test(text)) return this.#fault(`field "${name}" has no number`)
    const special = /^(-?)(inf|nan)/.exec(text)
    if (special) return special[2] === 'nan' ? Number.NaN : special[1] ? -Infinity : Infinity
    if (/^-?0x/.test(text)) return text.startsWith('-') ? -Number(text.slice(1)) : Number(text)
    return Number(text.replace(/f$/, ''))
  }

  #string(name: string): Uint8Array {
    const parts: Uint8Array[] = []
    for (let part = this.#match(STRING); part !== null; part = this.#match(STRING))
      parts.push(unescaped(part.slice(1, -1)))
    if (parts.length === 0) this.#fault(`field "${name}" has no text in quotes`)
    return parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts))
  }

  #skipScalar(hasColon: boolean): void {
    if (!hasColon) this.#fault('expected ":" or "{"')
    if (this.#match(STRING) !== null) {
      while (this.#match(STRING) !== null);
      return
    }
    this.#take('-')
    if ((this.#match(NUMBER) ?? this.#match(WORD)) === null) this.#fault('expected a value')
  }

  #isAt(end: string | null): boolean {
    if (end !== null) return this.#take(end)
    return this.#at >= this.#text.length
  }

  #take(token: string): boolean {
    if (this.#text[this.#at] !== token) return false
    this.#at++
    this.#space()
    return true
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null || found[0] === '') return null
    this.#at = pattern.lastIndex
    this.#space()
    return found[0]
  }

  #space(): void {
    SPACE.lastIndex = this.#at
    if (SPACE.test(this.#text)) this.#at = SPACE.lastIndex
  }

  #fault(reason: string): never {
    throw new TextFault(this.#text, this.#at, reason)
  }
}

function absentOf({ type }: Field<unknown>): unknown {
  if (!type) return ''
  const fields = Object.entries(type().fields as Readonly<Record<string, Field<unknown>>>)
  return Object.fromEntries(fields.map(([name, field]) => [name, field.absent]))
}

function packed(kind: FieldKind, list: readonly (number | bigint)[]): unknown {
  const array = arrayOf(kind, list.length)
  if (array === null) return list
  for (let i = 0; i < list.length; i++) array[i] = list[i] as never
  return array
}

const SIMPLE: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 }

/** Bytes of the inside of a quoted string. */
function unescaped(inside: string): Uint8Array {
  if (!inside.includes('\\')) return new TextEncoder().encode(inside)
  const source = Buffer.from(inside, 'utf8')
  const out = new Uint8Array(source.length)
  let to = 0
  for (let at = 0; at < source.length; ) {
    const byte = source[at++] as number
    if (byte !== 0x5c) {
      out[to++] = byte
      continue
    }
    const rest = source.toString('latin1', at, at + 9)
    const octal = /^[0-7]{1,3}/.exec(rest)?.[0]
    const hex = /^[xX]([0-9A-Fa-f]{1,2})/.exec(rest)
    const point = /^(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/.exec(rest)
    if (octal !== undefined) {
      out[to++] = Number.parseInt(octal, 8)
      at += octal.length
    } else if (hex) {
      out[to++] = Number.parseInt(hex[1] as string, 16)
      at += hex[0].length
    } else if (point) {
      const code = Number.parseInt((point[1] ?? point[2]) as string, 16)
      const text = code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
      to += Buffer.from(text, 'utf8').copy(out, to)
      at += point[0].length
    } else {
      const letter = rest[0] as string
      out[to++] = SIMPLE[letter] ?? (source[at] as number)
      at++
    }
  }
  return out.subarray(0, to)
}
