import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkDigest, digestOf, FolderArtifacts } from '../../src/state/artifacts.ts'
import { MemoryArtifacts } from '../../src/state/memory/store.ts'
import type { ArtifactStore } from '../../src/state/state.ts'
import { seeded } from '../random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const stores: readonly [string, () => ArtifactStore][] = [
  ['in a folder', () => new FolderArtifacts(join(temporaryFolder(), 'not', 'there', 'yet'))],
  ['in memory', () => new MemoryArtifacts()],
]

describe.each(stores)('artifacts %s', (_name, open) => {
  it('come back by their digest, once each', async () => {
    const store = open()
    const random = seeded(5)
    const kept = new Map<string, Buffer>()
    expect(await store.list()).toEqual([])
    for (let i = 0; i < 30; i++) {
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(random() * 3) * 500 }, () => Math.floor(random() * 256)),
      )
      const digest = await store.put(bytes)
      expect(digest).toBe(digestOf(bytes))
      expect(await store.put(bytes)).toBe(digest)
      kept.set(digest, bytes)
    }
    expect(await store.list()).toEqual([...kept.keys()].sort())
    for (const [digest, bytes] of kept) expect(Buffer.from((await store.get(digest)) as Uint8Array)).toEqual(bytes)
    const [first = ''] = kept.keys()
    await store.delete(first)
    await store.delete(first)
    expect(await store.has(first)).toBe(false)
    expect(await store.get(first)).toBeNull()
    expect(await store.list()).toHaveLength(kept.size - 1)
  })

  it('are refused for what is no digest', async () => {
    const store = open()
    for (const digest of ['', '../../etc/passwd', 'A'.repeat(64), '0'.repeat(63), `${'0'.repeat(63)}/`]) {
      await expect(store.get(digest)).rejects.toMatchObject({ code: 'STATE_DIGEST_WRONG', scope: 'model' })
      await expect(store.has(digest)).rejects.toThrow(/is not a digest/)
      await expect(store.delete(digest)).rejects.toThrow(/is not a digest/)
    }
    checkDigest('0'.repeat(64))
  })
})

describe('artifacts in a folder', () => {
  it('are checked when read', async () => {
    const folder = temporaryFolder()
    const store = new FolderArtifacts(folder)
    const digest = await store.put(Buffer.from('a model'))
    const path = join(folder, digest.slice(0, 2), digest)
    expect(readFileSync(path, 'utf8')).toBe('a model')
    writeFileSync(path, 'a mode')
    await expect(store.get(digest)).rejects.toThrow(`the artifact ${digest} at ${path} has the digest`)
  })

  it('leave no drafts behind and do not list foreign files', async () => {
    const folder = temporaryFolder()
    const store = new FolderArtifacts(folder)
    const [digest] = await Promise.all(Array.from({ length: 8 }, () => store.put(Buffer.from('the same'))))
    expect(readdirSync(join(folder, (digest as string).slice(0, 2)))).toEqual([digest])
    writeFileSync(join(folder, 'readme.txt'), 'hello')
    expect(await store.list()).toEqual([digest])
  })

  it('say what could not be done and where', async () => {
    const folder = temporaryFolder()
    const digest = digestOf(Buffer.from('x'))
    mkdirSync(join(folder, digest.slice(0, 2), digest), { recursive: true })
    await expect(new FolderArtifacts(folder).get(digest)).rejects.toMatchObject({ code: 'STATE_ARTIFACT_IO' })
    writeFileSync(join(folder, 'file'), '')
    await expect(new FolderArtifacts(join(folder, 'file')).put(Buffer.from('y'))).rejects.toThrow(
      /cannot (find|write) the artifact [0-9a-f]{64} at .*file/,
    )
  })
})
