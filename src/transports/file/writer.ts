import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { WriteQueue } from '../../core/write-queue.ts'
import type { ChunkWriter, TransportContext } from '../transport.ts'

/** Bytes that may wait for the disk before the engine has to. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024

/** Where and how to write. */
export interface FileOutput {
  readonly path: string
  readonly mode: 'append' | 'truncate'
}

/** Opens a file for writing at its end, creating it and its folders. */
export async function openFileWriter(output: FileOutput, context: TransportContext): Promise<ChunkWriter> {
  const handle = await openFile(output, context)
  const failed = (thrown: unknown) => {
    const parameters = { place: context.place, direction: 'writing', subject: output.path, reason: reasonOf(thrown) }
    return new MillraceError('TRANSPORT_IO', parameters, thrown)
  }
  const queue = new WriteQueue(
    (parts) => writeAll(handle, parts).catch((thrown) => Promise.reject(failed(thrown))),
    MAX_PENDING_BYTES,
  )
  let isClosed = false
  const flush = async () => {
    if (isClosed) return
    await queue.drain()
    await sync(handle).catch((thrown) => Promise.reject(failed(thrown)))
  }
  return {
    accepts: 'chunks',
    domain: null,
    write: (bytes) => {
      if (isClosed) throw new MillraceError('CORE_CLOSED', { subject: `writer of ${output.path}` })
      return queue.push(bytes)
    },
    tail: (maxBytes) => tailOf(output.path, maxBytes),
    flush,
    close: async () => {
      if (isClosed) return
      try {
        await flush()
      } finally {
        isClosed = true
        await handle.close()
      }
    },
  }
}

async function openFile({ path, mode }: FileOutput, context: TransportContext): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true })
    const handle = await open(path, 'a')
    // Only the first partition's writer empties the file: all partitions of one stream write to it.
    // A host that does not say that it starts anew may be resuming: what is there is kept.
    if (mode === 'truncate' && context.isResuming === false && context.partition === 0) await handle.truncate(0)
    return handle
  } catch (thrown) {
    const parameters = { place: context.place, path, direction: 'writing', reason: reasonOf(thrown) }
    throw new MillraceError('TRANSPORT_FILE_UNUSABLE', parameters, thrown)
  }
}

/** The last bytes of a file; none where it cannot be read. */
async function tailOf(path: string, maxBytes: number): Promise<Uint8Array> {
  let handle: FileHandle | null = null
  try {
    handle = await open(path, 'r')
    const stat = await handle.stat()
    const wanted = stat.isFile() ? Math.min(maxBytes, stat.size) : 0
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, Math.max(0, stat.size - wanted))
    return buffer.subarray(0, bytesRead)
  } catch {
    return Buffer.alloc(0) // a file that may be written and not read
  } finally {
    await handle?.close()
  }
}

/** Writes all parts; the system may take fewer bytes than offered. */
async function writeAll(handle: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  let rest = [...parts]
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest)
    while (rest[0] && bytesWritten >= rest[0].length) bytesWritten -= (rest.shift() as Uint8Array).length
    if (rest[0] && bytesWritten > 0) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)]
  }
}

/** Makes the file's bytes durable; devices such as /dev/null have nothing to sync. */
async function sync(handle: FileHandle): Promise<void> {
  try {
    await handle.datasync()
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EROFS') throw thrown
  }
}
