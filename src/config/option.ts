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

/** How values of an option are built: what derivations (flags, redaction, docs) switch on. */
export type OptionForm =
  | { readonly kind: 'text' | 'integer' | 'decimal' | 'boolean' | 'json' }
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  | { readonly kind: 'list' | 'map'; readonly item: Option<unknown> }
  | { readonly kind: 'group'; readonly table: OptionTable }
  | { readonly kind: 'tagged'; readonly alternatives: Readonly<Record<string, OptionTable>> }

/** One declared option: facets for people, a form for derivations, a zod schema for values. */
export interface Option<T> {
  /** Type as the reference prints it: `text`, `integer from 1`, `one of "a", "b"`. */
  readonly type: string
  readonly facets: OptionFacets<T>
  readonly form: OptionForm
  readonly schema: z.ZodType<T>
}

/** The options of one component or document, by name. */
export type OptionTable = { readonly [name: string]: Option<unknown> }

type ValueOf<O> = O extends Option<infer V> ? V : never
type Flat<T> = { [K in keyof T]: T[K] }

/**
 * Values of a table after validation: defaults filled in, optional ones possibly absent.
 *
 * Example: `{topic: text({summary: '…'}), group: text({summary: '…', isOptional: true})}` gives
 * `{readonly topic: string; readonly group?: string | undefined}`. `json` options are `unknown`, which includes absence.
 */
export type OptionValues<T extends OptionTable> = Flat<
  { readonly [K in keyof T as undefined extends ValueOf<T[K]> ? never : K]: ValueOf<T[K]> } & {
    readonly [K in keyof T as undefined extends ValueOf<T[K]> ? K : never]?: ValueOf<T[K]>
  }
>

/** Values of a `tagged` option: the values of one alternative with its name as `type`. */
export type TaggedValues<A extends Readonly<Record<string, OptionTable>>> = {
  readonly [K in keyof A & string]: { readonly type: K } & OptionValues<A[K]>
}[keyof A & string]

type Facets<T, F> = F & OptionFacets<T>
/** The value type of an option declared with facets `F`: `undefined` joins only when it is optional. */
type Declared<T, F> = F extends { readonly isOptional: true } ? Option<T | undefined> : Option<T>

function declare<T, F extends OptionFacets<T>>(
  type: string,
  form: OptionForm,
  base: z.ZodType<T>,
  facets: F,
): Declared<T, F> {
  let schema: z.ZodType = base
  if (facets.default !== undefined) schema = z._default(base, facets.default as never)
  else if (facets.isOptional) schema = z.optional(base)
  else if (form.kind === 'group' && isAbsenceFilled(form.table)) schema = z.prefault(base, {} as never)
  return Object.freeze({ type, facets, form, schema: schema.meta(metaOf(facets)) }) as unknown as Declared<T, F>
}

/** Text, optionally of a stated form. */
export function text<const F extends OptionFacets<string>>(
  facets: Facets<string, F>,
  pattern?: { readonly regex: RegExp; readonly form: string },
): Declared<string, F> {
  const base = pattern ? z.string().regex(pattern.regex) : z.string()
  return declare(pattern ? pattern.form : 'text', { kind: 'text' }, base as z.ZodType<string>, facets)
}

/** A whole number within `[min, max]`, both inclusive. */
export function integer<const F extends OptionFacets<number>>(
  facets: Facets<number, F>,
  range: { readonly min?: number; readonly max?: number } = {},
): Declared<number, F> {
  return declare(`integer${rangeText(range)}`, { kind: 'integer' }, ranged(z.number().int(), range), facets)
}

/** A number within `[min, max]`, both inclusive. */
export function decimal<const F extends OptionFacets<number>>(
  facets: Facets<number, F>,
  range: { readonly min?: number; readonly max?: number } = {},
): Declared<number, F> {
  return declare(`number${rangeText(range)}`, { kind: 'decimal' }, ranged(z.number(), range), facets)
}

/** true or false. */
export function boolean<const F extends OptionFacets<boolean>>(facets: Facets<boolean, F>): Declared<boolean, F> {
  return declare('true or false', { kind: 'boolean' }, z.boolean(), facets)
}

