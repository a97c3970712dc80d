import { MillraceError } from '../../core/errors.ts'
import type { Value } from '../../schema/value.ts'
import { childrenOf, type DocumentReader } from './document.ts'
import type { InputPlan, IntervalPlan, SlotFacts } from './plan.ts'
import { type Cell, cast, NOT_CAST, type Optype, optypes, type TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A DataField of the dictionary. */
export interface DataField {
  readonly facts: SlotFacts
  readonly element: XmlElement
  readonly valid: readonly Cell[] | null
  readonly invalid: readonly Cell[]
  readonly missing: readonly Cell[]
  readonly intervals: readonly IntervalPlan[] | null
}

/** Reads a `DataField`. */
export function readDataField(reader: DocumentReader, element: XmlElement): DataField {
  const name = reader.text(element, 'name')
  const type = reader.dataType(element, { type: 'string', year: 1970 })
  const optype = optypeOf(element.attributes['optype'], type)
  const valid: Cell[] = []
  const invalid: Cell[] = []
  const missing: Cell[] = []
  for (const value of childrenOf(element, 'Value')) {
    const text = reader.text(value, 'value')
    const property = reader.word(value, 'property', ['valid', 'invalid', 'missing'], 'valid')
    const cell = reader.cellOrText(text, type)
    if (property === 'valid') valid.push(cell)
    else if (property === 'invalid') invalid.push(cell)
    else missing.push(cell)
  }
  const intervals = childrenOf(element, 'Interval').map((interval) => readInterval(reader, interval, type))
  return {
    facts: { name, type, optype, order: valid.length > 0 ? valid : null },
    element,
    valid: valid.length > 0 ? valid : null,
    invalid,
    missing,
    intervals: intervals.length > 0 ? intervals : null,
  }
}

/** Reads an `Interval`; margins of date fields are dates. */
export function readInterval(reader: DocumentReader, element: XmlElement, type?: TypeName): IntervalPlan {
  const margin = (name: string, fallback: number): number => {
    const text = element.attributes[name]
    if (text === undefined || text === '') return fallback
    if (type && type.type !== 'string' && type.type !== 'boolean' && type.type !== 'integer') {
      const value = cast(text, type)
      if (typeof value === 'number') return value
    }
    return reader.numberIn(element, text, `attribute "${name}"`)
  }
  const closure = reader.word(
    element,
    'closure',
    ['openOpen', 'openClosed', 'closedOpen', 'closedClosed'],
    'closedClosed',
  )
  return {
    min: margin('leftMargin', Number.NEGATIVE_INFINITY),
    max: margin('rightMargin', Number.POSITIVE_INFINITY),
    isMinOpen: closure.startsWith('open'),
    isMaxOpen: closure.endsWith('Open'),
  }
}

/** True when a number lies in an interval. */
export function contains(interval: IntervalPlan, value: number): boolean {
  return (
    (interval.isMinOpen ? value > interval.min : value >= interval.min) &&
    (interval.isMaxOpen ? value < interval.max : value <= interval.max)
  )
}

function optypeOf(text: string | undefined, type: TypeName): Optype {
  const found = optypes.find((optype) => optype === text)
  if (found) return found
  if (text?.startsWith('contin')) return 'continuous'
  return type.type === 'string' || type.type === 'boolean' ? 'categorical' : 'continuous'
}

const missingTreatments = [
  'asIs',
  'asMean',
  'asMode',
  'asMedian',
  'asValue',
  'returnInvalid',
  'x-returnInvalid',
] as const

/** The preparation of a field by its declaration and its MiningField (null: used without being listed). */
export function planInput(
  reader: DocumentReader,
  field: DataField,
  mining: XmlElement | null,
  slot: number,
  use: { readonly isActive: boolean },
): InputPlan {
  const { type } = field.facts
  const replacement = (element: XmlElement | null, ...names: string[]): Cell => {
    for (const name of names) {
      const text = element?.attributes[name]
      if (text !== undefined) return reader.cellOrText(text, type)
    }
    return undefined
  }
  const missingTreatment = mining ? reader.word(mining, 'missingValueTreatment', missingTreatments, 'asIs') : 'asIs'
  const outliers = mining
    ? reader.word(mining, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues'], 'asIs')
    : 'asIs'
  const invalidTreatment = mining
    ? reader.word(mining, 'invalidValueTreatment', ['returnInvalid', 'asIs', 'asMissing', 'asValue'], 'returnInvalid')
    : 'asIs'
  return {
    name: field.facts.name,
    slot,
    type,
    optype:
      mining?.attributes['optype'] === undefined ? field.facts.optype : optypeOf(mining.attributes['optype'], type),
    valid: field.valid,
    invalid: field.invalid,
    missing: field.missing,
    intervals: field.intervals,
    missingTreatment:
      missingTreatment === 'returnInvalid' || missingTreatment === 'x-returnInvalid' ? 'returnInvalid' : 'asIs',
    missingReplacement: replacement(mining, 'missingValueReplacement'),
    invalidTreatment,
    invalidReplacement: replacement(mining, 'invalidValueReplacement', 'x-invalidValueReplacement'),
    outliers,
    low: mining ? reader.number(mining, 'lowValue', Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY,
    high: mining ? reader.number(mining, 'highValue', Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
    isActive: use.isActive,
  }
}

/** True when a nested MiningField changes what the enclosing model gives. */
export function hasTreatment(mining: XmlElement): boolean {
  const { attributes } = mining
  const kept = new Set([undefined, 'asIs', 'returnInvalid'])
  return (
    attributes['missingValueReplacement'] !== undefined ||
    (attributes['outliers'] !== undefined && attributes['outliers'] !== 'asIs') ||
    !kept.has(attributes['invalidValueTreatment'])
  )
}

/** One field of a record by its declaration and treatments (PMML-MiningSchema order); throws the record's fault. */
export function prepareField(plan: InputPlan, raw: Value | Cell): Cell {
  if (raw === null || raw === undefined || Number.isNaN(raw)) return treatMissing(plan)
  if (typeof raw === 'object')
    return Array.isArray(raw) || ArrayBuffer.isView(raw)
      ? castList(plan, raw)
      : invalidValue(plan, '[object]', '[object]')
  const present = typeof raw === 'bigint' ? Number(raw) : raw
  if (typeof present !== 'number' && typeof present !== 'string' && typeof present !== 'boolean')
    return treatMissing(plan)
  const value = cast(present, plan.type) as string | number | boolean | typeof NOT_CAST
  if (
    plan.missing.length > 0 &&
    (plan.missing.includes(present) || (value !== NOT_CAST && plan.missing.includes(value)))
  ) {
    return treatMissing(plan)
  }
  if (value === NOT_CAST) return invalidValue(plan, present, present)
  // A NaN that is written as text is a value outside every domain; one given as a number is a missing value.
  if (Number.isNaN(value) || !isValid(plan, value)) return invalidValue(plan, value, present)
  if (plan.outliers === 'asIs' || typeof value !== 'number') return value
  if (value >= plan.low && value <= plan.high) return value
  if (plan.outliers === 'asMissingValues') return treatMissing(plan)
  return value < plan.low ? plan.low : plan.high
}

/** True when a cast value lies in the declared domain. */
export function isValid(plan: InputPlan, value: string | number | boolean): boolean {
  if (plan.invalid.length > 0 && plan.invalid.includes(value)) return false
  if (plan.valid !== null) return plan.valid.includes(value)
  if (plan.intervals === null || plan.optype !== 'continuous' || typeof value !== 'number') return true
  return plan.intervals.some((interval) => contains(interval, value))
}

function treatMissing(plan: InputPlan): Cell {
  if (plan.missingTreatment === 'returnInvalid') throw new MillraceError('MODEL_INPUT_MISSING', { field: plan.name })
  return plan.missingReplacement
}

/** `value` is the cast one where the type holds it; `present` is what the record has. */
function invalidValue(plan: InputPlan, value: string | number | boolean, present: string | number | boolean): Cell {
  switch (plan.invalidTreatment) {
    case 'asIs':
      return Number.isNaN(value) ? undefined : value
    case 'asMissing':
      // A field that must not be missing may still be invalid.
      return plan.missingReplacement
    case 'asValue':
      return plan.invalidReplacement ?? value
    case 'returnInvalid': {
      const shown = String(present).slice(0, 200)
      throw new MillraceError('MODEL_INPUT_INVALID', { field: plan.name, value: shown, expected: expectation(plan) })
    }
  }
}

function castList(plan: InputPlan, raw: unknown): Cell {
  return Array.from(raw as ArrayLike<unknown>, (item): Cell => {
    if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean') return undefined
    const value = cast(item, plan.type)
    return value === NOT_CAST ? item : value
  })
}

function expectation(plan: InputPlan): string {
  if (plan.valid !== null) {
    const shown = plan.valid.slice(0, 12).map((value) => JSON.stringify(value))
    return `one of ${shown.join(', ')}${plan.valid.length > 12 ? ', …' : ''}`
  }
  if (plan.intervals !== null && plan.optype === 'continuous') {
    const one = (i: IntervalPlan) => `${i.isMinOpen ? '(' : '['}${i.min}, ${i.max}${i.isMaxOpen ? ')' : ']'}`
    return `${plan.type.type} within ${plan.intervals.map(one).join(' or ')}`
  }
  return `a value of type ${plan.type.type}`
}

const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** True for names that every object has without owning them (constructor, __proto__). */
export function isInherited(name: string): boolean {
  return inherited.has(name)
}

/** Text of the statement that reads a field of record `r`: its name is in it as a JSON string. Example: `x = r["a"]`. */
export function readText(input: InputPlan, variable: string): string {
  const name = JSON.stringify(input.name)
  // Names that every object inherits (constructor, __proto__) count only when the record has them itself.
  return inherited.has(input.name)
    ? `${variable} = own(r, ${name}) ? r[${name}] : undefined`
    : `${variable} = r[${name}]`
}

/**
 * Text of the condition under which `variable` is of the field's type and prepareField gives it back as it is (rounded for a float), or
 * null where only prepareField can tell. It holds numbers and JSON strings. Example: `typeof x === 'number' && x === x && x >= 0`.
 */
export function plainText(input: InputPlan, variable: string): string | null {
  if (input.valid !== null || input.invalid.length > 0) return null
  const { type } = input.type
  const isNumber = type === 'double' || type === 'float' || type === 'integer'
  const missing = input.missing.filter((value) => (typeof value === 'number') === isNumber && !Number.isNaN(value))
  if (missing.length > maxCompared || missing.some((value) => Math.abs(value as number) === Number.POSITIVE_INFINITY))
    return null
  const different = missing.map((value) => `${variable} !== ${JSON.stringify(value)}`)
  if (type === 'string' && input.intervals === null)
    return [`typeof ${variable} === 'string'`, ...different].join(' && ')
  if (!isNumber) return null
  const limits = limitsOf(input, variable)
  // Checks of a float are of what it is rounded to.
  if (type === 'float' && different.length + limits.length > 0) return null
  const isOfType =
    type === 'integer'
      ? `Number.isSafeInteger(${variable})`
      : `typeof ${variable} === 'number' && ${variable} === ${variable}`
  return [isOfType, ...different, ...limits].join(' && ')
}

const maxCompared = 8

function limitsOf(input: InputPlan, variable: string): string[] {
  const above = (min: number, isOpen: boolean): string =>
    min === Number.NEGATIVE_INFINITY ? 'true' : `${variable} ${isOpen ? '>' : '>='} ${min}`
  const below = (max: number, isOpen: boolean): string =>
    max === Number.POSITIVE_INFINITY ? 'true' : `${variable} ${isOpen ? '<' : '<='} ${max}`
  const limits: string[] = []
  if (input.intervals !== null && input.optype === 'continuous') {
    const inside = input.intervals.map((i) => `${above(i.min, i.isMinOpen)} && ${below(i.max, i.isMaxOpen)}`)
    limits.push(`(${inside.join(' || ') || 'false'})`)
  }
  if (input.outliers !== 'asIs') limits.push(above(input.low, false), below(input.high, false))
  return limits
}
