import { cliCatalogue } from './catalogue/cli.ts'
import { clientCatalogue } from './catalogue/client.ts'
import { configCatalogue } from './catalogue/config.ts'
import { coreCatalogue } from './catalogue/core.ts'
import { encodingCatalogue } from './catalogue/encoding.ts'
import { engineCatalogue } from './catalogue/engine.ts'
import type { CatalogueEntry, Scope } from './catalogue/entry.ts'
import { envelopeCatalogue } from './catalogue/envelope.ts'
import { modelCatalogue } from './catalogue/model.ts'
import { schemaCatalogue } from './catalogue/schema.ts'
import { serverCatalogue } from './catalogue/server.ts'
import { stateCatalogue } from './catalogue/state.ts'
import { streamCatalogue } from './catalogue/stream.ts'
import { transportCatalogue } from './catalogue/transport.ts'

/** Every error that Millrace reports, by code. Each room keeps its rows in `core/catalogue/<room>.ts`. */
export const catalogue = {
  ...coreCatalogue,
  ...configCatalogue,
  ...schemaCatalogue,
  ...encodingCatalogue,
  ...envelopeCatalogue,
  ...transportCatalogue,
  ...clientCatalogue,
  ...stateCatalogue,
  ...modelCatalogue,
  ...streamCatalogue,
  ...engineCatalogue,
  ...serverCatalogue,
  ...cliCatalogue,
}

/** A code of the catalogue. */
export type ErrorCode = keyof typeof catalogue

/** The `{names}` of a message template: `Names<'{a} is {b}'>` is `'a' | 'b'`. */
type Names<T extends string> = T extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never

/** The parameters that an error of this code is made with. */
export type ErrorParameters<C extends ErrorCode> = {
  readonly [N in Names<(typeof catalogue)[C]['message']>]: string | number
}

/** An error as data: what crosses threads, enters dead letters and answers HTTP requests. */
export interface ErrorReport {
  readonly code: ErrorCode
  readonly message: string
  readonly parameters: Readonly<Record<string, string | number>>
}

/** The one error class: a code of the catalogue, its parameters and its sentence. */
export class MillraceError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'MillraceError'
  readonly code: C
  readonly parameters: Readonly<Record<string, string | number>>

  constructor(code: C, parameters: ErrorParameters<C>, cause?: unknown) {
    super(fill(catalogue[code].message, parameters), cause === undefined ? undefined : { cause })
    this.code = code
    this.parameters = parameters
  }

  get entry(): CatalogueEntry {
    return catalogue[this.code]
  }

  get scope(): Scope {
    return this.entry.scope
  }

  get isRetryable(): boolean {
    return this.entry.retry
  }

  /** True when somebody else has taken over what the error is about: a task, a membership. */
  get isFenced(): boolean {
    return this.entry.isFenced === true
  }

  /** The error as data, without cause and stack. */
  toReport(): ErrorReport {
    return { code: this.code, message: this.message, parameters: this.parameters }
  }

  /** The error that `toReport` described, on another thread or in another process; a code of another release becomes CORE_INTERNAL. */
  static fromReport(report: ErrorReport): MillraceError {
    if (!Object.hasOwn(catalogue, report.code)) {
      return new MillraceError('CORE_INTERNAL', { where: `a report of "${report.code}"`, reason: report.message })
    }
    return new MillraceError(report.code, report.parameters as ErrorParameters<ErrorCode>)
  }

  /** Any thrown value as a MillraceError; what is not one becomes CORE_INTERNAL with the place where it was caught. */
  static from(thrown: unknown, where: string): MillraceError {
    if (thrown instanceof MillraceError) return thrown
    return new MillraceError('CORE_INTERNAL', { where, reason: reasonOf(thrown) }, thrown)
  }
}

/** The sentence of any thrown value, for a `{reason}` parameter. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function fill(template: string, parameters: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name]
    return value === undefined ? whole : String(value)
  })
}
