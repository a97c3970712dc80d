import { type BytesColumn, copyBytes, NO_VALUE, viewOf } from '../../core/bytes.ts'

/** Shorter prefixes are not worth putting the entries together again. */
const MIN_PREFIX_BYTES = 16

/**
 * How many bytes all entries `[from, to)` of a column begin with in common; null entries do not count. 0 when there are fewer
 * than two values, or less than 16 bytes in common: batches without a prefix cost a few comparisons.
 */
export function sharedPrefixBytes({ bytes, starts, ends }: BytesColumn, from: number, to: number): number {
  const view = viewOf(bytes)
  let first = -1 // start of the first value, which the others are compared with
  let shared = 0
  let values = 0
  for (let i = from; i < to; i++) {
    const end = ends[i] as number
    if (end === NO_VALUE) continue
    const start = starts[i] as number
    if (first < 0) first = start
    if (values++ === 0 || end - start < shared) shared = end - start
    let at = 0
    // Both loads are machine words in optimised code: no BigInt is made.
    while (at + 8 <= shared && view.getBigInt64(first + at, true) === view.getBigInt64(start + at, true)) at += 8
    while (at < shared && bytes[first + at] === bytes[start + at]) at++
    shared = at
    if (shared < MIN_PREFIX_BYTES) return 0
  }
  return values < 2 ? 0 : shared
}

/** The column whose values are `prefix` followed by those of `rests`, in a buffer of its own. */
export function withPrefix(prefix: Uint8Array, rests: BytesColumn): BytesColumn {
  const { length } = rests
  const starts = new Int32Array(length)
  const ends = new Int32Array(length)
  const bytes = Buffer.allocUnsafe(prefixedBytes(prefix.length, rests))
  const target = viewOf(bytes)
  const source = viewOf(rests.bytes)
  let at = 0
  for (let i = 0; i < length; i++) {
    const restEnd = rests.ends[i] as number
    starts[i] = at
    if (restEnd === NO_VALUE) {
      ends[i] = NO_VALUE
      continue
    }
    // Within one buffer a copy needs no view of its source.
    if (at === 0) bytes.set(prefix)
    else bytes.copyWithin(at, 0, prefix.length)
    at += prefix.length
    at = copyBytes(source, rests.starts[i] as number, restEnd, target, at)
    ends[i] = at
  }
  return { bytes, starts, ends, length }
}

/** Bytes of all values of `rests` when each gets a prefix of `prefixBytes`. */
export function prefixedBytes(prefixBytes: number, { starts, ends, length }: BytesColumn): number {
  let total = 0
  for (let i = 0; i < length; i++) {
    const end = ends[i] as number
    if (end !== NO_VALUE) total += prefixBytes + end - (starts[i] as number)
  }
  return total
}
