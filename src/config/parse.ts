import type { z } from 'zod'
import { type ErrorCode, type ErrorParameters, MillraceError } from '../core/errors.ts'
import { closest } from './closest.ts'
import type { ConfigDocument, ConfigPath } from './document.ts'
import { ConfigFaults, type Fault } from './faults.ts'
import { type Option, type OptionTable, type OptionValues, objectSchema } from './option.ts'
import { mask, redact } from './redact.ts'

/** Where the options stand, so that faults can point there. */
export interface OptionsOrigin {
  /** Document that holds them; without one, faults have no line and column. */
  readonly document?: ConfigDocument
  /** Path of the options inside their document. */
  readonly path?: ConfigPath
  /** What they came from when there is no document: `command line`, `POST /streams`. */
  readonly source?: string
  /** Names that stand beside the options and are read by the caller, such as `type`. */
  readonly besides?: readonly string[]
}

/** Checks `value` against the table and fills in defaults; throws one ConfigFaults with everything that is wrong. */
export function parseOptions<T extends OptionTable>(table: T, value: unknown, origin: OptionsOrigin): OptionValues<T> {
  const input = isObject(value) ? without(value, origin.besides ?? []) : value
  const result = objectSchema(table).safeParse(input)
  if (result.success) return result.data
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, table, input, origin))
  throw new ConfigFaults(sourceOf(origin), inOrder(faults))
}

/** zod's issue in our catalogue. Only its code, path and keys are used: its text never reaches a user. */
function faultsOf(issue: z.core.$ZodIssue, table: OptionTable, input: unknown, origin: OptionsOrigin): Fault[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  const found = descend(table, input, path)
  if (issue.code === 'unrecognized_keys') {
    const known = [
      ...Object.keys(found.table ?? {}),
      ...found.tags,
      ...(path.length === 0 ? (origin.besides ?? []) : []),
    ]
    return issue.keys.map((key) =>
      faultAt('CONFIG_OPTION_UNKNOWN', [...path, key], origin, { hint: closest(key, known) }),
    )
  }
  if (found.value === undefined && path.length > 0) {
    return [faultAt('CONFIG_OPTION_MISSING', path, origin, { summary: found.summary })]
  }
  if (path.length === 0) {
    const parameters = { value: shown(input), expected: 'an object of options' }
    return [faultAt(origin.path?.length ? 'CONFIG_OPTION_WRONG' : 'CONFIG_OPTIONS_WRONG', path, origin, parameters)]
  }
  const value = found.isSecret
    ? mask
    : shown(found.option ? redact({ '': found.option }, { '': found.value })[''] : found.value)
  return [faultAt('CONFIG_OPTION_WRONG', path, origin, { value, expected: found.expected })]
}

interface Found {
  readonly value: unknown
  /** Option at the path, or null at a `type` tag and at the root. */
  readonly option: Option<unknown> | null
  /** Options that stand below the path, when it leads to an object. */
  readonly table: OptionTable | null
  /** `type`, when the path leads to a tagged object. */
  readonly tags: readonly string[]
  readonly expected: string
  readonly summary: string
  readonly isSecret: boolean
}

/** Follows a path through the options and the value at once. */
function descend(root: OptionTable, input: unknown, path: ConfigPath): Found {
  let value = input
  let option = null as Option<unknown> | null
  let table = root as OptionTable | null
  let tags: readonly string[] = []
  let isSecret = false
  let summary = ''
  for (const step of path) {
    if (step === 'type' && option?.form.kind === 'tagged') {
      const names = Object.keys(option.form.alternatives)
      const expected = `one of ${names.map((name) => JSON.stringify(name)).join(', ')}`
      return {
        value: memberOf(value, step),
        option: null,
        table: null,
        tags: [],
        expected,
        summary: expected,
        isSecret,
      }
    }
    const form = option?.form
    value = memberOf(value, step)
    if (form?.kind === 'list' || form?.kind === 'map') option = form.item
    else option = (table && Object.hasOwn(table, step) && table[step]) || null
    table = option && tableOf(option, value)
    tags = option?.form.kind === 'tagged' ? ['type'] : []
    isSecret ||= option?.facets.isSecret === true
    summary = option?.facets.summary ?? summary
  }
  const unit = option?.facets.unit ? ` (${option.facets.unit})` : ''
  return { value, option, table, tags, expected: `${option?.type ?? 'an object'}${unit}`, summary, isSecret }
}

function tableOf(option: Option<unknown>, value: unknown): OptionTable | null {
  if (option.form.kind === 'group') return option.form.table
  if (option.form.kind !== 'tagged') return null
  const type = memberOf(value, 'type')
  return typeof type === 'string' && Object.hasOwn(option.form.alternatives, type)
    ? (option.form.alternatives[type] as OptionTable)
    : null
}

type OptionFault = 'CONFIG_OPTION_UNKNOWN' | 'CONFIG_OPTION_MISSING' | 'CONFIG_OPTION_WRONG' | 'CONFIG_OPTIONS_WRONG'

function faultAt<C extends OptionFault>(
  code: C,
  path: ConfigPath,
  origin: OptionsOrigin,
  parameters: Omit<ErrorParameters<C>, 'place' | 'option'>,
): Fault {
  const full = [...(origin.path ?? []), ...path]
  const option = full.join('.')
  const place = origin.document?.place(full) ?? sourceOf(origin)
  const point = origin.document?.pointOf(full)
  const error = new MillraceError<ErrorCode>(code, {
    place,
    option,
    ...parameters,
  } as unknown as ErrorParameters<ErrorCode>)
  return { code, path: option, line: point?.line ?? null, column: point?.column ?? null, message: error.message }
}

/** Faults in the order of the document, so that the first one is the one nearest to its top. */
function inOrder(faults: Fault[]): Fault[] {
  return faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

function sourceOf(origin: OptionsOrigin): string {
  return origin.document?.path ?? origin.source ?? 'options'
}

function shown(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = typeof value === 'bigint' || Number.isNaN(value) ? String(value) : JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}

function memberOf(value: unknown, step: string | number): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, step)
    ? (value as Record<string | number, unknown>)[step]
    : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function without(value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return names.length === 0
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
}
