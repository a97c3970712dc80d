import { type ErrorCode, MillraceError } from '../core/errors.ts'

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

/**
 * Gathers the faults of a document that is checked part by part, so that a user sees all of them at once.
 * Use: `attempt` each part, then `throwIfAny` once.
 */
export class FaultList {
  readonly #source: string
  readonly #faults: Fault[] = []

  constructor(source: string) {
    this.#source = source
  }

  get faults(): readonly Fault[] {
    return this.#faults
  }

  add(fault: Fault): void {
    this.#faults.push(fault)
  }

  /** The result of `check`, or null when it threw a configuration error, whose faults are kept. Other errors pass through. */
  attempt<T>(check: () => T): T | null {
    try {
      return check()
    } catch (thrown) {
      if (thrown instanceof ConfigFaults) this.#faults.push(...thrown.faults)
      else if (thrown instanceof MillraceError && thrown.code.startsWith('CONFIG_')) this.#faults.push(faultOf(thrown))
      else throw thrown
      return null
    }
  }

  throwIfAny(): void {
    if (this.#faults.length > 0) throw new ConfigFaults(this.#source, this.#faults)
  }
}

/** A single configuration error as a fault; line and column are read from its place, `engine.yaml:12:5`. */
function faultOf(error: MillraceError): Fault {
  const place = String(error.parameters['place'] ?? '')
  const point = /:(\d+):(\d+)$/.exec(place)
  return {
    code: error.code,
    path: String(error.parameters['option'] ?? ''),
    line: point ? Number(point[1]) : null,
    column: point ? Number(point[2]) : null,
    message: error.message,
  }
}
