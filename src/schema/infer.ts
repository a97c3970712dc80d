import { MillraceError } from '../core/errors.ts'
import type { RecordField, Schema } from './schema.ts'

const maxFields = 100
const maxSymbols = 10
const maxSymbolShare = 0.1
const minFixedSamples = 10
const minFixedSize = 10
const hash = /^([0-9a-f]{32}|[0-9a-f]{40})$/i
const symbol = /^[A-Za-z0-9_]+$/

/** How to infer: `closesText` turns repeated texts into enums and texts of one length into fixed, as FastScore does. */
export interface InferSettings {
  /** What samples come from, for messages. */
  readonly place: string
  readonly closesText: boolean
}

/** All samples of one place in the records, by kind. */
interface Samples {
  nulls: number
  booleans: number
  readonly numbers: (number | bigint)[]
  readonly texts: string[]
  readonly arrays: (readonly unknown[])[]
  readonly objects: Readonly<Record<string, unknown>>[]
}

/**
 * Infers the schema that all samples satisfy. Integers are int, or long beyond 32 bits, or double beside fractions; null makes
 * a union; a field that some records lack is nullable with the default null; objects with more than 100 keys, or keys that
 * look like hashes, are maps. Types are named `Rec1`, `Enum2`, … in order of appearance, so that equal samples give equal text.
 */
export function inferSchema(samples: readonly unknown[], settings: InferSettings): Schema {
  if (samples.length === 0) {
    throw new MillraceError('SCHEMA_NOT_INFERABLE', { place: settings.place, reason: 'there are no samples' })
  }
  return new Inference(settings).typeOf(samples)
}

class Inference {
  readonly #settings: InferSettings
  #names = 0

  constructor(settings: InferSettings) {
    this.#settings = settings
  }

  typeOf(values: readonly unknown[]): Schema {
    const samples = this.#group(values)
    const branches: Schema[] = []
    if (samples.nulls > 0) branches.push({ type: 'null' })
    if (samples.booleans > 0) branches.push({ type: 'boolean' })
    if (samples.numbers.length > 0) branches.push({ type: this.#numberType(samples.numbers) })
    if (samples.texts.length > 0) branches.push(this.#textType(samples.texts))
    if (samples.arrays.length > 0) branches.push({ type: 'array', items: this.#itemsType(samples.arrays) })
    if (samples.objects.length > 0) branches.push(this.#objectType(samples.objects))
    const only = branches[0]
    return branches.length === 1 && only ? only : { type: 'union', branches }
  }

  #group(values: readonly unknown[]): Samples {
    const samples: Samples = { nulls: 0, booleans: 0, numbers: [], texts: [], arrays: [], objects: [] }
    for (const value of values) {
      if (value === null || value === undefined) samples.nulls++
      else if (typeof value === 'boolean') samples.booleans++
      else if (typeof value === 'number' || typeof value === 'bigint') samples.numbers.push(value)
      else if (typeof value === 'string') samples.texts.push(value)
      else if (Array.isArray(value)) samples.arrays.push(value)
      else if (ArrayBuffer.isView(value)) samples.arrays.push(Array.from(value as unknown as Iterable<unknown>))
      else if (typeof value === 'object') samples.objects.push(value as Readonly<Record<string, unknown>>)
    }
    return samples
  }

  #numberType(numbers: readonly (number | bigint)[]): 'int' | 'long' | 'double' {
    let type: 'int' | 'long' = 'int'
    for (const number of numbers) {
      if (typeof number === 'number' && !Number.isInteger(number)) return 'double'
      if (number < -(2 ** 63) || number >= 2 ** 63) {
        // A double that large is whole only because doubles have no room for a fraction.
        if (typeof number === 'number') return 'double'
        const { place } = this.#settings
        throw new MillraceError('SCHEMA_NOT_INFERABLE', { place, reason: `integer ${number} has more than 64 bits` })
      }
      if (number < -(2 ** 31) || number >= 2 ** 31) type = 'long'
    }
    return type
  }

  #textType(texts: readonly string[]): Schema {
    if (!this.#settings.closesText) return { type: 'string' }
    const distinct = new Set(texts)
    const isEnum =
      distinct.size >= 2 &&
      distinct.size <= maxSymbols &&
      distinct.size <= texts.length * maxSymbolShare &&
      [...distinct].every((t) => symbol.test(t) && !hash.test(t))
    if (isEnum) return { type: 'enum', name: this.#name('Enum'), symbols: [...distinct] }
    const size = texts[0]?.length ?? 0
    if (texts.length >= minFixedSamples && size >= minFixedSize && texts.every((t) => t.length === size)) {
      return { type: 'fixed', name: this.#name('Fixed'), size }
    }
    return { type: 'string' }
  }

  #itemsType(arrays: readonly (readonly unknown[])[]): Schema {
    const items = arrays.flat()
    return items.length === 0 ? { type: 'null' } : this.typeOf(items)
  }

  #objectType(objects: readonly Readonly<Record<string, unknown>>[]): Schema {
    // A map, because the prototype's own names (`constructor`) are legal keys.
    const fields = new Map<string, unknown[]>()
    for (const object of objects) {
      for (const key of Object.keys(object)) {
        const values = fields.get(key)
        if (values) values.push(object[key])
        else fields.set(key, [object[key]])
      }
    }
    const keys = [...fields.keys()]
    if (keys.length === 0 || keys.length > maxFields || keys.some((k) => hash.test(k))) {
      const values = [...fields.values()].flat()
      return { type: 'map', values: values.length === 0 ? { type: 'null' } : this.typeOf(values) }
    }
    const name = this.#name('Rec')
    return { type: 'record', name, fields: keys.map((k) => this.#field(k, fields.get(k) ?? [], objects.length)) }
  }

  #field(name: string, values: unknown[], records: number): RecordField {
    if (values.length === records) return { name, schema: this.typeOf(values) }
    // Null first, so that the default null is of the first branch, as older Avro readers want it.
    return { name, schema: this.typeOf([null, ...values]), default: null }
  }

  #name(kind: string): string {
    this.#names++
    return `${kind}${this.#names}`
  }
}
