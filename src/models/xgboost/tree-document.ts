import { MillraceError } from '../../core/errors.ts'

/**
 * A document of JSON or UBJSON as XGBoost writes it: lists of numbers are typed arrays. A list that was passed over while reading
 * is read when it is asked for (`Deferred`).
 *
 * Example: `{"learner": {"trees": [{"left_children": [1, -1, -1]}]}}` is
 * `Map{learner → Map{trees → [Map{left_children → Float64Array [1, -1, -1]}]}}`.
 */
export type DocumentValue =
  | null
  | boolean
  | number
  | string
  | NumberList
  | readonly DocumentValue[]
  | DocumentObject
  | Deferred

export type DocumentObject = ReadonlyMap<string, DocumentValue>

/** Numbers of a list; truths are 1 and 0. */
export type NumberList = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array

/** A list of numbers that is read when it is needed: most models hold far more statistics than scoring needs. */
export class Deferred {
  readonly #read: () => DocumentValue

  constructor(read: () => DocumentValue) {
    this.#read = read
  }

  read(): DocumentValue {
    return this.#read()
  }
}

/** Lists of a tree that scoring does not need; `base_weights` holds leaves of several values in some versions. */
export const deferredKeys: ReadonlySet<string> = new Set([
  'base_weights',
  'leaf_child_counts',
  'loss_changes',
  'parents',
  'sum_hessian',
])

/** Nesting of objects and lists that a document may have; XGBoost's own is 8. */
export const maxDepth = 64

/** Reads members of objects and says where what is wrong stands. Paths look like `learner.gradient_booster.model.trees[2]`. */
export class DocumentReader {
  readonly source: string
  readonly format: string

  constructor(source: string, format: string) {
    this.source = source
    this.format = format
  }

  fault(place: string, reason: string): never {
    throw new MillraceError('MODEL_ARTIFACT_SYNTAX', { source: this.source, format: this.format, place, reason })
  }

  unsupported(place: string, what: string): never {
    throw new MillraceError('MODEL_ARTIFACT_UNSUPPORTED', { source: this.source, place, what, format: 'XGBoost' })
  }

  /** The object itself, checked. */
  object(value: DocumentValue | undefined, path: string): DocumentObject {
    return value instanceof Map ? value : this.fault(path, `is ${described(value)}, expected an object`)
  }

  list(value: DocumentValue | undefined, path: string): readonly DocumentValue[] {
    const read = value instanceof Deferred ? value.read() : value
    if (ArrayBuffer.isView(read)) return Array.from(read as NumberList)
    return Array.isArray(read)
      ? (read as readonly DocumentValue[])
      : this.fault(path, `is ${described(read)}, expected a list`)
  }

  /** A list of numbers; `length` checks how many there are. */
  numbers(value: DocumentValue | undefined, path: string, length?: number): NumberList {
    const read = value instanceof Deferred ? value.read() : value
    const numbers = Array.isArray(read) && read.length === 0 ? new Float64Array() : read
    if (!ArrayBuffer.isView(numbers)) return this.fault(path, `is ${described(read)}, expected a list of numbers`)
    if (length !== undefined && numbers.length !== length)
      this.fault(path, `has ${numbers.length} numbers, expected ${length}`)
    return numbers
  }

  text(value: DocumentValue | undefined, path: string): string {
    return typeof value === 'string' ? value : this.fault(path, `is ${described(value)}, expected text`)
  }

  /** A whole number from 0, as a number or, what XGBoost writes for parameters, as text. */
  count(value: DocumentValue | undefined, path: string): number {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
    return this.fault(path, `is ${described(value)}, expected a whole number from 0`)
  }
}

/** What a value is, for messages. */
export function described(value: DocumentValue | undefined): string {
  if (value === undefined) return 'absent'
  if (value instanceof Map) return 'an object'
  if (Array.isArray(value) || value instanceof Deferred || ArrayBuffer.isView(value)) return 'a list'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
