import { createReadStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { isatty, ReadStream as TtyStream } from 'node:tty'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { Wake } from '../../core/wake.ts'
import type { Chunk, ChunkReader, TransportContext } from '../transport.ts'

/**
 * Standard input as a stream of this thread. `process.stdin` of a worker is not connected; the file descriptor is, and
 * a stream over it does not hold a thread of the pool while it waits.
 */
export function openStandardInput(): Readable {
  const stat = fstatSync(0)
  if (stat.isFIFO() || stat.isSocket()) return new Socket({ fd: 0, readable: true, writable: false })
  if (isatty(0)) return new TtyStream(0)
  return createReadStream('', { fd: 0, autoClose: false, highWaterMark: 256 * 1024 })
}

/** Reads a Node stream to its end, taking only what is asked for: the rest waits in the pipe. */
export function openStreamReader(stream: Readable, context: TransportContext): ChunkReader {
  const wake = new Wake()
  let position = 0
  let hasEnded = false
  let isInterrupted = false
  let error: unknown = null
  stream.on('readable', () => wake.wake())
  stream.on('end', () => {
    hasEnded = true
    wake.wake()
  })
  stream.on('close', () => {
    hasEnded = true
    wake.wake()
  })
  stream.on('error', (thrown) => {
    error = thrown
    wake.wake()
  })
  const { clock, place } = context
  return {
    delivers: 'chunks',
    domain: null,
    get position() {
      return position
    },
    next: async (waitMs): Promise<Chunk | null> => {
      const deadline = clock.monotonicMs() + waitMs
      for (;;) {
        if (error !== null) {
          const parameters = { place, direction: 'reading', subject: 'standard input', reason: reasonOf(error) }
          throw new MillraceError('TRANSPORT_IO', parameters, error)
        }
        const bytes = stream.read() as Buffer | null
        if (bytes !== null && bytes.length > 0) {
          position += bytes.length
          return { bytes, position: position - bytes.length }
        }
        if (hasEnded) return null
        const remainingMs = deadline - clock.monotonicMs()
        if (isInterrupted || remainingMs <= 0) {
          isInterrupted = false
          return { bytes: Buffer.alloc(0), position }
        }
        await wake.wait(remainingMs, clock)
      }
    },
    seek: async (to) => {
      if (to !== position)
        throw new MillraceError('TRANSPORT_NOT_SEEKABLE', { place, transport: 'stdio', position: to })
    },
    commit: async () => {},
    interrupt: () => {
      isInterrupted = true
      wake.wake()
    },
    close: async () => {
      isInterrupted = true
      wake.wake()
      stream.destroy()
    },
  }
}
