import { MillraceError } from '../../core/errors.ts'
import { type Domain, type Dtype, dtypes, type Feature } from '../../schema/signature.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import { copyRecord, copyValue, EXPECTED_VALUE, isPlain, type RefuseValue } from './copy.ts'
import { describeValue } from './thrown.ts'

/** A row that the model must answer as stated. `expected` may name some of the outputs only. */
export interface VerificationRow {
  readonly input: RecordValue
  readonly expected: RecordValue
}

/** What a module's exports say, checked. Absent exports are null or empty. */
export interface Declaration {
  readonly score: ((record: RecordValue) => unknown) | null
  readonly scoreBatch: ((records: readonly RecordValue[]) => unknown) | null
  readonly begin: (() => unknown) | null
  readonly end: (() => unknown) | null
  readonly inputs: readonly Feature[] | null
  readonly outputs: readonly Feature[] | null
  readonly samples: readonly RecordValue[]
  readonly verification: readonly VerificationRow[]
  readonly isStateful: boolean
  /** `name`, `version` and `description`, where they are text. */
  readonly facts: Readonly<Record<string, string>>
}

/** Output that holds a result which is not an object. */
export const SCALAR_OUTPUT = 'prediction'

type AnyFunction = (...values: unknown[]) => unknown
type Exports = Readonly<Record<string, unknown>>

/**
 * Reads a module's exports. `export default` may be the score function, or an object with the same names, whose functions are
 * called on it; named exports win.
 */
export function readDeclaration(exports: Exports, source: string): Declaration {
  const read = new ExportReader(withDefault(exports), source)
  const score = read.function('score')
  const scoreBatch = read.function('scoreBatch')
  if (!score && !scoreBatch) read.refuse('score', undefined, 'a function score(record) or scoreBatch(records)')
  const signature = read.object('signature')
  return {
    score,
    scoreBatch,
    begin: read.function('begin'),
    end: read.function('end'),
    inputs: read.features('inputs', signature?.['inputs']),
    outputs: read.features('outputs', signature?.['outputs']),
    samples: read.records('samples'),
    verification: read.verification(),
    isStateful: read.flag('isStateful'),
    facts: read.texts(['name', 'version', 'description']),
  }
}

function withDefault(exports: Exports): Exports {
  const fallback = exports['default']
  if (typeof fallback === 'function') return { score: fallback, ...exports }
  if (typeof fallback !== 'object' || fallback === null) return exports
  const bound = Object.entries(fallback).map(([name, value]) => [
    name,
    typeof value === 'function' ? (...values: unknown[]) => (value as AnyFunction).apply(fallback, values) : value,
  ])
  return { ...Object.fromEntries(bound), ...exports }
}

class ExportReader {
  readonly #exports: Exports
  readonly #source: string

  constructor(exports: Exports, source: string) {
    this.#exports = exports
    this.#source = source
  }

  refuse(name: string, value: unknown, expected: string): never {
    throw new MillraceError('MODEL_FUNCTION_EXPORT', {
      source: this.#source,
      name: `"${name}"`,
      value: value === undefined ? 'missing' : describeValue(value),
      expected,
    })
  }

  function(name: string): AnyFunction | null {
    const value = this.#exports[name]
    if (value === undefined) return null
    return typeof value === 'function' ? (value as AnyFunction) : this.refuse(name, value, 'a function')
  }

  object(name: string): Record<string, unknown> | null {
    const value = this.#exports[name]
    if (value === undefined) return null
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : this.refuse(name, value, 'an object')
  }

  flag(name: string): boolean {
    const value = this.#exports[name] ?? false
    return typeof value === 'boolean' ? value : this.refuse(name, value, 'true or false')
  }

