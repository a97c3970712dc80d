import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { workerUrl } from '../../core/worker-url.ts'

/**
 * Ends processes, and removes folders, when this one ends, however it ends: a small process of its own holds the other end of a pipe, and SIGTERMs, then
 * SIGKILLs what is left when the pipe closes.
 */
export class Guard {
  readonly #process: ChildProcess

  /** `graceMs` lies between SIGTERM and SIGKILL. */
  constructor(graceMs: number) {
    const entry = fileURLToPath(workerUrl(import.meta.url, 'guard-process'))
    this.#process = spawn(process.execPath, ['--no-warnings', entry, String(graceMs)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true, // a group of its own, which Ctrl-C in a terminal does not reach
    })
    this.#process.on('error', () => {}) // without a guard the processes still end in order
    this.#process.stdin?.on('error', () => {})
    this.#process.unref()
    ;(this.#process.stdin as unknown as { unref?(): void } | null)?.unref?.()
  }

  /** From now on the process is ended with this one. */
  watch(pid: number): void {
    this.#process.stdin?.write(`+${pid}\n`)
  }

  /** The process has ended: its number may become another's. */
  forget(pid: number): void {
    this.#process.stdin?.write(`-${pid}\n`)
  }

  /** The folder is removed when everything that is watched has ended and this process too, or when the guard is closed. */
  removeAtEnd(folder: string): void {
    this.#process.stdin?.write(`=${encodeURIComponent(folder)}\n`)
  }

  /** Ends what is still watched, and the guard. */
  close(): void {
    this.#process.stdin?.end()
  }
}
