import { closest } from '../../config/closest.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Domain, Dtype, Feature } from '../../schema/signature.ts'
import type { TensorDtype } from '../../schema/tensor.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import { castCell, isFloatDtype } from './cells.ts'
import { checkSource } from './feature-cells.ts'
import { type FeatureEntry, fault, readEntry, readInputEntry } from './feature-entry.ts'
import { type FeaturePlan, filledShape, type InputPlan, type SourcePlan, sourceWidth, widthOf } from './feature-plan.ts'

export { featureOptions } from './feature-entry.ts'
export { openFeatures, openMatrix } from './feature-reader.ts'

/** An input as the model declares it. Example: `{name: 'float_input', dtype: 'float32', shape: [null, 4]}`. */
export interface ModelInput {
  readonly name: string
  readonly dtype: TensorDtype
  /** The batch first; null in a dimension = any size. Null for the whole = the model does not say. */
  readonly shape: readonly (number | null)[] | null
  /** Names of the columns of a row, where the model knows them. */
  readonly columns?: readonly string[]
  /** Values of columns that are categories, by the column's name: the text or number at index `i` is the number `i` in the tensor. */
  readonly categories?: Readonly<Record<string, readonly (string | number | boolean)[]>>
  /** What a missing value becomes when the option says nothing: NaN (floats only), or the record's fault (the default). */
  readonly missing?: 'nan' | 'error'
  /** What a text or number outside `categories` becomes: by default what a missing value does. */
  readonly unknown?: 'nan' | 'error'
}

/** A plan and the features that it reads: `inputs` of the signature, a sample for warm-up. */
export interface PlannedFeatures {
  readonly plan: FeaturePlan
  readonly features: readonly Feature[]
  readonly samples: readonly RecordValue[]
}

/**
 * Decides what the inputs of a model are read from. `given` is the value of the option `features`, `source` names the artifact for
 * messages. Throws MODEL_FEATURES_WRONG where features cannot fit the inputs.
 *
 * Without the option: a scalar input reads the field of its name; a model that knows its columns reads the fields of these names; another
 * input reads a field of its name that holds the list of numbers (or texts) of its shape.
 */
export function planFeatures(
  given: readonly unknown[] | undefined,
  inputs: readonly ModelInput[],
  source: string,
): PlannedFeatures {
  const own = ownEntries(given ?? [], inputs, source)
  const isWhole = own.size === 0 && haveNoBatch(inputs)
  const planned = inputs.map((input) => planInput(input, own.get(input.name) ?? null, source, isWhole))
  const plan: FeaturePlan = { inputs: planned, rows: rowsOf(inputs, planned, source) }
  checkSize(plan, source)
  const features = featuresOf(plan)
  return { plan, features, samples: [sampleOf(features, plan)] }
}

interface Given {
  readonly entries: readonly { readonly given: unknown; readonly place: string }[]
  readonly value: number | string | boolean | null
}

/** Entries by the name of the input that they are for. */
function ownEntries(given: readonly unknown[], inputs: readonly ModelInput[], source: string): Map<string, Given> {
  const own = new Map<string, Given>()
  const flat: Given['entries'][number][] = []
  const names = inputs.map((input) => input.name)
  given.forEach((entry, i) => {
    const place = `features[${i}]`
    const group = readInputEntry(entry, { source, place })
    if (group === null) {
      flat.push({ given: entry, place })
      return
    }
    if (!names.includes(group.input))
      throw fault({ source, place }, `the model has no input "${group.input}"${closest(group.input, names)}`)
    if (own.has(group.input)) throw fault({ source, place }, `input "${group.input}" is given twice`)
    const entries = (group.features ?? []).map((feature, k) => ({ given: feature, place: `${place}.features[${k}]` }))
    own.set(group.input, { entries, value: group.value })
  })
  const open = inputs.filter((input) => !own.has(input.name))
  if (flat.length > 0) shareOut(flat, open, own, source)
  return own
}

/** Entries that name no input: all are the only input's, or one each, by name or else by order. */
function shareOut(flat: Given['entries'], open: readonly ModelInput[], own: Map<string, Given>, source: string): void {
  const [only] = open
  if (open.length === 1 && only) {
    own.set(only.name, { entries: flat, value: null })
    return
  }
  const nameOf = (entry: unknown): unknown => {
    if (typeof entry !== 'object' || entry === null) return entry
    const { name, field } = entry as { name?: unknown; field?: unknown }
    return name ?? field
  }
  const byName = flat.map(({ given }) => open.find((input) => input.name === nameOf(given)))
  const isNamed = byName.every((input) => input !== undefined) && new Set(byName).size === flat.length
  if (!isNamed && flat.length !== open.length) {
    const names = open.map((input) => `"${input.name}"`).join(', ')
    const place = flat[0]?.place ?? 'features'
    throw fault(
      { source, place },
      `the model has the inputs ${names}: say which with {input, features}, or give one feature for each`,
    )
  }
  flat.forEach((entry, i) => {
    const input = (isNamed ? byName[i] : open[i]) as ModelInput
    own.set(input.name, { entries: [entry], value: null })
  })
}

