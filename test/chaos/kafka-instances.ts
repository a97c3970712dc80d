import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Guard } from '../../src/clients/local-kafka/guard.ts'

const entry = fileURLToPath(new URL('./kafka-instance.ts', import.meta.url))

/** A process with an instance of the engine; its log lines go to `instance-<number>.log`. */
export class Instance {
  readonly number: number
  readonly #folder: string
  readonly #document: string
  readonly #guard: Guard
  #child: ChildProcess | null = null
  #exit: Promise<unknown> = Promise.resolve()
  #isMeant = false
  /** How often it ended although nobody ended it. */
  ownEnds = 0

  /** `document` is the file with what the engine is made from; `guard` ends the process with the suite. */
  constructor(number: number, folder: string, document: string, guard: Guard) {
    this.number = number
    this.#folder = folder
    this.#document = document
    this.#guard = guard
  }

  get pid(): number {
    return this.#child?.pid as number
  }

  /** Starts it; one that ends by itself is started again, as whoever runs programs for others would. */
  start(): void {
    const log = openSync(join(this.#folder, `instance-${this.number}.log`), 'a')
    const child = spawn(process.execPath, ['--no-warnings', entry, this.#document], { stdio: ['ignore', log, log] })
    closeSync(log)
    this.#child = child
    this.#isMeant = false
    this.#guard.watch(child.pid as number)
    this.#exit = once(child, 'exit').then(() => {
      this.#guard.forget(child.pid as number)
      if (this.#isMeant || this.#child !== child) return
      this.ownEnds++
      this.start()
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** Ends it with a signal and resolves when it has ended, with its exit status. */
  async end(name: NodeJS.Signals): Promise<number | null> {
    this.#isMeant = true
    const child = this.#child as ChildProcess
    child.kill(name)
    await this.#exit
    return child.exitCode
  }
}
