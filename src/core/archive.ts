import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'

/** Why a folder cannot be packed, or an archive cannot be read. */
export class ArchiveFault extends Error {}

/** What an archive may hold. */
export interface ArchiveLimits {
  readonly maxEntries: number
  /** Bytes of all entries together, unpacked. */
  readonly maxBytes: number
}

/** A file of an archive. `name` is its path below the root with `/`. */
export interface ArchiveFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/*
 * The ZIP format (PKWARE APPNOTE 6.3.10), as far as it is used here. All numbers are little-endian.
 *
 *     archive = { local header, name, extra, data }, { central header, name, extra, comment }, end, comment
 */
const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const STORED = 0
const DEFLATED = 8
const FLAG_ENCRYPTED = 1 | 64 | 8192
const FLAG_UTF8 = 2048
/** 1980-01-01, the first day that the format can tell. */
const FIRST_DAY = 0x21
const UNIX = 3

/** True when the bytes start as a ZIP archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  )
}

/**
 * Packs files into a ZIP archive, stored, sorted by name and without times: equal files give equal bytes wherever they are packed.
 *
 * Throws an ArchiveFault for what the format cannot hold without its 64-bit extension.
 */
export function packFiles(files: readonly ArchiveFile[]): Uint8Array {
  const entries = files
    .map(({ name, bytes }) => ({ name: Buffer.from(checkedName(name), 'utf8'), bytes, crc: crc32(bytes), at: 0 }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
  const headers = entries.reduce((sum, { name }) => sum + LOCAL_BYTES + CENTRAL_BYTES + 2 * name.length, END_BYTES)
  const size = entries.reduce((sum, { bytes }) => sum + bytes.length, headers)
  if (entries.length >= 0xffff || size >= 0xffffffff)
    throw new ArchiveFault(`${entries.length} files with ${size} bytes are more than a ZIP archive holds`)
  const out = Buffer.alloc(size)
  let at = 0
  for (const entry of entries) {
    entry.at = at
    out.writeUInt32LE(LOCAL, at)
    at = writeFacts(out, at + 4, entry)
    at = out.writeUInt16LE(0, at)
    at += entry.name.copy(out, at)
    out.set(entry.bytes, at)
    at += entry.bytes.length
  }
  const directory = at
  for (const entry of entries) {
    out.writeUInt32LE(CENTRAL, at)
    out.writeUInt16LE(20, at + 4)
    at = writeFacts(out, at + 6, entry)
    // Lengths of extra and comment, disk, attributes within and without stay 0.
    out.writeUInt32LE(entry.at, at + 12)
    at += 16
    at += entry.name.copy(out, at)
  }
  out.writeUInt32LE(END, at)
  out.writeUInt16LE(entries.length, at + 8)
  out.writeUInt16LE(entries.length, at + 10)
  out.writeUInt32LE(at - directory, at + 12)
  out.writeUInt32LE(directory, at + 16)
  return out
}

/** What both headers of an entry have in common; returns where it ends. */
function writeFacts(out: Buffer, from: number, entry: { name: Buffer; bytes: Uint8Array; crc: number }): number {
  out.writeUInt16LE(20, from)
  out.writeUInt16LE(FLAG_UTF8, from + 2)
  out.writeUInt16LE(STORED, from + 4)
  out.writeUInt16LE(0, from + 6)
  out.writeUInt16LE(FIRST_DAY, from + 8)
  out.writeUInt32LE(entry.crc, from + 10)
  out.writeUInt32LE(entry.bytes.length, from + 14)
  out.writeUInt32LE(entry.bytes.length, from + 18)
  return out.writeUInt16LE(entry.name.length, from + 22)
}

/**
 * Packs a folder: its regular files, and links to files inside it as the files that they lead to. The same files give the same bytes.
 *
 * Throws an ArchiveFault for links that lead out or to folders, for what is neither file nor folder, and above the limits.
 */
export async function packFolder(folder: string, limits: ArchiveLimits): Promise<Uint8Array> {
  const root = await realpath(folder)
  const found: { readonly name: string; readonly path: string; readonly size: number }[] = []
  const fault = (path: string, reason: string) =>
    new ArchiveFault(`"${relative(root, path).split(sep).join('/')}" ${reason}`)
  const pending = [root]
  let bytes = 0
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const item of await readdir(current)) {
      const path = join(current, item)
      const own = await lstat(path)
      if (own.isDirectory()) {
        pending.push(path)
        if (pending.length > limits.maxEntries) throw new ArchiveFault(`it has more than ${limits.maxEntries} folders`)
        continue
      }
      let real = path
      if (own.isSymbolicLink()) {
        real = await realpath(path).catch(() => '')
        if (!real.startsWith(root + sep)) throw fault(path, 'is a link that leads out of the folder')
      }
      const facts = own.isSymbolicLink() ? await stat(real) : own
      if (!facts.isFile())
        throw fault(path, own.isSymbolicLink() ? 'is a link to a folder' : 'is neither a file nor a folder')
      bytes += facts.size
      found.push({ name: relative(root, path).split(sep).join('/'), path: real, size: facts.size })
      if (found.length > limits.maxEntries) throw new ArchiveFault(`it has more than ${limits.maxEntries} files`)
      if (bytes > limits.maxBytes) throw new ArchiveFault(`its files have more than ${limits.maxBytes} bytes`)
    }
  }
  const files: ArchiveFile[] = []
  for (const { name, path, size } of found) {
    const content = await readFile(path)
    if (content.length !== size) throw fault(path, 'changes while it is read')
    files.push({ name, bytes: content })
  }
  return packFiles(files)
}

