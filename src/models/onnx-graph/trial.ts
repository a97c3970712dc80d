import { type ChildProcess, fork } from 'node:child_process'
import { totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Clock, systemClock } from '../../core/clock.ts'
import { type ErrorReport, MillraceError, reasonOf } from '../../core/errors.ts'
import { workerUrl } from '../../core/worker-url.ts'
import type { Tensor } from '../../schema/tensor.ts'
import type { SessionOptions, SessionSource, SessionValue } from './session.ts'

/** A graph to try, and inputs to try it on. */
export interface Trial {
  readonly model: Uint8Array
  readonly options: SessionOptions
  readonly source: SessionSource
  readonly runs: readonly Readonly<Record<string, Tensor>>[]
}

/** What a graph did in its trial. */
export interface TrialResult {
  readonly inputs: readonly SessionValue[]
  readonly outputs: readonly SessionValue[]
  /** Outputs of each run, or why it could not be made. */
  readonly runs: readonly ({ readonly outputs: Readonly<Record<string, Tensor>> } | { readonly error: ErrorReport })[]
}

/** What goes to the process. */
export interface TrialRequest extends Trial {
  readonly id: number
  readonly maxMemoryBytes: number
}

/** What comes back: word that the trial is taken up, an answer, or word that the process ends itself. */
export type TrialAnswer =
  | { readonly kind: 'started'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number; readonly result: TrialResult }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorReport }
  | { readonly kind: 'ending'; readonly reason: string }

/** Limits of a trial. */
export interface TrialLimits {
  readonly timeoutMs: number
  /** Memory of the process; the model's own size counts eight times where that is more. */
  readonly maxMemoryBytes: number
}

/** A process that nobody asked for this long is ended. */
const idleMs = 30_000

const defaultLimits: TrialLimits = { timeoutMs: 60_000, maxMemoryBytes: 2 ** 31 }

/**
 * Tries graphs in a process of their own before this one runs them: native code that crashes, hangs or eats memory takes that
 * process with it, and nothing else. The process is started by the first trial, serves one after another, is renewed when it
 * died, and ends by itself when it is idle or when its parent is gone.
 */
export class TrialProcess {
  readonly #limits: TrialLimits
  readonly #clock: Clock
  #child: ChildProcess | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #nextId = 1
  #isTrying = false
  #idle: NodeJS.Timeout | undefined

  constructor(limits: Partial<TrialLimits> = {}, clock: Clock = systemClock) {
    this.#limits = { ...defaultLimits, ...limits }
    this.#clock = clock
  }

  /** Id of the process while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** True while the process is at a trial. */
  get isTrying(): boolean {
    return this.#isTrying
  }

  /**
   * Makes a session of the graph and runs it. Rejects with MODEL_RUNTIME_DIED when the process ends, takes too long or too much
   * memory, and with what openSession rejects with.
   */
  try(trial: Trial): Promise<TrialResult> {
    const result = this.#queue.then(() => this.#tryNow(trial))
    this.#queue = result.catch(() => {})
    return result
  }

  /** Ends the process. Idempotent; the next trial starts another one. */
  close(): void {
    clearTimeout(this.#idle)
    this.#child?.kill('SIGKILL')
    this.#child = null
  }

  /** `isAgain`: a process that ended before it took the trial up says nothing about the graph; the trial gets one more. */
  #tryNow(trial: Trial, isAgain = false): Promise<TrialResult> {
    clearTimeout(this.#idle)
    const isOld = this.#child !== null
    const child = (this.#child ??= this.#start())
    const id = this.#nextId++
    child.ref()
    child.channel?.ref()
    return new Promise((resolve, reject) => {
      let reason: string | null = null
      const timer = new AbortController()
      const finish = () => {
        this.#isTrying = false
        timer.abort()
        child.off('message', onMessage)
        child.off('error', onError)
        child.off('exit', onExit)
        child.unref()
        child.channel?.unref()
        this.#idle = setTimeout(() => this.close(), idleMs).unref()
      }
      const died = (how: string) => {
        const isTaken = this.#isTrying
        finish()
        if (this.#child === child) this.#child = null
        child.on('error', () => {})
        child.kill('SIGKILL')
        if (isOld && !isTaken && !isAgain) resolve(this.#tryNow(trial, true))
        else reject(new MillraceError('MODEL_RUNTIME_DIED', { source: trial.source.source, reason: reason ?? how }))
      }
      const onMessage = (answer: TrialAnswer) => {
        if (answer.kind === 'ending') {
          reason = answer.reason
          return
        }
        if (answer.id !== id) return
        if (answer.kind === 'started') {
          this.#isTrying = true
          return
        }
        finish()
        if (answer.kind === 'done') resolve(answer.result)
        else reject(MillraceError.fromReport(answer.error))
      }
      const onError = (thrown: unknown) => died(reasonOf(thrown))
      const onExit = (code: number | null, signal: string | null) =>
        died(signal === null ? `exit code ${code}` : `signal ${signal}`)
      child.on('message', onMessage)
      child.on('error', onError)
      child.on('exit', onExit)
      void this.#clock.sleep(this.#limits.timeoutMs, timer.signal).then(() => {
        if (!timer.signal.aborted) died(`not done after ${this.#limits.timeoutMs} ms`)
      })
      child.send(this.#request(trial, id), (thrown) => {
        if (thrown) died(reasonOf(thrown))
      })
    })
  }

  #start(): ChildProcess {
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = fork(fileURLToPath(workerUrl(import.meta.url, 'trial-process')), [], {
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    // One that ends between two trials is replaced by the next of them.
    child.on('error', () => {})
    child.on('exit', () => {
      if (this.#child === child) this.#child = null
    })
    return child
  }

  #request({ model, options, source, runs }: Trial, id: number): TrialRequest {
    const wanted = Math.max(this.#limits.maxMemoryBytes, model.length * 8)
    const maxMemoryBytes = Math.min(wanted, totalmem() * 0.75)
    // Memory that is shared between threads does not cross processes.
    const own = model.buffer instanceof ArrayBuffer ? model : model.slice()
    return { id, model: own, options, source, runs, maxMemoryBytes }
  }
}

const shared = new TrialProcess()

/** Tries a graph in this thread's trial process, see TrialProcess. */
export function trySession(trial: Trial): Promise<TrialResult> {
  return shared.try(trial)
}
