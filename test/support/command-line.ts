import { runCommandLine } from '../../src/cli/command-line.ts'
import type { Output, World } from '../../src/cli/verb.ts'
import { verbs } from '../../src/cli/verbs.ts'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'

/** What a command line printed and how it ended. */
export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** An output that keeps what is written, or refuses it once `isClosed` says so. */
export class KeptOutput implements Output {
  text = ''
  isClosed = false
  readonly isTerminal: boolean
  readonly columns: number
  #watchers: (() => void)[] = []

  constructor(isTerminal = false, columns = 100) {
    this.isTerminal = isTerminal
    this.columns = columns
  }

  async write(content: string | Uint8Array): Promise<void> {
    if (this.isClosed) throw new MillraceError('CLI_OUTPUT_CLOSED', {})
    this.text += Buffer.from(content as Uint8Array).toString()
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  /** Resolves when the text holds `part`. */
  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }
}

/** A world for tests: nothing of the process, and changes where a test needs them. */
export function testWorld(changes: Partial<World> = {}): World & { stdout: KeptOutput; stderr: KeptOutput } {
  const url = new URL('../../src/components.ts', import.meta.url).href
  return {
    stdin: inputOf(),
    env: {},
    cwd: '/nowhere',
    clock: systemClock,
    stop: new AbortController().signal,
    stopNow: new AbortController().signal,
    fetch: () => Promise.reject(new TypeError('no network in tests')),
    components: async () => ({ registry: (await import('../../src/components.ts')).registry, url }),
    ...changes,
    stdout: (changes.stdout as KeptOutput | undefined) ?? new KeptOutput(),
    stderr: (changes.stderr as KeptOutput | undefined) ?? new KeptOutput(),
  }
}

/** Runs a command line of the real verbs in this process. */
export async function run(args: readonly string[], changes: Partial<World> = {}): Promise<Ended> {
  const world = testWorld(changes)
  const status = await runCommandLine(verbs, args, world)
  return { status, stdout: world.stdout.text, stderr: world.stderr.text }
}

/** Standard input that gives these chunks and ends. */
export async function* inputOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk as Uint8Array)
}

/** Lines of JSON as values. */
export function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}
