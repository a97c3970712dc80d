import { renameSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileError } from '../lines.ts'
import { type OutputFile, openOutputFile } from '../output-file.ts'
import type { Printer } from '../printer.ts'
import type { World } from '../verb.ts'

/** Where results go. */
export interface ResultFile {
  /** Name of what is there so far; null for standard output. */
  readonly partial: string | null
  write(bytes: Uint8Array): Promise<void>
  /** Ends it: with `isWhole` the file takes its name, otherwise it stays under the name of the partial one. */
  close(isWhole: boolean): void
}

/**
 * Opens a file for results, or standard output (`-`). A file is written as `<name>.partial` and takes its name at the end, so that
 * whoever finds the name finds all of it.
 */
export function openResultFile(world: World, print: Printer, name: string): ResultFile {
  if (name === '-') return { partial: null, write: (bytes) => print.bytes(bytes), close: () => {} }
  const isSpecial = isSpecialFile(resolve(world.cwd, name))
  const partial = isSpecial ? name : `${name}.partial`
  const file: OutputFile = openOutputFile(world, partial)
  return {
    partial,
    async write(bytes) {
      if (bytes.length > 0) file.write(bytes)
    },
    close(isWhole) {
      file.close()
      if (!isWhole || isSpecial) return
      try {
        renameSync(resolve(world.cwd, partial), resolve(world.cwd, name))
      } catch (thrown) {
        throw fileError('write', name, thrown)
      }
    },
  }
}

/** Devices and pipes have no contents that a rename could replace. */
function isSpecialFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile()
}
