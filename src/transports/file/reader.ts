import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { Wake } from '../../core/wake.ts'
import type { Chunk, ChunkReader, TransportContext } from '../transport.ts'

const CHUNK_BYTES = 256 * 1024
/** How long a following reader waits at most before it looks again: notices may not come (network file systems). */
const POLL_MS = 1000

/** Where and how to read. */
export interface FileInput {
  readonly path: string
  readonly isFollowing: boolean
}

/** Opens a regular file at the context's start. */
export async function openFileReader(input: FileInput, context: TransportContext): Promise<ChunkReader> {
  const handle = await openFile(input.path, context.place)
  const reader = new FileReader(handle, input, context)
  try {
    const size = (await handle.stat()).size
    await reader.seek(context.start === 'earliest' ? 0 : context.start === 'latest' ? size : context.start)
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
  return reader
}

class FileReader implements ChunkReader {
  readonly delivers = 'chunks'
  readonly domain = null
  readonly #handle: FileHandle
  readonly #input: FileInput
  readonly #context: TransportContext
  readonly #wake = new Wake()
  #watcher: FSWatcher | null = null
  #isInterrupted = false
  #isClosed = false
  /** Bytes in the file when last looked at. */
  #size = 0
  #position = 0
  /** Position at which the current lap of a loop began. */
  #lapStart = 0

  constructor(handle: FileHandle, input: FileInput, context: TransportContext) {
    this.#handle = handle
    this.#input = input
    this.#context = context
  }

  get position(): number {
    return this.#position
  }

  async seek(position: number): Promise<void> {
    this.#size = (await this.#handle.stat()).size
    const isLooping = this.#context.isLooping && !this.#input.isFollowing && this.#size > 0
    if (position > this.#size && !isLooping) throw this.#truncated(position)
    this.#lapStart = isLooping ? Math.floor(position / this.#size) * this.#size : 0
    this.#position = position
  }

  async next(waitMs: number): Promise<Chunk | null> {
    const deadline = this.#context.clock.monotonicMs() + waitMs
    for (;;) {
      const bytes = await this.#read()
      if (bytes.length > 0) {
        this.#position += bytes.length
        return { bytes, position: this.#position - bytes.length }
      }
      if (this.#context.isLooping && !this.#input.isFollowing) return this.#endLap(waitMs)
      if (!this.#input.isFollowing) return null
      const remainingMs = deadline - this.#context.clock.monotonicMs()
      if (this.#isInterrupted || remainingMs <= 0) {
        this.#isInterrupted = false
        return this.#nothing()
      }
      this.#watcher ??= this.#watch()
      await this.#wake.wait(Math.min(remainingMs, POLL_MS), this.#context.clock)
    }
  }

  /** Positions of files are kept by the engine's checkpoint. */
  async commit(): Promise<void> {}

  interrupt(): void {
    this.#isInterrupted = true
    this.#wake.wake()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.interrupt()
    this.#watcher?.close()
    await this.#handle.close()
  }

  /** The bytes at the position; none at the end of the file. */
  async #read(): Promise<Uint8Array> {
    const offset = this.#position - this.#lapStart
    try {
      if (offset >= this.#size) this.#size = (await this.#handle.stat()).size
      if (offset > this.#size) throw this.#truncated(offset)
      const wanted = Math.min(CHUNK_BYTES, this.#size - offset)
      if (wanted === 0) return Buffer.alloc(0)
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, offset)
      // Fewer bytes than the size promised and none left: the file was cut since it was measured.
      if (bytesRead === 0) this.#size = 0
      return bytesRead === 0 ? this.#read() : buffer.subarray(0, bytesRead)
    } catch (thrown) {
      if (thrown instanceof MillraceError) throw thrown
      const parameters = { place: this.#context.place, direction: 'reading', subject: this.#input.path }
      throw new MillraceError('TRANSPORT_IO', { ...parameters, reason: reasonOf(thrown) }, thrown)
    }
  }

  async #endLap(waitMs: number): Promise<Chunk> {
    if (this.#position === this.#lapStart) {
      // An empty file loops without ever delivering: wait for something to come.
      await this.#wake.wait(waitMs, this.#context.clock)
      this.#isInterrupted = false
      return this.#nothing()
    }
    this.#lapStart = this.#position
    return { ...this.#nothing(), endsLap: true }
  }

  #nothing(): Chunk {
    return { bytes: Buffer.alloc(0), position: this.#position }
  }

  #watch(): FSWatcher | null {
    try {
      const watcher = watch(this.#input.path, { persistent: false }, () => this.#wake.wake())
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      return null // the poll finds what is appended
    }
  }

  #truncated(position: number): MillraceError {
    const { path } = this.#input
    return new MillraceError('TRANSPORT_FILE_TRUNCATED', {
      place: this.#context.place,
      path,
      size: this.#size,
      position,
    })
  }
}

async function openFile(path: string, place: string): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new MillraceError('TRANSPORT_FILE_MISSING', { place, path }, thrown)
    }
    throw unusable(path, place, reasonOf(thrown), thrown)
  }
  const stat = await handle.stat()
  if (stat.isFile()) return handle
  await handle.close()
  throw unusable(path, place, 'it is not a regular file')
}

function unusable(path: string, place: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('TRANSPORT_FILE_UNUSABLE', { place, path, direction: 'reading', reason }, cause)
}
