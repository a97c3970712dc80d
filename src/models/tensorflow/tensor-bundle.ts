import { crc32c, maskCrc32c, maskedCrc32c } from '../../core/crc32c.ts'
import { elementCount } from '../../schema/tensor.ts'
import { inFile, syntaxFault, unsupported } from './faults.ts'
import type { TfData, TfTensor } from './graph.ts'
import { shapeOfMessage } from './graph-def.ts'
import { readBinary } from './message-binary.ts'
import {
  type BundleEntryMessage,
  bundleEntryType,
  bundleHeaderType,
  type ObjectGraphMessage,
  objectGraphType,
} from './saved-model-messages.ts'
import { type Slice, sliceKey } from './slice-key.ts'
import { readSortedTable, TableFault } from './sorted-table.ts'
import { elementBytes, readLengths, tensorOfBytes } from './tensor-value.ts'
import { isNumberDtype, type TfDtype, tfDtypeOf, widthOf } from './tf-dtype.ts'

/** Key of the message that tells which object has which key, in checkpoints of TF 2.x. */
const OBJECT_GRAPH = '_CHECKPOINTABLE_OBJECT_GRAPH'

/** A file of the model by its path below the root; null when there is none. */
export type ReadFile = (path: string) => Uint8Array | null

/**
 * The values of variables: a table of tensors by key in `<prefix>.index`, their bytes in `<prefix>.data-00000-of-00002` and so on.
 *
 * Checksums are compared when a tensor is read. What variables the graph does not use is never read.
 */
export class TensorBundle {
  readonly #source: string
  readonly #prefix: string
  readonly #read: ReadFile
  readonly #entries: ReadonlyMap<string, Uint8Array>
  readonly #shards: number
  readonly #shardBytes = new Map<number, Uint8Array>()
  #names: ReadonlyMap<string, string> | null = null

  constructor(prefix: string, read: ReadFile, source: string) {
    this.#source = source
    this.#prefix = prefix
    this.#read = read
    const index = read(`${prefix}.index`)
    if (index === null) throw syntaxFault(source, `${prefix}.index`, 'the model has variables and this file is missing')
    this.#entries = this.#table(index)
    const header = this.#entries.get('')
    if (header === undefined) throw syntaxFault(source, `${prefix}.index`, 'it has no header')
    const { num_shards, endianness } = this.#message(() => readBinary(bundleHeaderType, header))
    if (endianness !== 0) throw unsupported(source, `${prefix}.index`, 'big-endian values')
    this.#shards = num_shards
  }

