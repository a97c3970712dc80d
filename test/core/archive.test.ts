import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type ArchiveFile, isZip, packFiles, packFolder, readZip } from '../../src/core/archive.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const limits = { maxEntries: 100, maxBytes: 1_000_000 }
const bytes = (text: string) => new TextEncoder().encode(text)
const file = (name: string, text = name): ArchiveFile => ({ name, bytes: bytes(text) })

function contents(archive: Uint8Array): Record<string, string> {
  const decoded = [...readZip(archive, limits)].map(([name, entry]) => [name, Buffer.from(entry.read()).toString()])
  return Object.fromEntries(decoded)
}

interface Entry {
  readonly name: string
  readonly data?: Uint8Array
  readonly size?: number
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly mode?: number
  readonly localName?: string
}

/** An archive whose entries may state anything. */
function zipOf(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, data = bytes('x'), method = 0, flags = 0, mode, ...stated } of entries) {
    const size = stated.size ?? data.length
    const crc = stated.crc ?? crc32(data)
    const local = Buffer.alloc(30)
    const localName = Buffer.from(stated.localName ?? name)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(method, 8)
    local.writeUInt16LE(localName.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(mode === undefined ? 20 : 0x0314, 4)
    central.writeUInt16LE(flags, 8)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(crc, 16)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt32LE(size, 24)
    central.writeUInt16LE(Buffer.byteLength(name), 28)
    central.writeUInt32LE(((mode ?? 0) << 16) >>> 0, 38)
    central.writeUInt32LE(at, 42)
    parts.push(local, localName, Buffer.from(data))
    at += 30 + localName.length + data.length
    directory.push(central, Buffer.from(name))
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, listed, end])
}

describe('packing', () => {
  it('gives equal bytes for equal files in any order, and reads back what was packed', () => {
    const files = [file('b/c.txt'), file('a'), file('b.txt', ''), file('b/é')]
    const archive = packFiles(files)
    expect(Buffer.compare(packFiles([...files].reverse()), archive)).toBe(0)
    expect(contents(archive)).toEqual({ 'b/c.txt': 'b/c.txt', a: 'a', 'b.txt': '', 'b/é': 'b/é' })
    expect(isZip(archive)).toBe(true)
    expect(isZip(packFiles([]))).toBe(true)
    expect(isZip(bytes('PKxx'))).toBe(false)
  })

  it('refuses names that no archive may have', () => {
    for (const name of ['/etc/passwd', '../a', 'a/../b', 'a//b', './a', 'C:a', 'a\\b', 'a\0', ''])
      expect(() => packFiles([file(name)])).toThrow('is no plain path below the root')
  })

  it('packs a folder by names below it, whatever its times and modes', async () => {
    const folder = await temporaryFolder()
    for (const name of ['one', 'two']) {
      await mkdir(join(folder, name, 'sub', 'empty'), { recursive: true })
      await writeFile(join(folder, name, 'sub', 'x'), 'x')
      await writeFile(join(folder, name, 'y'), 'y')
      await symlink(join('sub', 'x'), join(folder, name, 'z'))
    }
    await chmod(join(folder, 'two', 'y'), 0o700)
    const archive = await packFolder(join(folder, 'one'), limits)
    expect(contents(archive)).toEqual({ 'sub/x': 'x', y: 'y', z: 'x' })
    expect(Buffer.compare(await packFolder(join(folder, 'two'), limits), archive)).toBe(0)
  })

  it('refuses links that lead out or to folders, and folders above the limits', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'model', 'sub'), { recursive: true })
    await writeFile(join(folder, 'secret'), 'secret')
    await writeFile(join(folder, 'model', 'a'), 'aaaa')
    await writeFile(join(folder, 'model', 'b'), 'bbbb')
    const pack = (given = limits) => packFolder(join(folder, 'model'), given)
    await expect(pack({ maxEntries: 1, maxBytes: 100 })).rejects.toThrow('it has more than 1 files')
    await expect(pack({ maxEntries: 100, maxBytes: 7 })).rejects.toThrow('its files have more than 7 bytes')
    await symlink('sub', join(folder, 'model', 'loop'))
    await expect(pack()).rejects.toThrow('"loop" is a link to a folder')
    await symlink(join('..', 'secret'), join(folder, 'model', 'a-link'))
    await expect(pack()).rejects.toThrow('"a-link" is a link that leads out of the folder')
  })
})

