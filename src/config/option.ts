import { z } from 'zod'

/** What every option declares, whatever its type (STYLE 5.1). Reference docs, JSON Schema and CLI help print these. */
export interface OptionFacets<T> {
  /** One sentence, without a final period. */
  readonly summary: string
  /** Unit in full (`milliseconds`, `bytes`, `records`), for numbers that have one. */
  readonly unit?: string
  /** Value when the option is absent. Without a default and without `isOptional` the option is required. */
  readonly default?: T
  /** True when absence means something of its own; the value is then `undefined`. */
  readonly isOptional?: true
  /** True for passwords and keys: resolved late, never printed. */
  readonly isSecret?: true
  readonly examples?: readonly T[]
  /** First version that has the option. */
  readonly since?: string
  /** What to use instead. */
  readonly deprecated?: string
}

/** One declared option: facets for people, a zod schema for values. */
export interface Option<T> {
  /** Type as the reference prints it: `text`, `integer from 1`, `one of "a", "b"`. */
  readonly type: string
  readonly facets: OptionFacets<T>
  readonly schema: z.ZodType<T>
  /** Option tables below this one (documents, tagged alternatives), for docs and unknown-option hints. */
  readonly children?: Readonly<Record<string, OptionTable>>
}

/** The options of one component or document, by name. */
export type OptionTable = { readonly [name: string]: Option<unknown> }

/** Values of a table after validation: defaults filled in, optional ones possibly absent. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends Option<infer V> ? V : never
}

type Facets<T, F> = F & OptionFacets<T>
/** The value type of an option declared with facets `F`: `undefined` joins only when it is optional. */
type Declared<T, F> = F extends { readonly isOptional: true } ? Option<T | undefined> : Option<T>

function declare<T, F extends OptionFacets<T>>(
  type: string,
  base: z.ZodType<T>,
  facets: F,
  children?: Readonly<Record<string, OptionTable>>,
): Declared<T, F> {
  let schema: z.ZodType = base
  if (facets.default !== undefined) schema = z._default(base, facets.default as never)
  else if (facets.isOptional) schema = z.optional(base)
  const declared = { type, facets, schema, ...(children ? { children } : {}) }
  return declared as unknown as Declared<T, F>
}

/** Text, optionally of a stated form. */
export function text<const F extends OptionFacets<string>>(
  facets: Facets<string, F>,
  pattern?: { readonly regex: RegExp; readonly form: string },
): Declared<string, F> {
  const base = pattern ? z.string().regex(pattern.regex, `expected ${pattern.form}`) : z.string()
  return declare(pattern ? pattern.form : 'text', base as z.ZodType<string>, facets)
}

/** A whole number within `[min, max]`, both inclusive. */
export function integer<const F extends OptionFacets<number>>(
  facets: Facets<number, F>,
  range: { readonly min?: number; readonly max?: number } = {},
): Declared<number, F> {
  return declare(`integer${rangeText(range)}`, ranged(z.number().int(), range), facets)
}

/** A number within `[min, max]`, both inclusive. */
export function decimal<const F extends OptionFacets<number>>(
  facets: Facets<number, F>,
  range: { readonly min?: number; readonly max?: number } = {},
): Declared<number, F> {
  return declare(`number${rangeText(range)}`, ranged(z.number(), range), facets)
}

/** true or false. */
export function boolean<const F extends OptionFacets<boolean>>(facets: Facets<boolean, F>): Declared<boolean, F> {
  return declare('true or false', z.boolean(), facets)
}

/** One of a closed set of words. */
export function choice<const V extends readonly [string, ...string[]], const F extends OptionFacets<V[number]>>(
  values: V,
  facets: Facets<V[number], F>,
): Declared<V[number], F> {
  const words: Record<string, string> = Object.fromEntries(values.map((v) => [v, v]))
  return declare(
    `one of ${values.map((v) => JSON.stringify(v)).join(', ')}`,
    z.enum(words) as unknown as z.ZodType<V[number]>,
    facets,
  )
}

/** A list of values of one kind. */
export function list<T, const F extends OptionFacets<readonly T[]>>(
  item: Option<T>,
  facets: Facets<readonly T[], F>,
): Declared<readonly T[], F> {
  return declare(`list of ${item.type}`, z.array(item.schema) as unknown as z.ZodType<readonly T[]>, facets)
}

/** Free names to values of one kind. */
export function map<T, const F extends OptionFacets<Readonly<Record<string, T>>>>(
  item: Option<T>,
  facets: Facets<Readonly<Record<string, T>>, F>,
): Declared<Readonly<Record<string, T>>, F> {
  return declare(
    `map of ${item.type}`,
    z.record(z.string(), item.schema) as unknown as z.ZodType<Readonly<Record<string, T>>>,
    facets,
  )
}

/** Any JSON value; whoever reads it checks it. */
export function json<const F extends OptionFacets<unknown>>(facets: Facets<unknown, F>): Declared<unknown, F> {
  return declare('any JSON value', z.unknown(), facets)
}

/** An object with options of its own. */
export function group<const T extends OptionTable, const F extends OptionFacets<OptionValues<T>>>(
  table: T,
  facets: Facets<OptionValues<T>, F>,
): Declared<OptionValues<T>, F> {
  return declare('object', objectSchema(table), facets, { '': table })
}

/** One of several objects, told apart by `type` (STYLE 5.4). */
export function tagged<
  const A extends Readonly<Record<string, OptionTable>>,
  const F extends OptionFacets<TaggedValues<A>>,
>(alternatives: A, facets: Facets<TaggedValues<A>, F>): Declared<TaggedValues<A>, F> {
  const shapes = Object.entries(alternatives).map(([type, table]) =>
    z.strictObject({ type: z.literal(type), ...shapeOf(table) }),
  )
  const names = Object.keys(alternatives)
  const base = z.discriminatedUnion('type', shapes as never) as unknown as z.ZodType<TaggedValues<A>>
  return declare(`object with type ${names.map((n) => JSON.stringify(n)).join(' or ')}`, base, facets, alternatives)
}

export type TaggedValues<A extends Readonly<Record<string, OptionTable>>> = {
  readonly [K in keyof A & string]: { readonly type: K } & OptionValues<A[K]>
}[keyof A & string]

/** The zod schema of a whole table: unknown options are errors. */
export function objectSchema<T extends OptionTable>(table: T): z.ZodType<OptionValues<T>> {
  return z.strictObject(shapeOf(table)) as unknown as z.ZodType<OptionValues<T>>
}

/** JSON Schema (draft 2020-12) of a table, as a user writes it (before defaults are filled in). */
export function jsonSchemaOf(table: OptionTable): Record<string, unknown> {
  const shape = Object.fromEntries(
    Object.entries(table).map(([name, option]) => {
      const unit = option.facets.unit ? ` (${option.facets.unit})` : ''
      return [name, option.schema.describe(`${option.facets.summary}${unit}`)]
    }),
  )
  return z.toJSONSchema(z.strictObject(shape), { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>
}

function shapeOf(table: OptionTable): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(table).map(([name, option]) => [name, option.schema]))
}

function ranged(schema: z.ZodNumber, range: { readonly min?: number; readonly max?: number }): z.ZodType<number> {
  let result = schema
  if (range.min !== undefined) result = result.min(range.min)
  if (range.max !== undefined) result = result.max(range.max)
  return result
}

function rangeText({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` from ${min}`
  return max !== undefined ? ` up to ${max}` : ''
}
