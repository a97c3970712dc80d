import { expect } from 'vitest'
import { BytesWriter, bytesAt, columnOf } from '../../src/core/bytes.ts'
import type { CutFrames, Cutter } from '../../src/envelopes/envelope.ts'

/** Frames as text with their positions: `12:abc`. */
export function shown(cut: CutFrames): string[] {
  return Array.from(
    cut.positions,
    (position, i) => `${position}:${Buffer.from(bytesAt(cut.values, i) as Uint8Array).toString('latin1')}`,
  )
}

/** Everything that a cutter gives for these chunks; checks that `end` never runs ahead of the chunks. */
export function cutAll(cutter: Cutter, chunks: readonly Uint8Array[]): string[] {
  const pieces = [...chunks.map((c) => cutter.push(c)), cutter.finish()]
  for (const [i, piece] of pieces.slice(1).entries())
    expect(piece.end).toBeGreaterThanOrEqual((pieces[i] as CutFrames).end)
  // Shown at the end only: a cutter must not write again to a buffer that it handed out.
  return pieces.flatMap(shown)
}

/** The bytes in chunks that end at random places, some of them empty. */
export function chunksOf(random: () => number, bytes: Uint8Array, meanBytes: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = Math.floor(random() * meanBytes * 2)
    chunks.push(bytes.slice(at, at + size))
    at += size
  }
  return chunks
}

/** What `wrap` writes for these frames, as one byte string. */
export function wrapped(
  wrap: (frames: ReturnType<typeof columnOf>, writer: BytesWriter) => void,
  frames: readonly Uint8Array[],
): Uint8Array {
  const writer = new BytesWriter(1, 1)
  wrap(columnOf(frames), writer)
  const column = writer.finish()
  expect(column.length).toBe(frames.length)
  return column.bytes
}
