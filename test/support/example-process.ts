import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Ended } from './command-line.ts'
import { temporaryFolder } from './temporary-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const main = join(root, 'src/cli/main.ts')

/** A folder with a copy of `examples/`, so that what an example writes is gone after its test. */
export function exampleFolder(): string {
  const folder = temporaryFolder()
  cpSync(join(root, 'examples'), join(folder, 'examples'), {
    recursive: true,
    filter: (path) => !path.endsWith('/data'),
  })
  return folder
}

/** Runs the command line in a process of its own, to its end. */
export function millrace(cwd: string, args: readonly string[]): Promise<Ended> {
  return node(cwd, [main, ...args])
}

/** Runs Node to its end. */
export function node(cwd: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const done = (error: (Error & { code?: unknown }) | null, stdout: string, stderr: string) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr })
    execFile(process.execPath, args, { cwd, maxBuffer: 1 << 26 }, done)
  })
}

/** A command line that runs until it is told to stop. */
export class RunningProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #exit: Promise<number | null>
  #stdout = ''
  #stderr = ''
  #changed = Promise.withResolvers<void>()

  constructor(cwd: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdout.on('data', (chunk) => this.#take(() => (this.#stdout += chunk)))
    this.#child.stderr.on('data', (chunk) => this.#take(() => (this.#stderr += chunk)))
    this.#exit = new Promise((resolve) => this.#child.once('close', (status) => this.#take(() => resolve(status))))
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  /** The first match in what was printed to standard error; rejects when the process ends without it. */
  async log(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stderr)
      if (match) return match
      if (this.#child.exitCode !== null) throw new Error(`ended with ${this.#child.exitCode}: ${this.#stderr}`)
      await this.#changed.promise
    }
  }

  /** Gives it standard input. */
  write(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Asks for an orderly end and resolves with it. */
  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM')
    const status = await this.#exit
    return { status: status ?? -1, stdout: this.#stdout, stderr: this.#stderr }
  }

  #take(change: () => void): void {
    change()
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
