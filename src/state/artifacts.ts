import { hash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { MillraceError, reasonOf } from '../core/errors.ts'
import type { ArtifactStore } from './state.ts'

const DIGEST = /^[0-9a-f]{64}$/

/** The digest of an artifact: lower-case hex SHA-256. */
export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/** Throws STATE_DIGEST_WRONG for what is no digest: it comes from model messages and becomes a path. */
export function checkDigest(digest: string): void {
  if (!DIGEST.test(digest)) throw new MillraceError('STATE_DIGEST_WRONG', { digest: digest.slice(0, 100) })
}

/** Artifacts as files: `<folder>/<first two digits>/<digest>`. Any number of processes may share the folder. */
export class FolderArtifacts implements ArtifactStore {
  readonly #folder: string
  #writes = 0

  constructor(folder: string) {
    this.#folder = resolve(folder)
  }

  /** Written beside its place and renamed, with the data on disk first: a reader never sees a part of it. */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes)
    if (await this.has(digest)) return digest
    const path = this.#path(digest)
    const draft = `${path}.${process.pid}-${++this.#writes}.part`
    await this.#doing('write', digest, async () => {
      await mkdir(dirname(path), { recursive: true })
      try {
        const file = await open(draft, 'wx')
        try {
          await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      await syncFolder(dirname(path))
    })
    return digest
  }

  async get(digest: string): Promise<Uint8Array | null> {
    const path = this.#path(digest)
    const bytes = await this.#doing('read', digest, () => readFile(path))
    if (bytes === null) return null
    const actual = digestOf(bytes)
    if (actual !== digest) throw new MillraceError('STATE_ARTIFACT_DAMAGED', { digest, path, actual })
    return bytes
  }

  async has(digest: string): Promise<boolean> {
    const path = this.#path(digest)
    return (await this.#doing('find', digest, () => stat(path))) !== null
  }

  async list(): Promise<string[]> {
    const names = await this.#doing('list', '', () => readdir(this.#folder, { recursive: true, withFileTypes: true }))
    return (names ?? [])
      .filter((entry) => entry.isFile() && DIGEST.test(entry.name))
      .map((entry) => entry.name)
      .sort()
  }

  async delete(digest: string): Promise<void> {
    const path = this.#path(digest)
    await this.#doing('delete', digest, () => rm(path, { force: true }))
  }

  #path(digest: string): string {
    checkDigest(digest)
    return join(this.#folder, digest.slice(0, 2), digest)
  }

  /** Runs a file operation; null when the file is not there. */
  async #doing<T>(action: string, digest: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      const parameters = { action, digest, path: this.#folder, reason: reasonOf(error) }
      throw new MillraceError('STATE_ARTIFACT_IO', parameters, error)
    }
  }
}

/** Makes a rename durable; systems that cannot open a folder do it by themselves. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    // Windows: no such call.
  }
}