/**
 * Files of a ZIP archive by name. Entries are unpacked by `read`; sizes and names are checked here.
 *
 * Refused with an ArchiveFault: names that lead out of the archive, duplicates, links, encryption, other methods than stored and
 * deflated, more entries or bytes than the limits allow, entries that unpack to another size or checksum than stated.
 */
export function readZip(
  archive: Uint8Array,
  limits: ArchiveLimits,
): ReadonlyMap<string, { readonly size: number; read(): Uint8Array }> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength)
  const { count, directory, end } = readEnd(archive, view)
  if (count > limits.maxEntries)
    throw new ArchiveFault(`it has ${count} entries, more than the limit of ${limits.maxEntries}`)
  const files = new Map<string, { readonly size: number; read(): Uint8Array }>()
  const folders = new Set<string>()
  let total = 0
  let at = directory
  for (let i = 0; i < count; i++) {
    const entry = readCentral(archive, view, at, end)
    at = entry.next
    total += entry.size
    if (total > limits.maxBytes) throw new ArchiveFault(`its entries have more than ${limits.maxBytes} bytes unpacked`)
    if (entry.isFolder) continue
    if (files.has(entry.name)) throw new ArchiveFault(`it has two entries "${entry.name}"`)
    for (let cut = entry.name.lastIndexOf('/'); cut > 0; cut = entry.name.lastIndexOf('/', cut - 1)) {
      const folder = entry.name.slice(0, cut)
      if (folders.has(folder)) break
      folders.add(folder)
    }
    files.set(entry.name, { size: entry.size, read: () => unpack(archive, view, entry, directory) })
  }
  for (const name of files.keys()) {
    if (folders.has(name)) throw new ArchiveFault(`"${name}" is both a file and a folder`)
  }
  return files
}

interface Entry {
  readonly name: string
  /** Name as it stands in the archive, for comparison with the local header. */
  readonly rawName: Uint8Array
  readonly isFolder: boolean
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly size: number
  readonly local: number
  readonly next: number
}

