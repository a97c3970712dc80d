import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Guard } from '../../src/clients/local-kafka/guard.ts'
import { systemClock } from '../../src/core/clock.ts'

/** Longest time until an instance that was started runs. */
const START_MS = 120_000
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
  /** Resolves when the present process runs its engine, or has ended. */
  #running: Promise<unknown> = Promise.resolve()
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
    const child = spawn(process.execPath, ['--no-warnings', entry, this.#document], { stdio: ['ignore', 'pipe', log] })
    closeSync(log)
    const running = Promise.withResolvers<unknown>()
    child.stdout?.once('data', running.resolve)
    this.#running = running.promise
    this.#child = child
    this.#isMeant = false
    this.#guard.watch(child.pid as number)
    this.#exit = once(child, 'exit').then(() => {
      this.#guard.forget(child.pid as number)
      const isOver = this.#isMeant || this.#child !== child
      if (!isOver) {
        this.ownEnds++
        this.start()
      }
      running.resolve(null)
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** Resolves when its engine runs: before that, a SIGTERM would end the process without a word. */
  async untilRunning(): Promise<void> {
    const tooLate = new AbortController()
    const late = systemClock.sleep(START_MS, tooLate.signal).then(() => 'late')
    for (let running = null as unknown; running !== this.#running; ) {
      running = this.#running
      if ((await Promise.race([running, late])) !== 'late') continue
      throw new Error(`instance ${this.number} (process ${this.pid}) does not run after ${START_MS} ms`)
    }
    tooLate.abort()
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
