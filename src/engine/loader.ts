import { Worker } from 'node:worker_threads'
import { type Clock, systemClock } from '../core/clock.ts'
import { MillraceError, reasonOf } from '../core/errors.ts'
import { workerUrl } from '../core/worker-url.ts'
import type { PreparedModel } from '../models/model.ts'
import type { LoadedVersion, LoadRequest } from './load-version.ts'
import type { LoaderAnswer, LoaderData, LoaderRequest } from './loader-worker.ts'
import type { VersionReference } from './versions.ts'

/** Node warns of stripping types, which function models in TypeScript need. */
const QUIET = ['--disable-warning=ExperimentalWarning'] as const

/** Young generation of the loader thread, which works in bursts: resident memory stays level. */
const YOUNG_GENERATION_MIB = 8

type RequestBody = LoaderRequest extends infer R ? (R extends LoaderRequest ? Omit<R, 'id'> : never) : never

/**
 * Loads versions one after another on a thread of its own, so that neither a large model nor a hostile one touches
 * scoring: a load that hangs, or ends the thread (memory), is an error of that version alone and the thread is renewed.
 */
export class Loader {
  readonly #data: LoaderData
  readonly #timeoutMs: number
  readonly #clock: Clock
  #worker: Worker | null = null
  #nextId = 1
  #queue: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(data: LoaderData, timeoutMs: number, clock: Clock = systemClock) {
    this.#data = data
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** Fetches, checks, prepares and verifies the version of a message. Rejects with a MillraceError of scope `model`. */
  async load(request: LoadRequest): Promise<LoadedVersion> {
    const answer = await this.#ask({ kind: 'load', request }, request.command.model)
    return (answer as Extract<LoaderAnswer, { kind: 'loaded' }>).loaded
  }

  /** Prepares a version again from the artifact store. */
  async reload(reference: VersionReference): Promise<PreparedModel> {
    const answer = await this.#ask({ kind: 'reload', reference }, reference.model)
    return (answer as Extract<LoaderAnswer, { kind: 'reloaded' }>).prepared
  }

  /**
   * Puts an artifact that comes in parts into the artifact store, unprepared, and returns its digest. Rejects when it is
   * larger than allowed or has another digest than `digest`, where that is not empty.
   */
  async keep(parts: readonly Uint8Array[], digest: string, model: string): Promise<string> {
    return ((await this.#ask({ kind: 'keep', parts, digest, model }, model)) as Extract<LoaderAnswer, { kind: 'kept' }>)
      .digest
  }

  /** Ends the thread; what is being loaded or waits for it is rejected. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  #ask(body: RequestBody, model: string): Promise<LoaderAnswer> {
    const answer = this.#queue.then(() => this.#askNow(body, model))
    this.#queue = answer.catch(() => {})
    return answer
  }

  #askNow(body: RequestBody, model: string): Promise<LoaderAnswer> {
    if (this.#isClosed) throw new MillraceError('CORE_CLOSED', { subject: 'the loader' })
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const finish = () => {
        timer.abort()
        worker.off('message', onMessage)
        worker.off('error', onError)
        worker.off('exit', onExit)
      }
      const discard = (error: MillraceError) => {
        finish()
        if (this.#worker === worker) this.#worker = null
        worker.on('error', () => {})
        void worker.terminate()
        reject(error)
      }
      const onMessage = (answer: LoaderAnswer) => {
        if (answer.id !== id) return
        finish()
        if (answer.kind === 'error') reject(MillraceError.fromReport(answer.error))
        else resolve(answer)
      }
      const onError = (thrown: unknown) =>
        discard(new MillraceError('ENGINE_LOADER_DIED', { model, reason: reasonOf(thrown) }, thrown))
      const onExit = (code: number) =>
        discard(new MillraceError('ENGINE_LOADER_DIED', { model, reason: `exit code ${code}` }))
      const timer = new AbortController()
      void this.#clock.sleep(this.#timeoutMs, timer.signal).then(() => {
        if (!timer.signal.aborted)
          discard(new MillraceError('ENGINE_LOAD_TIMEOUT', { model, timeoutMs: this.#timeoutMs }))
      })
      worker.on('message', onMessage)
      worker.on('error', onError)
      worker.on('exit', onExit)
      worker.postMessage({ ...body, id })
    })
  }

  #start(): Worker {
    const worker = new Worker(workerUrl(import.meta.url, 'loader-worker'), {
      workerData: this.#data,
      name: 'millrace-loader',
      execArgv: [...QUIET],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    })
    worker.unref()
    return worker
  }
}
