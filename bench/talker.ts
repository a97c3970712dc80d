import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'

/** A process that says `ready` and then answers each line with a line. */
export class Talker {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface
  #said = ''
  readonly #ready: Promise<string | null>

  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args)
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk.toString()}`.slice(0, 2000)
    })
    this.#reader = createInterface({ input: this.#process.stdout })
    this.#lines = this.#reader[Symbol.asyncIterator]()
    this.#ready = this.#next().then(
      () => null,
      (fault: Error) => fault.message,
    )
  }

  /** Id of the process. */
  get pid(): number {
    return this.#process.pid as number
  }

  /** Why the process ended before it was ready, or null. */
  faultAtStart(): Promise<string | null> {
    return this.#ready
  }

  /** Sends a line and gives the answer; throws what the process said last when it ends without one. */
  async ask(line: string): Promise<string> {
    await this.#ready
    this.#process.stdin.write(`${line}\n`)
    return this.#next()
  }

  /** Ends the process. */
  end(): void {
    this.#reader.close()
    this.#process.kill()
  }

  async #next(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the process ends: ${this.#said}`)
    return value
  }
}

/** The first value of `found` that is not within a few float roundings of what was expected, in words, or null. */
export function differenceOf(
  expected: readonly Readonly<Record<string, unknown>>[],
  found: readonly Readonly<Record<string, unknown>>[],
): string | null {
  if (found.length !== expected.length) return `${found.length} predictions, expected ${expected.length}`
  for (const [row, prediction] of found.entries())
    for (const [name, value] of Object.entries(prediction)) {
      const wanted = expected[row]?.[name]
      if (!isNear(value, wanted)) return `${String(value)} for "${name}" of record ${row}, expected ${String(wanted)}`
    }
  return null
}

function isNear(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-6 + 1e-5 * Math.abs(b)
  return String(a) === String(b)
}
