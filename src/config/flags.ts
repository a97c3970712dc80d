import { isRequired, type Option, type OptionForm, type OptionTable } from './option.ts'

/** A command-line flag derived from an option. */
export interface Flag {
  /** Without the dashes: `timeout-ms`; options of a group join with a dot: `batching.max-records`. */
  readonly name: string
  /** Path of the option in its table: `['batching', 'maxRecords']`. */
  readonly path: readonly string[]
  readonly form: OptionForm
  /** Type as help prints it. */
  readonly type: string
  readonly summary: string
  readonly unit: string | null
  /** Default as it would be typed, or null. */
  readonly default: string | null
  readonly isRequired: boolean
  readonly isSecret: boolean
  /** True when the flag may be given several times: each time is one item of a list, or one `name=value` of a map. */
  readonly isRepeatable: boolean
}

/** The flags of a table, in its order. Tagged and free-form options are given as JSON text. */
export function flagsOf(table: OptionTable): Flag[] {
  return flagsBelow(table, [], true)
}

/** The `options` argument of `parseArgs` of node:util that reads these flags (with `allowNegative: true`). */
export function argumentsOf(flags: readonly Flag[]): Record<string, { type: 'boolean' | 'string'; multiple: boolean }> {
  return Object.fromEntries(
    flags.map((flag) => [
      flag.name,
      { type: flag.form.kind === 'boolean' ? 'boolean' : 'string', multiple: flag.isRepeatable },
    ]),
  )
}

/** The values that `parseArgs` read, as an object for `parseOptions`. What cannot be converted stays text, for it to judge. */
export function valuesOfFlags(
  flags: readonly Flag[],
  given: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const flag of flags) {
    const texts = given[flag.name]
    if (texts !== undefined) place(values, flag.path, valueOfTexts(flag, [texts].flat()))
  }
  return values
}

function flagsBelow(table: OptionTable, above: readonly string[], isAboveRequired: boolean): Flag[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const path = [...above, name]
    const required = isAboveRequired && isRequired(option)
    if (option.form.kind === 'group') return flagsBelow(option.form.table, path, required)
    return [flagOf(path, option, required)]
  })
}

function flagOf(path: readonly string[], { form, type, facets }: Option<unknown>, required: boolean): Flag {
  return {
    name: path.map(kebab).join('.'),
    path,
    form,
    type,
    summary: facets.summary,
    unit: facets.unit ?? null,
    default: facets.default === undefined ? null : typed(facets.default),
    isRequired: required,
    isSecret: facets.isSecret === true,
    isRepeatable: form.kind === 'list' || form.kind === 'map',
  }
}

function valueOfTexts({ form }: Flag, texts: readonly (string | boolean)[]): unknown {
  if (form.kind === 'list') return texts.map((text) => valueOfText(form.item.form, text))
  if (form.kind !== 'map') return valueOfText(form, texts.at(-1) as string | boolean)
  return Object.fromEntries(
    texts.map((text) => {
      const [name, ...rest] = String(text).split('=')
      return [name, rest.length === 0 ? undefined : valueOfText(form.item.form, rest.join('='))]
    }),
  )
}

function valueOfText(form: OptionForm, text: string | boolean): unknown {
  if (typeof text === 'boolean' || form.kind === 'text' || form.kind === 'choice') return text
  if (form.kind === 'integer' || form.kind === 'decimal') return numberOr(text)
  if (form.kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function numberOr(text: string): number | string {
  const number = Number(text)
  return text.trim() === '' || Number.isNaN(number) ? text : number
}

function place(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let target = values
  for (const name of path.slice(0, -1)) target = (target[name] ??= {}) as Record<string, unknown>
  target[path.at(-1) as string] = value
}

function kebab(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`)
}

function typed(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
