import { type BytesColumn, bytesAt } from '../core/bytes.ts'
import { decodeHeaders } from '../core/headers.ts'

/**
 * Headers of a record of the model stream that carries a part of an artifact. All three are text: the lower-case hex SHA-256 of the
 * whole artifact, the part's index from 0, the number of parts. The model's message comes behind the parts, in the same
 * partition, and has the location `chunks:<digest>`.
 */
export const chunkHeaders = {
  digest: 'millrace-chunk-digest',
  index: 'millrace-chunk-index',
  count: 'millrace-chunk-count',
} as const

/** What a location of chunks starts with. */
const CHUNK_LOCATION = 'chunks:'

/** Most parts of one artifact. */
const MAX_COUNT = 1_000_000
/** Most artifacts that may be under way at the same time; the one that has waited longest is given up for another. */
const MAX_OPEN = 8

/** A part of an artifact, as its record says. */
export interface Chunk {
  readonly digest: string
  readonly index: number
  readonly count: number
}

/** The digest that a location names (`chunks:<digest>`), or null when it is another kind of location. */
export function chunkDigest(location: string): string | null {
  const digest = location.startsWith(CHUNK_LOCATION) ? location.slice(CHUNK_LOCATION.length).toLowerCase() : ''
  return /^[0-9a-f]{64}$/.test(digest) ? digest : null
}

/** What the headers of record `index` say about a part; null when it is none; text says what is wrong with them. */
export function chunkOf(headers: BytesColumn | null, index: number): Chunk | string | null {
  const bytes = headers && bytesAt(headers, index)
  if (!bytes) return null
  const found = decodeHeaders(bytes)
  const digest = found.get(chunkHeaders.digest)?.toString('latin1').toLowerCase()
  if (digest === undefined) return null
  if (!/^[0-9a-f]{64}$/.test(digest)) return `header "${chunkHeaders.digest}" is not 64 hexadecimal digits`
  const at = wholeNumber(found.get(chunkHeaders.index))
  const count = wholeNumber(found.get(chunkHeaders.count))
  if (count === null || count < 1 || count > MAX_COUNT)
    return `header "${chunkHeaders.count}" is not a number from 1 to ${MAX_COUNT}`
  if (at === null || at >= count) return `header "${chunkHeaders.index}" is not a number below ${count}`
  return { digest, index: at, count }
}

function wholeNumber(text: Uint8Array | undefined): number | null {
  const digits = text ? Buffer.from(text).toString('latin1') : ''
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null
}

interface OpenArtifact {
  readonly parts: Map<number, Uint8Array>
  readonly count: number
  bytes: number
}

/**
 * Puts artifacts together that come in parts. Parts may come in any order and more than once; what is kept never exceeds
 * `maxBytes`, so that a publisher cannot fill the memory.
 */
export class ChunkAssembler {
  readonly #maxBytes: number
  /** By digest, the one that has waited longest first. */
  readonly #open = new Map<string, OpenArtifact>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes a part; returns all parts in order when it was the last one. Throws an Error with a sentence when the artifact is given up. */
  add({ digest, index, count }: Chunk, bytes: Uint8Array): Uint8Array[] | null {
    const artifact = this.#openOf(digest, count)
    if (artifact.count !== count) {
      this.#forget(digest)
      throw new Error(`artifact ${digest} comes in ${artifact.count} parts and in ${count}`)
    }
    if (artifact.parts.has(index)) return null
    if (artifact.bytes + bytes.length > this.#maxBytes) {
      this.#forget(digest)
      throw new Error(`artifact ${digest} has more than ${this.#maxBytes} bytes`)
    }
    while (this.#bytes + bytes.length > this.#maxBytes) this.#forget(this.#oldestBut(digest))
    artifact.parts.set(index, new Uint8Array(bytes)) // a copy: the batch's buffer goes on its way
    artifact.bytes += bytes.length
    this.#bytes += bytes.length
    if (artifact.parts.size < count) return null
    this.#forget(digest)
    return Array.from({ length: count }, (_, i) => artifact.parts.get(i) as Uint8Array)
  }

  /** How much of an artifact is there, for the message that wants it: `2 of 5 parts`. */
  progress(digest: string): string {
    const artifact = this.#open.get(digest)
    return artifact ? `${artifact.parts.size} of ${artifact.count} parts` : 'no part'
  }

  #openOf(digest: string, count: number): OpenArtifact {
    const known = this.#open.get(digest)
    if (known) return known
    if (this.#open.size >= MAX_OPEN) this.#forget(this.#oldestBut(digest))
    const artifact: OpenArtifact = { parts: new Map(), count, bytes: 0 }
    this.#open.set(digest, artifact)
    return artifact
  }

  #oldestBut(digest: string): string {
    for (const oldest of this.#open.keys()) if (oldest !== digest) return oldest
    throw new Error(`artifact ${digest} has more than ${this.#maxBytes} bytes`)
  }

  #forget(digest: string): void {
    this.#bytes -= this.#open.get(digest)?.bytes ?? 0
    this.#open.delete(digest)
  }
}
