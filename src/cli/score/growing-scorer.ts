import type { Clock } from '../../core/clock.ts'
import type { ChunkScorer } from './chunk-scorer.ts'
import type { ScoredChunk } from './score-job.ts'

/** Work that takes less does not repay the start of threads, which costs about half a second of processor time. */
const WORTH_MS = 8_000
/** The first moments say little: code is not compiled yet. */
const JUDGED_AFTER_MS = 1_000

/** What a growing scorer grows from and to. */
export interface Growth {
  /** Scores on this thread. */
  readonly here: ChunkScorer
  /** Starts the threads; called once at most. */
  readonly threads: () => ChunkScorer
  readonly totalBytes: number
  readonly clock: Clock
}

/** Scores on this thread, and from where much work turns out to be left, on several. */
export class GrowingScorer implements ChunkScorer {
  readonly #growth: Growth
  readonly #startMs: number
  #threads: ChunkScorer | null = null
  #bytes = 0

  constructor(growth: Growth) {
    this.#growth = growth
    this.#startMs = growth.clock.monotonicMs()
  }

  get depth(): number {
    return this.#threads?.depth ?? 0
  }

  score(chunk: Uint8Array): Promise<ScoredChunk> {
    if (this.#threads === null && this.#remainingMs() > WORTH_MS) this.#threads = this.#growth.threads()
    this.#bytes += chunk.length
    return (this.#threads ?? this.#growth.here).score(chunk)
  }

  close(): void {
    this.#threads?.close()
    this.#growth.here.close()
  }

  /** Estimate for this thread alone, by what is done; 0 while it is too early to tell. */
  #remainingMs(): number {
    const { clock, totalBytes } = this.#growth
    const elapsedMs = clock.monotonicMs() - this.#startMs
    return elapsedMs < JUDGED_AFTER_MS ? 0 : (elapsedMs * (totalBytes - this.#bytes)) / Math.max(1, this.#bytes)
  }
}