/** True when first sizes are fixed and differ, as those of matrices to multiply: a record is then all inputs as wholes. */
function haveNoBatch(inputs: readonly ModelInput[]): boolean {
  const rows = inputs.map((input) => (partOf(input).hasBatch ? (input.shape?.[0] ?? null) : 1))
  return new Set(rows.filter((size) => size !== null)).size > 1
}

function planInput(input: ModelInput, given: Given | null, source: string, isWhole: boolean): InputPlan {
  const { name, dtype } = input
  const { shape, hasBatch } = isWhole ? { shape: input.shape ?? [null], hasBatch: false } : partOf(input)
  const base = { name, dtype, shape, hasBatch }
  if (given !== null && given.value !== null) {
    checked({ source, place: 'features' }, () => castCell(given.value, dtype, `value of input "${name}"`))
    return { ...base, sources: [], constant: given.value }
  }
  const sources = given === null ? defaultSources(input, shape) : givenSources(input, shape, given, source)
  return { ...base, sources, constant: null }
}

/** A record's part of the input. A vector of one fixed size above 1 has no batch: the model takes one record at a time. */
function partOf({ shape }: ModelInput): Pick<InputPlan, 'shape' | 'hasBatch'> {
  // An input whose rank is unknown takes what the record has.
  if (shape === null) return { shape: [null], hasBatch: true }
  if (shape.length === 0) return { shape: [], hasBatch: false }
  const [first] = shape
  if (shape.length === 1 && typeof first === 'number' && first !== 1) return { shape, hasBatch: false }
  return { shape: shape.slice(1), hasBatch: true }
}

function defaultSources(input: ModelInput, shape: readonly (number | null)[]): SourcePlan[] {
  const width = widthOf(shape)
  const columns = knownColumns(input, shape)
  if (columns) return columns.map((column) => columnSource(input, column))
  if (width === 1) return [columnSource(input, input.name)]
  return [{ ...columnSource(input, input.name), shape, isGuessed: true }]
}

/** The columns that the model knows by name, when they make up the input. */
function knownColumns({ columns }: ModelInput, shape: readonly (number | null)[]): readonly string[] | null {
  return columns && filledShape(shape, columns.length) ? columns : null
}

function columnSource(input: ModelInput, column: string): SourcePlan {
  const values = input.categories && Object.hasOwn(input.categories, column) ? input.categories[column] : undefined
  const isNan = input.missing === 'nan' && isFloatDtype(input.dtype)
  return {
    name: column,
    field: column,
    expression: null,
    missing: { kind: isNan ? 'nan' : 'error' },
    categories: values
      ? {
          kind: 'number',
          keys: values,
          numbers: values.map((_, i) => i),
          unknown: isNan && input.unknown !== 'error' ? 'nan' : 'error',
        }
      : null,
    shape: [],
  }
}

function givenSources(
  input: ModelInput,
  shape: readonly (number | null)[],
  given: Given,
  source: string,
): readonly SourcePlan[] {
  const missing = input.missing ?? 'error'
  const entries = given.entries.map(({ given: one, place }) => {
    const entry = readEntry(one, { source, place, dtype: input.dtype, missing })
    checked({ source, place }, () => checkSource(entry.source, input.dtype))
    return entry
  })
  const width = widthOf(shape)
  const columns = knownColumns(input, shape)
  if (columns && entries.every((entry) => columns.includes(entry.name) && sourceWidth(entry.source) === 1))
    return byColumn(input, columns, entries, given, source)
  const sources = sized(entries, shape)
  const filled = sources.reduce((sum, one) => sum + (sourceWidth(one) ?? Number.NaN), 0)
  const isFilled = Number.isNaN(filled)
    ? width === null
    : filledShape(shape, filled) !== null || isOneList(sources, shape)
  if (!isFilled) {
    const unknown = columns ? entries.find((entry) => !columns.includes(entry.name)) : undefined
    const hint = unknown && columns ? closest(unknown.name, columns) : ''
    const has = width === null ? `the shape [${shape.map((size) => size ?? 'any').join(', ')}] per record` : `${width}`
    throw fault(
      { source, place: given.entries[0]?.place ?? 'features' },
      `the features fill ${filled} columns and input "${input.name}" has ${has}${hint}`,
    )
  }
  return sources
}

/** True when a list of a stated size is the whole input. */
function isOneList(sources: readonly SourcePlan[], shape: readonly (number | null)[]): boolean {
  const [only] = sources
  return (
    sources.length === 1 &&
    shape.length > 0 &&
    only?.shape.length === shape.length &&
    shape.every((size, k) => size === null || size === only.shape[k])
  )
}

