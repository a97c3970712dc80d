/**
 * Confluent's wire format.
 *
 * ```
 * record  = 0 id payload             id = schema id, 4 bytes, big-endian
 * payload = value                    for Avro and JSON
 * payload = indexes message          for protobuf
 * indexes = 0 | count { index }      zigzag varints: the way to the message among the messages of its file; 0 is [0]
 * ```
 */
export const headerBytes = 5

/** Most levels of nested messages. */
const maxIndexes = 32

/** The id of a record's schema, or -1 when it does not begin with one. */
export function schemaIdAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < headerBytes || bytes[start] !== 0) return -1
  const high = bytes[start + 1] as number
  // Ids are positive ints.
  if (high > 0x7f) return -1
  return (
    (high << 24) |
    ((bytes[start + 2] as number) << 16) |
    ((bytes[start + 3] as number) << 8) |
    (bytes[start + 4] as number)
  )
}

/** Header of a record. */
export function headerOf(id: number, indexes: readonly number[] | null): Uint8Array {
  const bytes = [0, (id >>> 24) & 0xff, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff]
  if (indexes !== null) {
    if (indexes.length === 1 && indexes[0] === 0) bytes.push(0)
    else for (const number of [indexes.length, ...indexes]) pushVarint(bytes, number * 2)
  }
  return Uint8Array.from(bytes)
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
}

/** The message indexes from `start` on and where they end, or null when they are malformed. */
export function messageIndexesAt(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly indexes: readonly number[]; readonly end: number } | null {
  const numbers: number[] = []
  let at = start
  let value = 0
  let scale = 1
  while (at < end) {
    const byte = bytes[at++] as number
    value += (byte & 0x7f) * scale
    if (byte >= 0x80) {
      scale *= 0x80
      if (scale > 2 ** 28) return null
      continue
    }
    if (value % 2 === 1) return null // a negative number
    numbers.push(value / 2)
    value = 0
    scale = 1
    const count = numbers[0] as number
    if (count > maxIndexes) return null
    if (count === 0) return { indexes: [0], end: at }
    if (numbers.length === count + 1) return { indexes: numbers.slice(1), end: at }
  }
  return null
}
