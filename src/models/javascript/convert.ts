import { MillraceError } from '../../core/errors.ts'
import type { Dtype, Feature } from '../../schema/signature.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import { copyRecord, copyValue, EXPECTED_VALUE, isPlain, type RefuseValue } from './copy.ts'
import { SCALAR_OUTPUT } from './declaration.ts'
import { describeValue } from './thrown.ts'

/** What the model sees for a record, and what a result becomes. Both throw MillraceErrors of scope `record`. */
export interface Converters {
  input(record: RecordValue): RecordValue
  output(result: unknown): RecordValue
}

type Kind = 'number' | 'integer' | 'string' | 'boolean' | 'free'

const kinds = {
  float64: 'number',
  float32: 'number',
  float16: 'number',
  int64: 'integer',
  int32: 'integer',
  int16: 'integer',
  int8: 'integer',
  uint64: 'integer',
  uint32: 'integer',
  uint16: 'integer',
  uint8: 'integer',
  boolean: 'boolean',
  string: 'string',
  date: 'free',
  time: 'free',
  datetime: 'free',
  any: 'free',
} as const satisfies Record<Dtype, Kind>

const expectations = {
  number: 'a number',
  integer: 'an integer',
  string: 'text',
  boolean: 'true or false',
  free: EXPECTED_VALUE,
} as const satisfies Record<Kind, string>

/** JavaScript conditions under which `v` is taken as it is. */
const fastChecks = {
  number: 'typeof v === "number" && v === v',
  integer: 'Number.isInteger(v)',
  string: 'typeof v === "string"',
  boolean: 'typeof v === "boolean"',
  free: 'false',
} as const satisfies Record<Kind, string>

/**
 * Converters for one version, with code of its own: the engine's inline caches then see this version's shapes only. The code
 * is made of the fixed templates here and of names as JSON text.
 *
 * Declared inputs: the model gets an object of exactly those fields, text cast to the dtype. Undeclared: a shallow copy, so
 * that a model cannot change a record. `knownOutputs` of an undeclared signature are filled in with null where absent.
 */
export function compileConverters(
  source: string,
  inputs: readonly Feature[] | null,
  outputs: readonly Feature[] | null,
  knownOutputs: readonly string[] = [],
): Converters {
  const refuse = refuseResult(source)
  const input = inputs ? compile(inputs, castInput(inputs)) : (record: RecordValue) => ({ ...record })
  const pick = outputs ? compile(outputs, checkOutput(outputs, refuse)) : null
  const copy = (result: object): RecordValue => {
    const prediction = copyRecord(result, '', refuse)
    for (const name of knownOutputs) prediction[name] ??= null
    return prediction
  }
  const fromObject = pick ?? copy
  const output = (result: unknown): RecordValue => {
    if (typeof result === 'object' && result !== null) {
      if (isPlain(result)) return fromObject(result as RecordValue)
      if (!Array.isArray(result) && !ArrayBuffer.isView(result)) return refuse('', result, EXPECTED_RESULT)
    } else if (result === null || result === undefined) return refuse('', result, EXPECTED_RESULT)
    return fromObject({ [SCALAR_OUTPUT]: copyValue(result, '', refuse) })
  }
  return { input, output }
}

const EXPECTED_RESULT = 'an object of outputs or a single value, not a promise'

type SlowPath = (value: unknown, index: number, record: RecordValue) => Value

function compile(features: readonly Feature[], slow: SlowPath): (record: RecordValue) => RecordValue {
  const reads = features.map(({ name, dtype, shape }, i) => {
    const check = shape.length === 0 ? fastChecks[kinds[dtype]] : 'false'
    const key = JSON.stringify(name)
    return {
      read: `const v${i}=r[${key}];`,
      field: `${key}:${check.replaceAll(/\bv\b/g, `v${i}`)}?v${i}:slow(v${i},${i},r)`,
    }
  })
  const body = `return function(r){${reads.map((r) => r.read).join('')}return {${reads.map((r) => r.field).join(',')}}}`
  return new Function('slow', body)(slow) as (record: RecordValue) => RecordValue
}

/** Values that are not already of their dtype: missing, text, numbers where text is declared. */
function castInput(features: readonly Feature[]): SlowPath {
  return (value, index) => {
    const { name, dtype, isOptional, shape } = features[index] as Feature
    const kind = kinds[dtype]
    if (value === undefined || value === null || (typeof value === 'number' && Number.isNaN(value)))
      return missing(name, isOptional)
    if (shape.length > 0 || kind === 'free') return value as Value
    if (value === '' && kind !== 'string') return missing(name, isOptional)
    const cast = castScalar(value, kind)
    if (cast !== null) return cast
    const place = `field "${name}"`
    throw new MillraceError('MODEL_INPUT_TYPE', { place, value: printedInput(value), expected: expectations[kind] })
  }
}

function missing(field: string, isOptional: boolean): null {
  if (isOptional) return null
  throw new MillraceError('MODEL_INPUT_MISSING', { field })
}

function castScalar(value: unknown, kind: Exclude<Kind, 'free'>): Value {
  switch (kind) {
    case 'string':
      return typeof value === 'object' ? null : String(value)
    case 'boolean':
      if (value === 'true' || value === '1' || value === 1) return true
      return value === 'false' || value === '0' || value === 0 ? false : null
    case 'number':
    case 'integer': {
      if (typeof value === 'bigint')
        return Number.isSafeInteger(Number(value)) || kind === 'number' ? Number(value) : value
      const number = castNumber(value)
      return number !== null && kind === 'integer' && !Number.isInteger(number) ? null : number
    }
    default:
      return kind satisfies never
  }
}

function castNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string' || value.trim() === '') return null
  const number = Number(value)
  return Number.isNaN(number) ? null : number
}

function printedInput(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : describeValue(value)
}

/** Outputs that are absent become null; an output that is there must be of its dtype. */
function checkOutput(features: readonly Feature[], refuse: RefuseValue): SlowPath {
  return (value, index, result) => {
    const { name, dtype, shape } = features[index] as Feature
    const kind = kinds[dtype]
    if (value === null || (value === undefined && !(name in result))) return null
    const isFree = kind === 'free' || shape.length > 0 || (kind === 'integer' && typeof value === 'bigint')
    if (!isFree) return refuse(`.${name}`, value, expectations[kind])
    return copyValue(value, `.${name}`, refuse)
  }
}

function refuseResult(source: string): RefuseValue {
  return (path, value, expected) => {
    const what = path === '' ? 'the result' : `output "${path.replace(/^\./, '')}"`
    throw new MillraceError('MODEL_FUNCTION_RESULT', { source, what, value: describeValue(value), expected })
  }
}
