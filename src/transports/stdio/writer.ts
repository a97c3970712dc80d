import { write } from 'node:fs'
import { promisify } from 'node:util'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { WriteQueue } from '../../core/write-queue.ts'
import type { ChunkWriter, TransportContext } from '../transport.ts'

const writeSome = promisify(write)
/** Bytes that may wait for whoever reads before the engine has to. */
const MAX_PENDING_BYTES = 1024 * 1024
/** How long to leave a full pipe that does not block. */
const RETRY_MS = 2

/** Writes to an open file descriptor, which stays open. Works on every thread of the process. */
export function openDescriptorWriter(descriptor: number, context: TransportContext): ChunkWriter {
  const { place, clock } = context
  const queue = new WriteQueue(async (parts) => {
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
    for (let at = 0; at < bytes.length; ) {
      try {
        at += (await writeSome(descriptor, bytes, at, bytes.length - at, null)).bytesWritten
      } catch (thrown) {
        const { code } = thrown as NodeJS.ErrnoException
        if (code === 'EPIPE')
          throw new MillraceError('TRANSPORT_OUTPUT_CLOSED', { place, subject: 'standard output' }, thrown)
        if (code !== 'EAGAIN') {
          const parameters = { place, direction: 'writing', subject: 'standard output', reason: reasonOf(thrown) }
          throw new MillraceError('TRANSPORT_IO', parameters, thrown)
        }
        await clock.sleep(RETRY_MS)
      }
    }
  }, MAX_PENDING_BYTES)
  let isClosed = false
  return {
    accepts: 'chunks',
    domain: null,
    write: (bytes) => {
      if (isClosed) throw new MillraceError('CORE_CLOSED', { subject: 'standard output' })
      return queue.push(bytes)
    },
    flush: () => queue.drain(),
    close: async () => {
      isClosed = true
      await queue.drain()
    },
  }
}