  /** Keys of tensors; slices of partitioned variables are not listed. */
  keys(): string[] {
    return [...this.#entries.keys()]
      .filter((key) => key !== '' && key !== OBJECT_GRAPH && !key.startsWith('\0'))
      .map(unicode)
  }

  has(key: string): boolean {
    return this.#entries.has(latin(key))
  }

  /** The key under which the object graph of the checkpoint has the variable `name`; null when it has none. */
  keyOfVariable(name: string): string | null {
    this.#names ??= this.#readNames()
    return this.#names.get(name) ?? null
  }

  /** The tensor of a key. Throws MODEL_ARTIFACT_SYNTAX when it is missing, damaged or does not add up. */
  tensor(key: string): TfTensor {
    const bytes = this.#entries.get(latin(key))
    if (bytes === undefined)
      throw syntaxFault(this.#source, `${this.#prefix}.index`, `it has no tensor ${JSON.stringify(key)}`)
    return this.#tensor(bytes, key)
  }

  #tensor(bytes: Uint8Array, key: string): TfTensor {
    const place = `${this.#prefix}, tensor ${JSON.stringify(key)}`
    const wrong = (reason: string) => syntaxFault(this.#source, place, reason)
    const entry = this.#message(() => readBinary(bundleEntryType, bytes))
    const dtype = tfDtypeOf(entry.dtype)
    const shape = shapeOfMessage(entry.shape, this.#source, place) ?? []
    if (dtype === null) throw wrong(`its type is ${entry.dtype}, which is not known`)
    if (shape.some((size) => size === null)) throw wrong('its shape has an unknown dimension')
    const sizes = shape as readonly number[]
    const count = elementCount(sizes)
    if (!Number.isSafeInteger(count)) throw wrong(`its shape [${sizes.join(', ')}] is too large`)
    if (entry.slices.length > 0) return this.#sliced(entry, key, dtype, sizes, count)
    const stored = this.#stored(entry, place)
    if (dtype === 'string')
      return { dtype, shape: sizes, size: count, data: this.#texts(stored, count, entry.crc32c, wrong) }
    if (!isNumberDtype(dtype)) throw wrong(`its type is ${dtype}, which has no values`)
    const needed = count * elementBytes(dtype)
    if (stored.length !== needed)
      throw wrong(`it has ${stored.length} bytes, expected ${needed} for ${count} elements of ${dtype}`)
    if (maskedCrc32c(stored) !== entry.crc32c) throw wrong('its checksum differs: the file is damaged')
    return tensorOfBytes(dtype, sizes, stored)
  }

  #stored({ shard_id: shard, offset, size }: BundleEntryMessage, place: string): Uint8Array {
    let bytes = this.#shardBytes.get(shard)
    if (bytes === undefined) {
      const pad = (value: number) => String(value).padStart(5, '0')
      const name = `${this.#prefix}.data-${pad(shard)}-of-${pad(this.#shards)}`
      const found = this.#read(name)
      if (found === null) throw syntaxFault(this.#source, place, `its values are in ${name}, which is missing`)
      bytes = found
      this.#shardBytes.set(shard, bytes)
    }
    const end = offset + size
    if (offset < 0n || size < 0n || end > BigInt(bytes.length))
      throw syntaxFault(this.#source, place, `its values are bytes ${offset} to ${end} of a file of ${bytes.length}`)
    return bytes.subarray(Number(offset), Number(end))
  }

  /**
   *     texts = { varint64 length }, fixed32 masked checksum of the lengths as fixed32 (fixed64 above 2^32), { bytes }
   *
   * The checksum of the entry covers lengths, their checksum and bytes (tensor_bundle.cc, WriteStringTensor).
   */
  #texts(stored: Uint8Array, count: number, checksum: number, wrong: (reason: string) => Error): TfData {
    const found = readLengths(stored, count)
    if (found === null || found.at + 4 > stored.length)
      throw wrong(`its ${stored.length} bytes do not hold ${count} texts`)
    const words = Buffer.alloc(4 * count)
    found.lengths.forEach((length, i) => {
      if (length > 0xffffffff) throw wrong(`text ${i} has ${length} bytes`)
      words.writeUInt32LE(length, 4 * i)
    })
    const sum = crc32c(words)
    const rest = stored.subarray(found.at)
    const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength)
    if (view.getUint32(0, true) !== maskCrc32c(sum))
      throw wrong('the checksum of its lengths differs: the file is damaged')
    if (maskCrc32c(crc32c(rest, sum)) !== checksum) throw wrong('its checksum differs: the file is damaged')
    let at = 4
    const texts = found.lengths.map((length) => {
      at += length
      return rest.subarray(at - length, at)
    })
    if (at !== rest.length) throw wrong(`its ${stored.length} bytes do not hold ${count} texts`)
    return texts
  }

  /** A partitioned variable: its entry names slices, which have entries of their own. */
  #sliced(entry: BundleEntryMessage, key: string, dtype: TfDtype, shape: readonly number[], count: number): TfTensor {
    const place = `${this.#prefix}, tensor ${JSON.stringify(key)}`
    const wrong = (reason: string) => syntaxFault(this.#source, place, reason)
    const parts = entry.slices.map((message) => {
      const slice: Slice = {
        starts: message.extent.map(({ start }) => Number(start)),
        lengths: message.extent.map(({ length }) => (length === undefined ? -1 : Number(length))),
      }
      const bytes = this.#entries.get(sliceKey(key, slice))
      if (bytes === undefined) throw wrong(`its slice ${sliceText(slice)} is missing`)
      const tensor = this.#tensor(bytes, `${key}${sliceText(slice)}`)
      if (tensor.dtype !== dtype)
        throw wrong(`its slice ${sliceText(slice)} is of the type ${tensor.dtype}, expected ${dtype}`)
      return { slice, tensor }
    })
    const covered = parts.reduce((sum, { tensor }) => sum + tensor.size, 0)
    if (covered !== count) throw wrong(`its slices have ${covered} elements, expected ${count}`)
    if (!isNumberDtype(dtype)) throw unsupported(this.#source, place, `slices of ${dtype}`)
    const width = widthOf(dtype)
    const first = parts[0]?.tensor.data as Exclude<TfData, readonly Uint8Array[]>
    const data = new (first.constructor as Float32ArrayConstructor)(count * width)
    for (const { slice, tensor } of parts) {
      const box = boxOf(slice, shape)
      if (box === null || box.lengths.join() !== tensor.shape.join())
        throw wrong(`its slice ${sliceText(slice)} does not fit`)
      forEachRow(box, shape, (from, to, length) => {
        const part = (tensor.data as Float32Array).subarray(from * width, (from + length) * width)
        data.set(part, to * width)
      })
    }
    return { dtype, shape, size: count, data }
  }

  #readNames(): ReadonlyMap<string, string> {
    const bytes = this.#entries.get(OBJECT_GRAPH)
    const names = new Map<string, string>()
    if (bytes === undefined) return names
    const [content] = this.#tensor(bytes, OBJECT_GRAPH).data as readonly Uint8Array[]
    if (content === undefined) return names
    const graph: ObjectGraphMessage = this.#message(() => readBinary(objectGraphType, content))
    for (const node of graph.nodes) {
      for (const { name, full_name, checkpoint_key } of node.attributes)
        if (name === 'VARIABLE_VALUE' && full_name !== '') names.set(full_name, checkpoint_key)
    }
    return names
  }

  #table(index: Uint8Array): ReadonlyMap<string, Uint8Array> {
    try {
      return readSortedTable(index)
    } catch (thrown) {
      if (thrown instanceof TableFault) throw syntaxFault(this.#source, `${this.#prefix}.index`, thrown.message, thrown)
      throw thrown
    }
  }

  #message<T>(read: () => T): T {
    return inFile(this.#source, `${this.#prefix}.index`, read)
  }
}

function latin(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1')
}

function unicode(key: string): string {
  return Buffer.from(key, 'latin1').toString('utf8')
}

function sliceText({ starts, lengths }: Slice): string {
  return `[${starts.map((start, i) => (lengths[i] === -1 ? '-' : `${start},${lengths[i]}`)).join(':')}]`
}

/** The slice with its lengths filled in; null when it does not lie within the shape. */
export function boxOf({ starts, lengths }: Slice, shape: readonly number[]): Slice | null {
  if (starts.length !== shape.length || lengths.length !== shape.length) return null
  const filled = lengths.map((length, i) => (length === -1 ? (shape[i] as number) : length))
  const fits = filled.every((length, i) => {
    const start = starts[i] as number
    return start >= 0 && length >= 0 && start + length <= (shape[i] as number)
  })
  return fits ? { starts, lengths: filled } : null
}

/** Visits the rows (runs along the last dimension) of a box: where each starts in the box and in the whole, and its length. */
export function forEachRow(
  { starts, lengths }: Slice,
  shape: readonly number[],
  visit: (inBox: number, inWhole: number, length: number) => void,
): void {
  const rank = shape.length
  const length = rank === 0 ? 1 : (lengths[rank - 1] as number)
  const rows = length === 0 ? 0 : elementCount(lengths) / length
  const place = new Array<number>(Math.max(0, rank - 1)).fill(0)
  for (let row = 0; row < rows; row++) {
    let whole = 0
    for (let d = 0; d < rank; d++) whole = whole * (shape[d] as number) + (starts[d] as number) + (place[d] ?? 0)
    visit(row * length, whole, length)
    for (let d = rank - 2; d >= 0; d--) {
      place[d] = (place[d] as number) + 1
      if ((place[d] as number) < (lengths[d] as number)) break
      place[d] = 0
    }
  }
}
