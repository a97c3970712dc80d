import { readFile, stat } from 'node:fs/promises'
import { ArchiveFault, packFolder } from './archive.ts'

/** Files that a folder may have. */
const maxEntries = 10_000

/**
 * Bytes of a file, or of a folder as an archive of its files (see packFolder): equal folders give equal bytes. Rejects with an
 * ArchiveFault above `maxBytes`, for what is neither, and for folders with links that lead out.
 */
export async function readFileOrFolder(path: string, maxBytes: number): Promise<Uint8Array> {
  const facts = await stat(path)
  if (facts.isDirectory()) return packFolder(path, { maxEntries, maxBytes })
  if (!facts.isFile()) throw new ArchiveFault('it is neither a file nor a folder')
  if (facts.size > maxBytes) throw new ArchiveFault(`it has ${facts.size} bytes, above the limit of ${maxBytes}`)
  return readFile(path)
}
