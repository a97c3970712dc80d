import { type ErrorCode, MillraceError } from '../core/errors.ts'
import type { ConfigDocument, ConfigPath } from './document.ts'

/** One thing wrong with a document or with options (STYLE 5.5). */
export interface Fault {
  readonly code: ErrorCode
  /** Dotted path of the option: `slots.0.transport.topic`. */
  readonly path: string
  /** Line and column from 1, or null where there is no document. */
  readonly line: number | null
  readonly column: number | null
  /** What the error message says, with its place. */
  readonly message: string
}

/** CONFIG_FAULTS with all faults as data; the message tells the number and the first one. */
export class ConfigFaults extends MillraceError<'CONFIG_FAULTS'> {
  readonly faults: readonly Fault[]

  /** `source` is the document's path or whatever else the options came from; `faults` has at least one. */
  constructor(source: string, faults: readonly Fault[]) {
    const tally = faults.length === 1 ? '1 fault' : `${faults.length} faults, the first`
    super('CONFIG_FAULTS', { source, tally, first: faults[0]?.message ?? '' })
    this.faults = Object.freeze([...faults])
  }
}

/** Gathers what is wrong with a document that is checked part by part, so that a user sees all of it at once, each fault with its place. */
export class FaultList {
  readonly #source: string
  readonly #document: ConfigDocument | null
  readonly #faults: Fault[] = []

  /** `source` is told where the faults are thrown; without a document they have no line. */
  constructor(source: string, document: ConfigDocument | null) {
    this.#source = source
    this.#document = document
  }

  /** Adds an error of the option at `path`. */
  add(path: ConfigPath, { code, message }: MillraceError): void {
    const { line, column } = this.#document?.pointOf(path) ?? { line: null, column: null }
    this.#faults.push({ code, path: path.join('.'), line, column, message })
  }

  /** The result of `check`, or null when it threw a MillraceError, which becomes a fault at `path`. Other errors pass through. */
  collect<T>(path: ConfigPath, check: () => T): T | null {
    try {
      return check()
    } catch (thrown) {
      if (thrown instanceof ConfigFaults) this.#faults.push(...thrown.faults)
      else if (thrown instanceof MillraceError) this.add(path, thrown)
      else throw thrown
      return null
    }
  }

  throwIfAny(): void {
    if (this.#faults.length > 0) throw new ConfigFaults(this.#source, this.#faults)
  }
}
