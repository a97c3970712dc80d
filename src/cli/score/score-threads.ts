import { Worker } from 'node:worker_threads'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { workerUrl } from '../../core/worker-url.ts'
import type { ChunkScorer } from './chunk-scorer.ts'
import type { ScoredChunk } from './score-job.ts'
import type { ScoreAnswer, ScoreWorkerData } from './score-worker.ts'

/** Node warns of stripping types, which function models in TypeScript need. */
const QUIET = ['--disable-warning=ExperimentalWarning'] as const

interface Waiting {
  readonly resolve: (scored: ScoredChunk) => void
  readonly reject: (reason: unknown) => void
}

interface Scoring {
  readonly worker: Worker
  readonly waiting: Waiting[]
}

/** Chunks scored on several threads, each with a scorer of its own; chunk by chunk in turn. Answers resolve in any order. */
export class ScoreThreads implements ChunkScorer {
  readonly #workers: Scoring[]
  #next = 0
  #failure: MillraceError | null = null

  get depth(): number {
    return this.#workers.length * 2
  }

  constructor(data: ScoreWorkerData, threads: number) {
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(workerUrl(import.meta.url, 'score-worker'), {
        workerData: data,
        name: 'millrace-score',
        execArgv: [...QUIET],
      })
      const waiting: Waiting[] = []
      const die = (reason: string, cause?: unknown) => {
        this.#failure ??= new MillraceError('CLI_THREAD_DIED', { reason }, cause)
        for (const one of waiting.splice(0)) one.reject(this.#failure)
      }
      worker.on('message', (answer: ScoreAnswer) => {
        const one = waiting.shift()
        if ('scored' in answer) one?.resolve(answer.scored)
        else one?.reject(MillraceError.fromReport(answer.error))
      })
      worker.on('error', (thrown) => die(reasonOf(thrown), thrown))
      worker.on('exit', (code) => die(`exit code ${code}`))
      return { worker, waiting }
    })
  }

  /** Scores a chunk, whose buffer goes to the thread. */
  score(chunk: Uint8Array): Promise<ScoredChunk> {
    const failure = this.#failure
    if (failure !== null) return Promise.reject(failure)
    const chosen = this.#workers[this.#next++ % this.#workers.length] as Scoring
    return new Promise((resolve, reject) => {
      chosen.waiting.push({ resolve, reject })
      chosen.worker.postMessage(chunk, [chunk.buffer as ArrayBuffer])
    })
  }

  /**
   * Has the threads end after what they are at: one that is terminated within native code (onnxruntime 1.30) takes the process with it. They do
   * not keep the process alive, so that one that hangs does not hold up its end.
   */
  close(): void {
    for (const { worker } of this.#workers) {
      worker.postMessage(null)
      worker.unref()
    }
  }
}
