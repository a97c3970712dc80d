import { boolean, type OptionTable, type OptionValues } from '../config/option.ts'
import type { Registry } from '../config/registry.ts'
import type { Clock } from '../core/clock.ts'
import type { Printer } from './printer.ts'

/** Where a verb's text goes. */
export interface Output {
  /** Resolves when there is room for more; rejects with CLI_OUTPUT_CLOSED once nobody reads any more. */
  write(content: string | Uint8Array): Promise<void>
  readonly isTerminal: boolean
  /** Characters in a line of the terminal. */
  readonly columns: number
}

/** The world around a verb, as arguments, so that tests run verbs without a process. */
export interface World {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths start from. */
  readonly cwd: string
  readonly clock: Clock
  /** Aborts at the first Ctrl-C or SIGTERM: end in order. */
  readonly stop: AbortSignal
  /** Aborts at the second: end at once. */
  readonly stopNow: AbortSignal
  readonly fetch: typeof globalThis.fetch
  /** All components with the URL of the module that worker threads get them from; loaded at the first call. */
  components(): Promise<{ readonly registry: Registry; readonly url: string }>
}

/** Options that every verb has. */
export const commonOptions = {
  json: boolean({ summary: 'Print data and errors as JSON', default: false }),
  quiet: boolean({ summary: 'Print results and errors only', default: false }),
  color: boolean({ summary: 'Colours on a terminal; NO_COLOR=1 switches them off too', default: true }),
  help: boolean({ summary: 'Print what the verb does, its options and examples', default: false }),
} as const satisfies OptionTable

/** An argument without a name. */
export interface Operand {
  readonly name: string
  readonly summary: string
  readonly isOptional?: true
  /** True for the last one when there may be several of it. */
  readonly isRepeated?: true
}

/** A command line that works, and what it does. */
export interface Example {
  readonly command: string
  readonly summary: string
}

/** What a verb runs with. */
export interface VerbContext<T extends OptionTable = OptionTable> {
  readonly world: World
  readonly options: OptionValues<T>
  readonly operands: readonly string[]
  readonly print: Printer
}

/** What a verb declares; flags, help, completion and the reference page are derived from it. */
export interface VerbDeclaration<T extends OptionTable> {
  /** One or two words: `send`, `topic list`. */
  readonly name: string
  /** What it was called before; still understood. */
  readonly formerName?: string
  /** One sentence, without a final period. */
  readonly summary: string
  /** More about it, in paragraphs. */
  readonly description?: string
  readonly operands?: readonly Operand[]
  readonly options: T
  readonly examples: readonly Example[]
  /** True for one that brings what it is at to an end at the first Ctrl-C; others are ended at once. */
  readonly endsInOrder?: true
  /** Does the work and returns the exit status, 0 when it returns nothing. Throws MillraceError when the work failed. */
  run(context: VerbContext<T>): Promise<number | undefined>
}

/** A verb of the command line. */
export interface Verb<T extends OptionTable = OptionTable>
  extends Required<Omit<VerbDeclaration<T>, 'formerName' | 'endsInOrder'>> {
  readonly formerName: string | null
  readonly endsInOrder: boolean
  /** Its form: `millrace topic create <name> [options]`. */
  readonly usage: string
}

/** Exit statuses, for help and the reference page. */
export const exitStatuses = {
  0: 'the work was done',
  1: 'the work failed',
  2: 'the command line is not understood',
  3: 'what was checked is not so: the lag is above --max',
  130: 'Ctrl-C twice: stopped at once',
} as const

/** Completes a declaration. */
export function defineVerb<const T extends OptionTable>(declaration: VerbDeclaration<T>): Verb<T> {
  const { name, formerName = null, operands = [], description = '', endsInOrder = false } = declaration
  const words = operands.map((operand) => {
    const word = `<${operand.name}>${operand.isRepeated ? '…' : ''}`
    return operand.isOptional ? `[${word}]` : word
  })
  const usage = ['millrace', name, ...words, '[options]'].join(' ')
  return Object.freeze({ ...declaration, formerName, description, operands, endsInOrder, usage })
}
