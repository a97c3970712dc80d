import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { MillraceError, reasonOf } from '../core/errors.ts'
import type { World } from './verb.ts'

const NEWLINE = 10
const RETURN = 13
const FILE_CHUNK_BYTES = 256 * 1024

/** Lines of one chunk of input, complete and in order, without their line ends. */
export type Lines = readonly Uint8Array[]

/**
 * Lines of a file or of standard input (`-`), as many at a time as came in together: whoever types a line gets it handled at
 * once, and a large file is handled in large batches. The last line need not end. Ends early when `world.stop` aborts.
 */
export async function* linesOf(world: World, path: string): AsyncGenerator<Lines> {
  let pending: Uint8Array[] = []
  for await (const chunk of chunksOf(world, path)) {
    const lines: Uint8Array[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const rest = chunk.subarray(start, end)
      lines.push(withoutReturn(pending.length === 0 ? rest : Buffer.concat([...pending, rest])))
      pending = []
      start = end + 1
    }
    if (start < chunk.length) pending.push(chunk.subarray(start))
    if (lines.length > 0) yield lines
  }
  if (pending.length > 0 && !world.stop.aborted) yield [withoutReturn(Buffer.concat(pending))]
}

/** A file or standard input (`-`) as it comes in. Ends early when `world.stop` aborts. */
export function chunksOf(world: World, path: string): AsyncGenerator<Uint8Array> {
  return untilStop(path === '-' ? world.stdin : fileChunks(resolve(world.cwd, path), path), world.stop)
}

/** The whole of a file or of standard input (`-`). */
export async function contentOf(world: World, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const source = path === '-' ? world.stdin : fileChunks(resolve(world.cwd, path), path)
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* fileChunks(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: FILE_CHUNK_BYTES }) as AsyncIterable<Uint8Array>
  } catch (thrown) {
    throw fileError('read', name, thrown)
  }
}

/** A file system's error in our form. */
export function fileError(action: string, path: string, thrown: unknown): MillraceError {
  const code = (thrown as NodeJS.ErrnoException | null)?.code
  const absent = action === 'read' ? 'there is no such file' : 'there is no such folder'
  const reason = code === 'ENOENT' ? absent : code === 'EISDIR' ? 'it is a folder' : reasonOf(thrown)
  return new MillraceError('CLI_FILE_UNUSABLE', { action, path, reason }, thrown)
}

/** Chunks until the source ends or the signal aborts, even while the source is silent. */
async function* untilStop(chunks: AsyncIterable<Uint8Array>, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const { promise: stopped, resolve: onStop } = Promise.withResolvers<null>()
  const listener = () => onStop(null)
  stop.addEventListener('abort', listener)
  try {
    while (!stop.aborted) {
      const step = await Promise.race([iterator.next(), stopped])
      if (step === null || step.done) return
      yield step.value
    }
  } finally {
    stop.removeEventListener('abort', listener)
    // A source that is silent would answer only with its next chunk.
    if (stop.aborted) void iterator.return?.().then(undefined, () => {})
    else await iterator.return?.()
  }
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}