/** One of a closed set of words. */
export function choice<const V extends readonly [string, ...string[]], const F extends OptionFacets<V[number]>>(
  words: V,
  facets: Facets<V[number], F>,
): Declared<V[number], F> {
  const base = z.enum(Object.fromEntries(words.map((word) => [word, word]))) as unknown as z.ZodType<V[number]>
  return declare(`one of ${quoted(words).join(', ')}`, { kind: 'choice', words }, base, facets)
}

/** A list of values of one kind. */
export function list<T, const F extends OptionFacets<readonly T[]>>(
  item: Option<T>,
  facets: Facets<readonly T[], F>,
): Declared<readonly T[], F> {
  const base = z.array(item.schema) as unknown as z.ZodType<readonly T[]>
  return declare(`list of ${item.type}`, { kind: 'list', item }, base, facets)
}

/** Free names to values of one kind. */
export function map<T, const F extends OptionFacets<Readonly<Record<string, T>>>>(
  item: Option<T>,
  facets: Facets<Readonly<Record<string, T>>, F>,
): Declared<Readonly<Record<string, T>>, F> {
  const base = z.record(z.string(), item.schema) as unknown as z.ZodType<Readonly<Record<string, T>>>
  return declare(`map of ${item.type}`, { kind: 'map', item }, base, facets)
}

/** Any JSON value; whoever reads it checks it. */
export function json<const F extends OptionFacets<unknown>>(facets: Facets<unknown, F>): Declared<unknown, F> {
  return declare('any JSON value', { kind: 'json' }, z.unknown(), facets)
}

/** An object with options of its own. It may be left out when each of them may. */
export function group<const T extends OptionTable, const F extends OptionFacets<OptionValues<T>>>(
  table: T,
  facets: Facets<OptionValues<T>, F>,
): Declared<OptionValues<T>, F> {
  return declare('object', { kind: 'group', table }, objectSchema(table), facets)
}

/** One of several objects, told apart by `type` (STYLE 5.4). */
export function tagged<
  const A extends Readonly<Record<string, OptionTable>>,
  const F extends OptionFacets<TaggedValues<A>>,
>(alternatives: A, facets: Facets<TaggedValues<A>, F>): Declared<TaggedValues<A>, F> {
  const shapes = Object.entries(alternatives).map(([type, table]) =>
    z.strictObject({ type: z.literal(type), ...shapeOf(table) }),
  )
  const base = z.discriminatedUnion('type', shapes as never) as unknown as z.ZodType<TaggedValues<A>>
  const names = quoted(Object.keys(alternatives)).join(' or ')
  return declare(`object with type ${names}`, { kind: 'tagged', alternatives }, base, facets)
}

/** True when a value must be given: there is no default and absence has no meaning. */
export function isRequired(option: Option<unknown>): boolean {
  if (option.facets.default !== undefined || option.facets.isOptional) return false
  return !(option.form.kind === 'group' && isAbsenceFilled(option.form.table))
}

/** The zod schema of a whole table: unknown options are errors. */
export function objectSchema<T extends OptionTable>(table: T): z.ZodType<OptionValues<T>> {
  return z.strictObject(shapeOf(table)) as unknown as z.ZodType<OptionValues<T>>
}

/** JSON Schema (draft 2020-12) of a table, as a user writes it (before defaults are filled in). */
export function jsonSchemaOf(table: OptionTable): Record<string, unknown> {
  return z.toJSONSchema(objectSchema(table), { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>
}

function isAbsenceFilled(table: OptionTable): boolean {
  return Object.values(table).every((option) => !isRequired(option))
}

/** The facets that JSON Schema has keywords for. */
function metaOf(facets: OptionFacets<unknown>): Record<string, unknown> {
  const unit = facets.unit ? ` (${facets.unit})` : ''
  return {
    description: `${facets.summary}${unit}`,
    ...(facets.examples ? { examples: [...facets.examples] } : {}),
    ...(facets.deprecated ? { deprecated: true } : {}),
    ...(facets.isSecret ? { writeOnly: true } : {}),
  }
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

function quoted(words: readonly string[]): string[] {
  return words.map((word) => JSON.stringify(word))
}