  texts(names: readonly string[]): Record<string, string> {
    const found = names.map((name) => [name, this.#exports[name]] as const)
    return Object.fromEntries(found.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  }

  records(name: string): RecordValue[] {
    const items = this.#exports[name] === undefined ? [] : this.#list(name, this.#exports[name], 'a list of records')
    return items.map((item, i) => this.#record(`${name}[${i}]`, item))
  }

  verification(): VerificationRow[] {
    const name = 'verification'
    const value = this.#exports[name]
    const items = value === undefined ? [] : this.#list(name, value, 'a list of {input, expected}')
    return items.map((item, i) => {
      const place = `${name}[${i}]`
      if (typeof item !== 'object' || item === null) this.refuse(place, item, 'an object {input, expected}')
      const { input, expected } = item as { input?: unknown; expected?: unknown }
      const answer = copyValue(expected, '', this.#refuseAt(`${place}.expected`))
      const isRecord = typeof answer === 'object' && answer !== null && isPlain(answer) && !Array.isArray(answer)
      return {
        input: this.#record(`${place}.input`, input),
        expected: isRecord ? (answer as RecordValue) : { [SCALAR_OUTPUT]: answer },
      }
    })
  }

  /** `exported` is the export of that name, `fallback` the one of `signature`. */
  features(name: string, fallback: unknown): Feature[] | null {
    const value = this.#exports[name] ?? fallback
    if (value === undefined) return null
    const features = this.#list(name, value, 'a list of {name, dtype}').map((f, i) => this.#feature(`${name}[${i}]`, f))
    const twice = features.find((f, i) => features.findIndex((other) => other.name === f.name) !== i)
    if (twice) this.refuse(name, twice.name, 'different names')
    return features
  }

  #feature(place: string, item: unknown): Feature {
    if (typeof item === 'string') return this.#feature(place, { name: item })
    if (typeof item !== 'object' || item === null) return this.refuse(place, item, 'an object {name, dtype}')
    const { name, dtype = 'any', shape = [], isOptional = false, domain, summary } = item as Record<string, unknown>
    if (typeof name !== 'string' || name === '') return this.refuse(`${place}.name`, name, 'a name')
    if (name === '__proto__') return this.refuse(`${place}.name`, name, 'another name')
    if (!dtypes.includes(dtype as Dtype))
      return this.refuse(`${place}.dtype`, dtype, `one of ${dtypes.map((d) => `"${d}"`).join(', ')}`)
    if (!Array.isArray(shape) || !shape.every((n) => n === null || (Number.isInteger(n) && n > 0)))
      return this.refuse(`${place}.shape`, shape, 'a list of sizes, null for any size')
    if (typeof isOptional !== 'boolean') return this.refuse(`${place}.isOptional`, isOptional, 'true or false')
    if (summary !== undefined && typeof summary !== 'string') return this.refuse(`${place}.summary`, summary, 'text')
    return {
      name,
      dtype: dtype as Dtype,
      shape: [...(shape as (number | null)[])],
      isOptional,
      ...(domain === undefined ? {} : { domain: this.#domain(`${place}.domain`, domain) }),
      ...(summary === undefined ? {} : { summary }),
    }
  }

  #domain(place: string, value: unknown): Domain {
    const copy = this.#record(place, value)
    for (const name of ['values', 'intervals'])
      if (copy[name] !== undefined && !Array.isArray(copy[name])) this.refuse(`${place}.${name}`, copy[name], 'a list')
    return copy as Domain
  }

  #list(name: string, value: unknown, expected: string): unknown[] {
    return Array.isArray(value) ? Array.from(value as unknown[]) : this.refuse(name, value, expected)
  }

  #record(place: string, value: unknown): Record<string, Value> {
    if (typeof value !== 'object' || value === null || !isPlain(value))
      return this.refuse(place, value, 'a plain object')
    return copyRecord(value, '', this.#refuseAt(place))
  }

  #refuseAt(place: string): RefuseValue {
    return (path, value, expected = EXPECTED_VALUE) => this.refuse(place + path, value, expected)
  }
}
