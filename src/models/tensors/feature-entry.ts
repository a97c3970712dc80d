import { closest } from '../../config/closest.ts'
import { json, list } from '../../config/option.ts'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import type { TensorDtype } from '../../schema/tensor.ts'
import { isFloatDtype, quoted } from './cells.ts'
import { ExpressionFault, planExpression } from './expression.ts'
import type { CategoryPlan, MissingRule, SourcePlan } from './feature-plan.ts'

/** One entry of the option `features`, normalised: a source and the column that it is meant for. */
export interface FeatureEntry {
  /** Name of the column, by default the field's. */
  readonly name: string
  readonly source: SourcePlan
  /** True when the entry says the sizes of its list. */
  readonly isSized: boolean
}

/** An entry `{input, features}` or `{input, value}`. */
export interface InputEntry {
  readonly input: string
  readonly features: readonly unknown[] | null
  readonly value: number | string | boolean | null
}

/** The option `features` of formats whose models take tensors or a matrix; see docs/guide/features.md. */
export const featureOptions = {
  features: list(
    json({
      summary:
        'a field name, `{field, name, missing, vocabulary, oneHot, categories, unknown, size}`, `{expression, …}` or `{input, features}`',
    }),
    {
      summary:
        'What the columns of the model’s inputs are read from, in their order; by default fields of the names that the model gives',
      isOptional: true,
      examples: [['sepal_length', { field: 'color', oneHot: ['red', 'white'] }, { expression: 'log1p(income)' }]],
    },
  ),
} as const

/** What must be known of the input that an entry is for. */
export interface EntryContext {
  readonly source: string
  /** Place of the entry for messages: `features[2]`. */
  readonly place: string
  readonly dtype: TensorDtype
  readonly missing: 'nan' | 'error'
}

const keys = ['field', 'expression', 'name', 'missing', 'vocabulary', 'oneHot', 'categories', 'unknown', 'size']

/** MODEL_FEATURES_WRONG at a place of the option. */
export function fault(context: Pick<EntryContext, 'source' | 'place'>, reason: string): MillraceError {
  return new MillraceError('MODEL_FEATURES_WRONG', { source: context.source, place: context.place, reason })
}

/** Reads `{input, features}` and `{input, value}`; null when the entry is a feature. */
export function readInputEntry(given: unknown, context: Pick<EntryContext, 'source' | 'place'>): InputEntry | null {
  if (typeof given !== 'object' || given === null || !('input' in given)) return null
  const { input, features, value, ...rest } = given as Record<string, unknown>
  if (typeof input !== 'string') throw fault(context, `"input" is ${quoted(input)}, expected the name of an input`)
  for (const key of Object.keys(rest))
    throw fault(context, `"${key}" is unknown beside "input"; known: features, value`)
  if ((features === undefined) === (value === undefined))
    throw fault(context, 'it has "input" and needs either "features" or "value" with it')
  if (features !== undefined && !Array.isArray(features)) throw fault(context, '"features" is no list')
  if (value !== undefined && !isPlain(value))
    throw fault(context, `"value" is ${quoted(value)}, expected a number, text, true or false`)
  return { input, features: (features as unknown[] | undefined) ?? null, value: (value as number | undefined) ?? null }
}

/** Reads an entry for a feature: text is the name of a field. */
export function readEntry(given: unknown, context: EntryContext): FeatureEntry {
  if (typeof given === 'string') return readEntry({ field: given }, context)
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw fault(context, `it is ${quoted(given)}, expected the name of a field or an object`)
  const entry = given as Record<string, unknown>
  for (const key of Object.keys(entry))
    if (!keys.includes(key)) throw fault(context, `"${key}" is unknown${closest(key, keys)}`)
  const { field, expression } = entry
  if ((field === undefined) === (expression === undefined))
    throw fault(context, 'it needs either "field" or "expression"')
  for (const key of ['field', 'expression', 'name'])
    if (entry[key] !== undefined && typeof entry[key] !== 'string')
      throw fault(context, `"${key}" is ${quoted(entry[key])}, expected text`)
  const categories = readCategories(entry, context)
  const shape = readSize(entry['size'], context)
  if (shape !== null && (categories || expression !== undefined))
    throw fault(context, '"size" is for a field that holds a list of numbers or texts')
  const name = (field ?? expression) as string
  return {
    name: (entry['name'] as string | undefined) ?? name,
    source: {
      name,
      field: (field as string | undefined) ?? null,
      expression: expression === undefined ? null : readExpression(expression as string, context),
      missing: readMissing(entry['missing'], categories, context),
      categories,
      shape: shape ?? [],
    },
    isSized: shape !== null,
  }
}

