import { closeSync, openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileError } from './lines.ts'
import type { World } from './verb.ts'

/** A file that a verb writes. Writing waits for the disk, so that nothing piles up in memory. */
export interface OutputFile {
  write(content: string | Uint8Array): void
  close(): void
}

/** Opens a file for writing; what was in it is gone. */
export function openOutputFile(world: World, name: string): OutputFile {
  const attempt = <T>(work: () => T): T => {
    try {
      return work()
    } catch (thrown) {
      throw fileError('write', name, thrown)
    }
  }
  const file = attempt(() => openSync(resolve(world.cwd, name), 'w'))
  return {
    write: (content) => attempt(() => writeAll(file, Buffer.from(content as Uint8Array))),
    close: () => closeSync(file),
  }
}

/** Writes all of the bytes at the place where the file is; a call of the system may write less than it was given. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}