function readEnd(archive: Uint8Array, view: DataView): { count: number; directory: number; end: number } {
  const first = Math.max(0, archive.length - END_BYTES - MAX_COMMENT_BYTES)
  for (let at = archive.length - END_BYTES; at >= first; at--) {
    if (view.getUint32(at, true) !== END) continue
    if (at + END_BYTES + view.getUint16(at + 20, true) !== archive.length) continue
    const count = view.getUint16(at + 10, true)
    const bytes = view.getUint32(at + 12, true)
    const directory = view.getUint32(at + 16, true)
    if (count === 0xffff || bytes === 0xffffffff || directory === 0xffffffff)
      throw new ArchiveFault('it uses the 64-bit extension of ZIP, which is not supported')
    if (
      view.getUint16(at + 4, true) !== 0 ||
      view.getUint16(at + 6, true) !== 0 ||
      view.getUint16(at + 8, true) !== count
    )
      throw new ArchiveFault('it is one part of several')
    if (directory + bytes > at || count * CENTRAL_BYTES > bytes)
      throw new ArchiveFault(`its directory of ${count} entries does not lie within it`)
    return { count, directory, end: directory + bytes }
  }
  throw new ArchiveFault('it has no end record: it is no ZIP archive, or cut off')
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function readCentral(archive: Uint8Array, view: DataView, at: number, end: number): Entry {
  if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL)
    throw new ArchiveFault(`there is no entry of the directory at byte ${at}`)
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  const nameBytes = view.getUint16(at + 28, true)
  const next = at + CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  if (next > end) throw new ArchiveFault(`the entry of the directory at byte ${at} ends beyond it`)
  const rawName = archive.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)
  const text = nameText(rawName, at)
  const isFolder = text.endsWith('/')
  const name = checkedName(isFolder ? text.slice(0, -1) : text)
  const mode = view.getUint16(at + 4, true) >> 8 === UNIX ? view.getUint16(at + 40, true) & 0xf000 : 0
  if (mode !== 0 && mode !== 0x8000 && mode !== 0x4000)
    throw new ArchiveFault(`"${name}" is ${mode === 0xa000 ? 'a link' : 'neither a file nor a folder'}`)
  if ((flags & FLAG_ENCRYPTED) !== 0) throw new ArchiveFault(`"${name}" is encrypted`)
  if (method !== STORED && method !== DEFLATED)
    throw new ArchiveFault(
      `"${name}" is packed by method ${method}, expected ${STORED} (stored) or ${DEFLATED} (deflated)`,
    )
  const packedBytes = view.getUint32(at + 20, true)
  const size = view.getUint32(at + 24, true)
  if (
    packedBytes === 0xffffffff ||
    size === 0xffffffff ||
    (method === STORED && packedBytes !== size) ||
    (isFolder && size !== 0)
  )
    throw new ArchiveFault(`"${name}" has ${packedBytes} bytes that unpack to ${size}`)
  const local = view.getUint32(at + 42, true)
  return { name, rawName, isFolder, method, crc: view.getUint32(at + 16, true), packedBytes, size, local, next }
}

function nameText(raw: Uint8Array, at: number): string {
  try {
    return utf8.decode(raw)
  } catch {
    throw new ArchiveFault(`the entry of the directory at byte ${at} has a name that is no UTF-8`)
  }
}

/** The name, when it is a plain path below the root. */
function checkedName(name: string): string {
  const hasControls = [...name].some((c) => c < ' ')
  const parts = name.split('/')
  if (
    hasControls ||
    name.includes('\\') ||
    /^[A-Za-z]:/.test(name) ||
    parts.some((p) => p === '' || p === '.' || p === '..')
  )
    throw new ArchiveFault(`the name ${JSON.stringify(name)} is no plain path below the root`)
  return name
}

function unpack(archive: Uint8Array, view: DataView, entry: Entry, directory: number): Uint8Array {
  const { name, rawName, local, packedBytes, size } = entry
  const wrong = (reason: string) => new ArchiveFault(`"${name}" ${reason}`)
  if (local + LOCAL_BYTES > directory || view.getUint32(local, true) !== LOCAL)
    throw wrong(`has no header at byte ${local}`)
  const nameBytes = view.getUint16(local + 26, true)
  const from = local + LOCAL_BYTES + nameBytes + view.getUint16(local + 28, true)
  if (from + packedBytes > directory) throw wrong('ends beyond the archive')
  const localName = archive.subarray(local + LOCAL_BYTES, local + LOCAL_BYTES + nameBytes)
  if (Buffer.compare(localName, rawName) !== 0 || view.getUint16(local + 8, true) !== entry.method)
    throw wrong('has a header that differs from the directory')
  const packed = archive.subarray(from, from + packedBytes)
  const bytes = entry.method === STORED ? packed : inflated(packed, size, wrong)
  if (bytes.length !== size) throw wrong(`unpacks to ${bytes.length} bytes, its directory says ${size}`)
  if (crc32(bytes) !== entry.crc) throw wrong('has another checksum than its directory says: the archive is damaged')
  return bytes
}

function inflated(packed: Uint8Array, size: number, wrong: (reason: string) => ArchiveFault): Uint8Array {
  // Deflate grows by 1032 at the most: what says more lies, and memory is not taken for it.
  if (size > packed.length * 1032 + 64) throw wrong(`says that ${packed.length} bytes unpack to ${size}`)
  try {
    return inflateRawSync(packed, { maxOutputLength: size + 1 })
  } catch (cause) {
    throw wrong(`cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
