import { MillraceError } from '../../core/errors.ts'
import type { Printer } from '../printer.ts'
import { type Progress, rateText } from '../progress.ts'
import type { World } from '../verb.ts'
import type { ChunkScorer } from './chunk-scorer.ts'
import type { ResultFile } from './result-file.ts'
import type { ScoredChunk, ScoreJob } from './score-job.ts'

/** Faults that are shown one by one. */
const SHOWN_FAULTS = 5

/** What scoring a file needs. */
export interface FileScoring {
  readonly world: World
  readonly print: Printer
  readonly progress: Progress
  readonly job: ScoreJob
  readonly scorer: ChunkScorer
  readonly chunks: AsyncGenerator<Uint8Array>
  /** Name of the file, for messages. */
  readonly path: string
  readonly linesBefore: number
  /** Size of the file, or null when nobody knows. */
  readonly totalBytes: number | null
  readonly results: ResultFile
  readonly deadLetters: ResultFile | null
}

/** Counts of a file that was scored. */
export interface ScoreTally {
  readonly records: number
  readonly errors: number
  readonly elapsedMs: number
  readonly recordsPerSecond: number
}

/** Scores chunk after chunk and writes what becomes of them in order. Throws when it ends before the file does. */
export async function scoreFile(scoring: FileScoring): Promise<ScoreTally> {
  const { world, print, progress, job, scorer, chunks, results } = scoring
  const run = new Tally(scoring)
  const pending: { readonly scored: Promise<ScoredChunk>; readonly bytes: number }[] = []
  const settle = async () => {
    const { scored, bytes } = pending.shift() as (typeof pending)[number]
    await run.take(await scored, bytes)
  }
  try {
    for await (const chunk of chunks) {
      const bytes = chunk.length
      const scored = scorer.score(chunk)
      // A chunk may fail while one before it is written; it is told when its turn comes.
      scored.catch(() => {})
      pending.push({ scored, bytes })
      while (pending.length > scorer.depth) await settle()
    }
    while (pending.length > 0) await settle()
  } finally {
    await progress.end()
  }
  const elapsedMs = progress.elapsedMs
  if (run.errors > SHOWN_FAULTS && job.onError !== 'stop') await print.note(`… ${run.errors - SHOWN_FAULTS} more`)
  if (world.stop.aborted) {
    const where = results.partial === null ? '' : `, in ${results.partial}`
    throw new MillraceError('CLI_STOPPED', { done: `${run.records} records are scored${where}` })
  }
  const without = run.errors === 0 ? '' : `, ${run.errors} without a prediction`
  const seconds = (elapsedMs / 1000).toFixed(elapsedMs < 10_000 ? 2 : 0)
  const summary = `scored ${run.records} records in ${seconds} s (${rateText(run.records, elapsedMs)})${without}`
  await print.note(summary)
  const recordsPerSecond = Math.round((run.records / Math.max(1, elapsedMs)) * 1000)
  return { records: run.records, errors: run.errors, elapsedMs: Math.round(elapsedMs), recordsPerSecond }
}

/** Writes chunks in their order, counts, and tells of faults. */
class Tally {
  records = 0
  errors = 0
  readonly #scoring: FileScoring
  #lines: number
  #bytes = 0

  constructor(scoring: FileScoring) {
    this.#scoring = scoring
    this.#lines = scoring.linesBefore
  }

  async take({ output, records, lines, faults }: ScoredChunk, bytes: number): Promise<void> {
    const { results, deadLetters, progress, print, path, totalBytes, job } = this.#scoring
    await results.write(output)
    for (const { line, code, message, row } of faults) {
      this.errors++
      const place = `${path}:${this.#lines + line + 1}`
      if (deadLetters) {
        const letter = { position: place, code, reason: message, record: row }
        await deadLetters.write(Buffer.from(`${JSON.stringify(letter)}\n`))
      }
      if (job.onError === 'stop') {
        const where =
          results.partial === null
            ? ''
            : `; the ${this.records + records - 1} records before it are in ${results.partial}`
        throw new MillraceError('CLI_INPUT_WRONG', { place, reason: `${message}${where}` })
      }
      if (this.errors <= SHOWN_FAULTS) {
        await progress.end()
        await print.note(`${place}: ${message}`)
      }
    }
    this.records += records
    this.#lines += lines
    this.#bytes += bytes
    await progress.at(this.records, 'scored', totalBytes === null || totalBytes === 0 ? null : this.#bytes / totalBytes)
  }
}
