import type { ConfigPath } from '../config/document.ts'
import { FaultList } from '../config/faults.ts'
import type { OptionsOrigin } from '../config/parse.ts'
import { type ErrorCode, type ErrorParameters, MillraceError } from '../core/errors.ts'

/** Gathers what is wrong with one descriptor, with the place of each fault in its document. */
export class DescriptorFaults {
  readonly #origin: OptionsOrigin
  readonly #faults: FaultList

  constructor(origin: OptionsOrigin) {
    const { document, source } = origin
    this.#origin = origin
    this.#faults = new FaultList(document?.path ?? source ?? 'stream descriptor', document ?? null)
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
    this.#faults.add(this.#full(path), new MillraceError(code, filled))
  }

  /** The result of `check`, or null when it threw a MillraceError, which becomes a fault at `path`. */
  collect<T>(path: ConfigPath, check: () => T): T | null {
    return this.#faults.collect(this.#full(path), check)
  }

  throwIfAny(): void {
    this.#faults.throwIfAny()
  }

  #full(path: ConfigPath): ConfigPath {
    return [...(this.#origin.path ?? []), ...path]
  }
}
