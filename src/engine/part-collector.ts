import { bytesAt } from '../core/bytes.ts'
import type { StreamReader } from '../streams/stream-reader.ts'
import { type Chunk, ChunkAssembler, chunkOf } from './chunk-assembler.ts'

/** Most records of one read: parts are large. */
const RECORDS = 16
/** How long one read waits. */
const WAIT_MS = 500
/** A stream that gives nothing for so many reads has nothing more before the end that is looked for. */
const IDLE_READS = 60

/** What a model stream holds before the position from which it is read. */
export interface EarlierStretch {
  /** Opens a reader at the first record that is there. */
  readonly open: () => Promise<StreamReader>
  /** Exclusive. */
  readonly end: number
}

export interface CollectorParts {
  /** Puts an artifact into the store without loading it and returns its digest; an empty `digest` is not compared. */
  readonly keep: (parts: readonly Uint8Array[], digest: string, model: string) => Promise<string>
  /** Largest artifact, in bytes: what parts of artifacts may take in memory. */
  readonly maxArtifactBytes: number
  /** Null where the stream is read from its start. */
  readonly earlier: EarlierStretch | null
}

/**
 * The artifacts of a model stream that come in parts: each is put into the store once its parts are there. An engine that goes on in
 * the midst of a stream reads parts that stand before that when a message asks for them, and never otherwise: messages about
 * others may stand between the parts of one artifact.
 */
export class PartCollector {
  readonly #parts: CollectorParts
  readonly #chunks: ChunkAssembler

  constructor(parts: CollectorParts) {
    this.#parts = parts
    this.#chunks = new ChunkAssembler(parts.maxArtifactBytes)
  }

  /** Takes a part; true when it was the last one, and the artifact is in the store now. Rejects when the artifact is given up. */
  async take(chunk: Chunk, bytes: Uint8Array | null): Promise<boolean> {
    const parts = this.#chunks.add(chunk, bytes ?? new Uint8Array(0))
    if (parts === null) return false
    await this.#parts.keep(parts, chunk.digest, chunk.digest.slice(0, 12))
    return true
  }

  /** How much of an artifact is there: `2 of 5 parts`. */
  progress(digest: string): string {
    return this.#chunks.progress(digest)
  }

  /**
   * Looks for parts before the position from which the stream is read; true when the artifact is in the store now. Rejects only when
   * the stream cannot be read.
   */
  async complete(digest: string, signal: AbortSignal): Promise<boolean> {
    const { earlier } = this.#parts
    if (earlier === null) return false
    const reader = await earlier.open()
    try {
      for (let idle = 0, at = reader.position; at < earlier.end && idle < IDLE_READS && !signal.aborted; ) {
        const batch = await reader.next(RECORDS, WAIT_MS)
        if (batch === null) return false
        for (let i = 0; i < batch.length && (batch.positions[i] as number) < earlier.end; i++) {
          const chunk = chunkOf(batch.headers, i)
          if (chunk === null || typeof chunk === 'string' || chunk.digest !== digest) continue
          if (await this.take(chunk, bytesAt(batch.values, i)).catch(() => false)) return true
        }
        idle = batch.end > at ? 0 : idle + 1
        at = Math.max(at, batch.end)
      }
      return false
    } finally {
      await reader.close()
    }
  }
}
