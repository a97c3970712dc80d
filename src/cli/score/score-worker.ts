import { parentPort, workerData } from 'node:worker_threads'
import type { Registry } from '../../config/registry.ts'
import { type ErrorReport, MillraceError } from '../../core/errors.ts'
import type { PreparedModel } from '../../models/model.ts'
import { openChunkScorer } from './chunk-scorer.ts'
import type { ScoredChunk, ScoreJob } from './score-job.ts'

/** What a scoring thread of `millrace score` is started with. */
export interface ScoreWorkerData {
  /** URL of the module that exports `registry`. */
  readonly registryUrl: string
  readonly format: string
  readonly prepared: PreparedModel
  readonly job: ScoreJob
}

/** Answer to one chunk. */
export type ScoreAnswer = { readonly scored: ScoredChunk } | { readonly error: ErrorReport }

/** Entry of a scoring thread: answers chunks in the order in which they come. */
async function serve({ registryUrl, format, prepared, job }: ScoreWorkerData): Promise<void> {
  const port = parentPort
  if (!port) return
  const { registry } = (await import(registryUrl)) as { registry: Registry }
  const scorer = openChunkScorer(job, format, prepared, registry)
  let queue: Promise<unknown> = scorer.catch(() => {})
  port.on('message', (chunk: Uint8Array | null) => {
    queue = queue.then(async () => {
      if (chunk === null) {
        await scorer.then((one) => one.close()).catch(() => {})
        port.close()
        return
      }
      try {
        const scored = await (await scorer).score(chunk)
        const output = whole(scored.output)
        port.postMessage({ scored: { ...scored, output } } satisfies ScoreAnswer, [output.buffer])
      } catch (thrown) {
        port.postMessage({ error: MillraceError.from(thrown, 'a scoring thread').toReport() } satisfies ScoreAnswer)
      }
    })
  })
}

/** Bytes in a buffer of their own, which can be handed over. */
function whole(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.length * 2 > bytes.buffer.byteLength
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes)
}

await serve(workerData as ScoreWorkerData)