describe('reading', () => {
  it('unpacks stored and deflated entries and passes over folders', () => {
    const text = bytes('hello '.repeat(100))
    const archive = zipOf([
      { name: 'a/', data: new Uint8Array(0) },
      { name: 'a/b', data: deflateRawSync(text), size: text.length, crc: crc32(text), method: 8 },
      { name: 'c', mode: 0x81a4 },
    ])
    expect(contents(archive)).toEqual({ 'a/b': 'hello '.repeat(100), c: 'x' })
    expect(contents(Buffer.concat([archive.subarray(0, -2), Buffer.from([3, 0]), Buffer.from('xyz')]))).toHaveProperty(
      'c',
    )
  })

  it.each([
    ['a name that leads out', [{ name: '../x' }], 'the name "../x" is no plain path below the root'],
    ['an absolute name', [{ name: '/x' }], 'the name "/x" is no plain path below the root'],
    ['a name twice', [{ name: 'x' }, { name: 'x' }], 'it has two entries "x"'],
    ['a file that is a folder too', [{ name: 'x' }, { name: 'x/y' }], '"x" is both a file and a folder'],
    ['a link', [{ name: 'x', mode: 0xa1ff }], '"x" is a link'],
    ['a device', [{ name: 'x', mode: 0x61ff }], '"x" is neither a file nor a folder'],
    ['encryption', [{ name: 'x', flags: 1 }], '"x" is encrypted'],
    ['another method', [{ name: 'x', method: 14 }], '"x" is packed by method 14'],
    ['a stored entry of two sizes', [{ name: 'x', size: 2 }], '"x" has 1 bytes that unpack to 2'],
    [
      'too many bytes',
      [{ name: 'x', method: 8, size: 2_000_000 }],
      'its entries have more than 1000000 bytes unpacked',
    ],
    [
      'too many entries',
      Array.from({ length: 101 }, (_, i) => ({ name: `${i}` })),
      'it has 101 entries, more than the limit of 100',
    ],
  ] as [string, Entry[], string][])('refuses %s', (_, entries, message) => {
    expect(() => readZip(zipOf(entries), limits)).toThrow(message)
  })

  it.each([
    ['another checksum', { name: 'x', crc: 7 }, '"x" has another checksum than its directory says'],
    ['another name in its header', { name: 'x', localName: 'y' }, '"x" has a header that differs from the directory'],
    ['more growth than deflate has', { name: 'x', method: 8, size: 900_000 }, 'says that 1 bytes unpack to 900000'],
    [
      'fewer bytes than stated',
      { name: 'x', method: 8, data: deflateRawSync(bytes('abc')), size: 4 },
      'unpacks to 3 bytes',
    ],
    [
      'more bytes than stated',
      { name: 'x', method: 8, data: deflateRawSync(new Uint8Array(99_999)), size: 50 },
      '"x" cannot be unpacked',
    ],
    [
      'bytes that are not deflated',
      { name: 'x', method: 8, data: Buffer.of(255, 255), size: 5 },
      '"x" cannot be unpacked',
    ],
  ] as [string, Entry, string][])('refuses an entry with %s when it is read', (_, entry, message) => {
    const files = readZip(zipOf([entry]), limits)
    expect(() => files.get('x')?.read()).toThrow(message)
  })

  it('refuses what is cut off', () => {
    const archive = packFiles([file('a'), file('b')])
    for (let size = 0; size < archive.length; size++) expect(() => readZip(archive.subarray(0, size), limits)).toThrow()
  })
})
