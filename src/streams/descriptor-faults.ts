import type { ConfigPath } from '../config/document.ts'
import { ConfigFaults, type Fault } from '../config/faults.ts'
import type { OptionsOrigin } from '../config/parse.ts'
import { type ErrorCode, type ErrorParameters, MillraceError } from '../core/errors.ts'

/** Gathers what is wrong with one descriptor, with the place of each fault in its document. */
export class DescriptorFaults {
  readonly #origin: OptionsOrigin
  readonly #faults: Fault[] = []

  constructor(origin: OptionsOrigin) {
    this.#origin = origin
  }

  /** Place of an option for messages: `engine.yaml:12:5`, or the source and the path where there is no document. */
  place(path: ConfigPath): string {
    const full = this.#full(path)
    const { document, source } = this.#origin
    if (document) return document.place(full)
    return [source ?? 'stream descriptor', ...(full.length > 0 ? [full.join('.')] : [])].join(': ')
  }

  /** Adds a fault; the place is filled in. */
  add<C extends ErrorCode>(path: ConfigPath, code: C, parameters: Omit<ErrorParameters<C>, 'place'>): void {
    const filled = { place: this.place(path), ...parameters } as unknown as ErrorParameters<C>
    this.#push(path, new MillraceError(code, filled))
  }

  /** The result of `check`, or null when it threw a MillraceError, which becomes a fault at `path`. */
  collect<T>(path: ConfigPath, check: () => T): T | null {
    try {
      return check()
    } catch (thrown) {
      if (thrown instanceof ConfigFaults) this.#faults.push(...thrown.faults)
      else if (thrown instanceof MillraceError) this.#push(path, thrown)
      else throw thrown
      return null
    }
  }

  throwIfAny(): void {
    if (this.#faults.length === 0) return
    throw new ConfigFaults(this.#origin.document?.path ?? this.#origin.source ?? 'stream descriptor', this.#faults)
  }

  #push(path: ConfigPath, error: MillraceError): void {
    const full = this.#full(path)
    const point = this.#origin.document?.pointOf(full)
    this.#faults.push({
      code: error.code,
      path: full.join('.'),
      line: point?.line ?? null,
      column: point?.column ?? null,
      message: error.message,
    })
  }

  #full(path: ConfigPath): ConfigPath {
    return [...(this.#origin.path ?? []), ...path]
  }
}
