import { MillraceError, reasonOf } from '../../core/errors.ts'

/** Members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Reads members of a JSON document and says where what is wrong stands. */
export class Document {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  fault(place: string, reason: string): never {
    const { source } = this
    throw new MillraceError('MODEL_ARTIFACT_SYNTAX', { source, format: 'JSON of CatBoost', place, reason })
  }

  unsupported(place: string, what: string): never {
    throw new MillraceError('MODEL_ARTIFACT_UNSUPPORTED', { source: this.source, place, what, format: 'CatBoost' })
  }

  parse(bytes: Uint8Array): JsonObject {
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch (thrown) {
      return this.fault('the text', reasonOf(thrown))
    }
    return this.object(value, 'the document')
  }

  object(value: unknown, place: string): JsonObject {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
    return this.fault(place, `is ${shown(value)}, expected an object`)
  }

  list(value: unknown, place: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.fault(place, `is ${shown(value)}, expected a list`)
  }

  number(value: unknown, place: string): number {
    return typeof value === 'number' ? value : this.fault(place, `is ${shown(value)}, expected a number`)
  }

  numbers(value: unknown, place: string): readonly number[] {
    const list = this.list(value, place)
    const wrong = list.findIndex((one) => typeof one !== 'number')
    if (wrong >= 0) this.fault(`${place}[${wrong}]`, `is ${shown(list[wrong])}, expected a number`)
    return list as readonly number[]
  }

  count(value: unknown, place: string): number {
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    return this.fault(place, `is ${shown(value)}, expected a whole number from 0`)
  }

  text(value: unknown, place: string): string {
    return typeof value === 'string' ? value : this.fault(place, `is ${shown(value)}, expected text`)
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value) ?? 'absent'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