/** Runs a check of values that the option names; what the dtype cannot hold is the option's fault. */
function checked(place: { source: string; place: string }, check: () => void): void {
  try {
    check()
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown
    throw fault(place, thrown.message)
  }
}

/** Features for columns that the model knows by name: these are read as said, the others from the fields of their names. */
function byColumn(
  input: ModelInput,
  columns: readonly string[],
  entries: readonly FeatureEntry[],
  given: Given,
  source: string,
): SourcePlan[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry.source]))
  if (byName.size < entries.length)
    throw fault({ source, place: given.entries[0]?.place ?? 'features' }, 'two features have the same name')
  return columns.map((column) => {
    const own = columnSource(input, column)
    const said = byName.get(column)
    // The model's own categories hold for a column that is only read from another field.
    return said ? { ...said, categories: said.categories ?? (said.expression ? null : own.categories) } : own
  })
}

/** The only feature of an input that takes more than one number is the list of them. */
function sized(entries: readonly FeatureEntry[], shape: readonly (number | null)[]): readonly SourcePlan[] {
  const [only] = entries
  const isWhole =
    entries.length === 1 &&
    only &&
    !only.isSized &&
    !only.source.categories &&
    !only.source.expression &&
    widthOf(shape) !== 1
  return isWhole ? [{ ...only.source, shape }] : entries.map((entry) => entry.source)
}

/** Records per run: what the models' fixed batch says, 1 when an input has no dimension for records. */
function rowsOf(inputs: readonly ModelInput[], planned: readonly InputPlan[], source: string): number | null {
  let rows: number | null = null
  planned.forEach((plan, i) => {
    const first = plan.hasBatch ? (inputs[i]?.shape?.[0] ?? null) : plan.constant === null ? 1 : null
    if (plan.constant !== null || first === null) return
    if (rows !== null && rows !== first) {
      const reason = `input "${plan.name}" takes ${first} records at a time and another one ${rows}`
      throw fault({ source, place: 'features' }, reason)
    }
    rows = first
  })
  return rows
}

/** Elements of an input for the fewest records that the model takes. */
const maxElements = 2 ** 26

/** A few bytes of a model may declare sizes that no machine holds. */
function checkSize({ inputs, rows }: FeaturePlan, source: string): void {
  for (const { name, shape, hasBatch } of inputs) {
    const width = widthOf(shape.map((size) => size ?? 1)) as number
    if (width * (hasBatch ? (rows ?? 1) : 1) > maxElements)
      throw new MillraceError('MODEL_ARTIFACT_LIMIT', {
        source,
        place: `input "${name}"`,
        limit: maxElements,
        what: 'elements at a time',
      })
  }
}

/** The fields that a plan reads, once each. */
function featuresOf(plan: FeaturePlan): Feature[] {
  const features = new Map<string, Feature>()
  for (const { dtype, sources } of plan.inputs) {
    for (const { field, expression, categories, missing, shape } of sources) {
      const isOptional = missing.kind !== 'error'
      for (const name of expression?.fields ?? [])
        if (!features.has(name)) features.set(name, { name, dtype: 'any', shape: [], isOptional: true })
      if (field === null) continue
      const domain: Domain | null = categories && categories.unknown === 'error' ? { values: categories.keys } : null
      const type: Dtype = categories ? dtypeOfKeys(categories.keys) : dtype
      features.set(field, { name: field, dtype: type, shape, isOptional, ...(domain ? { domain } : {}) })
    }
  }
  return [...features.values()]
}

function dtypeOfKeys(keys: readonly unknown[]): Dtype {
  if (keys.every((key) => typeof key === 'number')) return 'float64'
  return keys.every((key) => typeof key === 'boolean') ? 'boolean' : 'string'
}

const maxSampleNumbers = 1_000_000

/** A record that exercises the model: zeros, first categories, lists of the declared sizes with 1 where any size will do. */
function sampleOf(features: readonly Feature[], { inputs }: FeaturePlan): RecordValue {
  const total = inputs.reduce((sum, input) => sum + (widthOf(input.shape.map((size) => size ?? 1)) ?? 0), 0)
  if (total > maxSampleNumbers) return {}
  return Object.fromEntries(
    features.map(({ name, dtype, shape, domain }) => {
      const one: Value = domain?.values?.[0] ?? (dtype === 'string' ? 'a' : dtype === 'boolean' ? false : 1)
      return [name, nested(one, shape)]
    }),
  )
}

function nested(one: Value, shape: readonly (number | null)[]): Value {
  const [size, ...rest] = shape
  if (size === undefined) return one
  return Array.from({ length: size ?? 1 }, () => nested(one, rest))
}