function readExpression(text: string, context: EntryContext): SourcePlan['expression'] {
  try {
    return planExpression(text)
  } catch (thrown) {
    if (!(thrown instanceof ExpressionFault)) throw thrown
    throw fault(context, `the expression "${text.slice(0, 200)}" cannot be used: ${reasonOf(thrown)}`)
  }
}

function readSize(size: unknown, context: EntryContext): readonly number[] | null {
  if (size === undefined) return null
  const sizes = Array.isArray(size) ? size : [size]
  if (!sizes.every((one) => Number.isSafeInteger(one) && (one as number) > 0))
    throw fault(context, `"size" is ${quoted(size)}, expected a whole number above 0 or a list of them`)
  return sizes as number[]
}

function readMissing(given: unknown, categories: CategoryPlan | null, context: EntryContext): MissingRule {
  if (given === undefined) {
    const isNan = context.missing === 'nan' && isFloatDtype(context.dtype) && categories?.kind !== 'one-hot'
    return { kind: isNan ? 'nan' : 'error' }
  }
  if (given === 'error') return { kind: 'error' }
  if (given === 'nan' && context.dtype !== 'string') {
    if (!isFloatDtype(context.dtype)) throw fault(context, `"missing" is "nan", which ${context.dtype} cannot hold`)
    return { kind: 'nan' }
  }
  if (given === 'zeros' && categories?.kind === 'one-hot') return { kind: 'zeros' }
  if (!isPlain(given)) throw fault(context, `"missing" is ${quoted(given)}, expected a value, "nan" or "error"`)
  return { kind: 'value', value: given }
}

/** Reads `vocabulary`, `oneHot` or `categories`, of which an entry has one at the most. */
function readCategories(entry: Record<string, unknown>, context: EntryContext): CategoryPlan | null {
  const { vocabulary, oneHot, categories, unknown } = entry
  const given = ['vocabulary', 'oneHot', 'categories'].filter((key) => entry[key] !== undefined)
  if (given.length > 1)
    throw fault(context, `it has ${given.map((key) => `"${key}"`).join(' and ')}, of which one is allowed`)
  if (given.length === 0) {
    if (unknown !== undefined) throw fault(context, '"unknown" needs "vocabulary", "oneHot" or "categories"')
    return null
  }
  if (context.dtype === 'string') throw fault(context, `"${given[0]}" gives numbers, and the input takes text`)
  if (categories !== undefined) return readNumbered(categories, unknown, context)
  const values = vocabulary ?? oneHot
  if (
    !Array.isArray(values) ||
    values.length === 0 ||
    !values.every(isPlain) ||
    new Set(values.map(String)).size < values.length
  )
    throw fault(context, `"${given[0]}" is ${quoted(values)}, expected a list of different values`)
  return {
    kind: oneHot === undefined ? 'number' : 'one-hot',
    keys: values as string[],
    numbers: values.map((_, i) => i),
    unknown: readUnknown(unknown, oneHot !== undefined, context),
  }
}

function readNumbered(categories: unknown, unknown: unknown, context: EntryContext): CategoryPlan {
  const isMap = typeof categories === 'object' && categories !== null && !Array.isArray(categories)
  const numbers = isMap ? Object.values(categories) : []
  if (!isMap || numbers.length === 0 || !numbers.every((number) => typeof number === 'number'))
    throw fault(context, `"categories" is ${quoted(categories)}, expected numbers by category`)
  return {
    kind: 'number',
    keys: Object.keys(categories as object),
    numbers: numbers as number[],
    unknown: readUnknown(unknown, false, context),
  }
}

function readUnknown(given: unknown, isOneHot: boolean, context: EntryContext): CategoryPlan['unknown'] {
  if (given === undefined || given === 'error') return 'error'
  if (isOneHot) {
    if (given === 'zeros') return 'zeros'
    throw fault(context, `"unknown" is ${quoted(given)}, expected "zeros" or "error"`)
  }
  if (typeof given === 'number' && !Number.isNaN(given)) return given
  if (given === 'nan' && isFloatDtype(context.dtype)) return 'nan'
  throw fault(context, `"unknown" is ${quoted(given)}, expected a number, "nan" (floats only) or "error"`)
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value))
}
