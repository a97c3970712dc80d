import type { Option, OptionTable } from './option.ts'

/** What stands in place of a secret, as in the seeds' `stream show`. */
export const mask = '*****'

/** The values as they may be shown: secrets are masked at every depth, and so is what no option of the table describes. */
export function redact(table: OptionTable, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const option = Object.hasOwn(table, name) ? table[name] : undefined
      return [name, option ? redactValue(option, value) : redactUnknown(value)]
    }),
  )
}

/** Text with the password of each URL in it masked: `amqp://user:*****@host`. */
export function redactUrls(text: string): string {
  return text.replace(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${mask}@`)
}

function redactValue(option: Option<unknown>, value: unknown): unknown {
  if (value === undefined || value === null) return value
  const { form } = option
  if (option.facets.isSecret) return mask
  if (Array.isArray(value) && form.kind === 'list') return value.map((item) => redactValue(form.item, item))
  if (isObject(value)) {
    if (form.kind === 'group') return redact(form.table, value)
    if (form.kind === 'tagged') return redactTagged(form.alternatives, value)
    if (form.kind === 'map') {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redactValue(form.item, item)]))
    }
  }
  if (holdsSecret(option)) return mask // not of the declared shape: the secret may be anywhere in it
  return typeof value === 'string' ? redactUrls(value) : value
}

function holdsSecret({ facets, form }: Option<unknown>): boolean {
  if (facets.isSecret) return true
  if (form.kind === 'list' || form.kind === 'map') return holdsSecret(form.item)
  if (form.kind === 'group') return Object.values(form.table).some(holdsSecret)
  return form.kind === 'tagged' && Object.values(form.alternatives).some((t) => Object.values(t).some(holdsSecret))
}

function redactTagged(
  alternatives: Readonly<Record<string, OptionTable>>,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { type, ...rest } = value
  const table = typeof type === 'string' && Object.hasOwn(alternatives, type) ? alternatives[type] : undefined
  return { type, ...redact(table ?? {}, rest) }
}

/** A value that was not declared may be a misspelt secret. */
function redactUnknown(value: unknown): unknown {
  return value === undefined || value === null || typeof value === 'boolean' ? value : mask
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
