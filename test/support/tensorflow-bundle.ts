import { crc32c, maskCrc32c, maskedCrc32c } from '../../src/core/crc32c.ts'
import { bundleEntryType, bundleHeaderType } from '../../src/models/tensorflow/saved-model-messages.ts'
import { type Slice, sliceKey } from '../../src/models/tensorflow/slice-key.ts'
import { tfDtypeNumbers } from '../../src/models/tensorflow/tf-dtype.ts'
import { writeBinary } from './tensorflow-message.ts'
import { varint, writeSortedTable } from './tensorflow-table.ts'

/** A tensor for a checkpoint; with `parts` it is partitioned. */
export interface BundleTensor {
  readonly dtype: `DT_${string}`
  readonly shape: readonly number[]
  readonly data: ArrayBufferView | readonly string[]
  readonly parts?: readonly { readonly slice: Slice; readonly data: ArrayBufferView }[]
}

const shapeOf = (sizes: readonly number[]) => ({
  dim: sizes.map((size) => ({ size: BigInt(size) })),
  unknown_rank: false,
})

/** Files of a checkpoint: the index and one file of values. */
export function writeBundle(
  tensors: Readonly<Record<string, BundleTensor>>,
  prefix = 'variables/variables',
): Record<string, Uint8Array> {
  const parts: Uint8Array[] = []
  let offset = 0
  const entries = new Map<string, Uint8Array>([['', writeBinary(bundleHeaderType, { num_shards: 1 })]])
  const put = (key: string, dtype: number, sizes: readonly number[], content: BundleTensor['data']) => {
    const { bytes, checksum } = 'buffer' in content ? plain(content) : texts(content)
    parts.push(bytes)
    const facts = { dtype, shape: shapeOf(sizes), offset: BigInt(offset), size: BigInt(bytes.length), crc32c: checksum }
    entries.set(key, writeBinary(bundleEntryType, facts))
    offset += bytes.length
  }
  for (const [name, tensor] of Object.entries(tensors)) {
    const dtype = tfDtypeNumbers.get(tensor.dtype) ?? 0
    const key = Buffer.from(name).toString('latin1')
    if (!tensor.parts) put(key, dtype, tensor.shape, tensor.data)
    else {
      const slices = tensor.parts.map(({ slice }) => ({
        extent: slice.starts.map((start, i) => {
          const length = slice.lengths[i] ?? -1
          return { start: BigInt(start), length: length < 0 ? undefined : BigInt(length) }
        }),
      }))
      entries.set(key, writeBinary(bundleEntryType, { dtype, shape: shapeOf(tensor.shape), slices }))
      for (const { slice, data } of tensor.parts) {
        const sizes = slice.lengths.map((length, i) => (length < 0 ? (tensor.shape[i] ?? 0) : length))
        put(sliceKey(name, slice), dtype, sizes, data)
      }
    }
  }
  return {
    [`${prefix}.index`]: writeSortedTable(entries),
    [`${prefix}.data-00000-of-00001`]: Buffer.concat(parts),
  }
}

function plain(data: ArrayBufferView) {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return { bytes, checksum: maskedCrc32c(bytes) }
}

function texts(list: readonly string[]) {
  const items = list.map((text) => Buffer.from(text))
  const words = Buffer.concat(items.map(({ length }) => Buffer.from(Uint32Array.of(length).buffer)))
  const seal = Buffer.from(Uint32Array.of(maskCrc32c(crc32c(words))).buffer)
  const rest = Buffer.concat([seal, ...items])
  return {
    bytes: Buffer.concat([...items.map(({ length }) => varint(length)), rest]),
    checksum: maskCrc32c(crc32c(rest, crc32c(words))),
  }
}
