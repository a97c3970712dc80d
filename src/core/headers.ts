import { type BytesColumn, bytesAt } from './bytes.ts'

/*
 * Headers of a record: names to values, as in Kafka. A value is bytes; text is UTF-8.
 *
 * Encoded form, entries back to back: u16 name length, name (UTF-8), u32 value length, value; lengths little-endian.
 * It is concatenable: the headers `a ++ b` are the bytes of `a` followed by the bytes of `b`. A value length of NULL_HEADER is a
 * value that is null, which Kafka tells from an empty one: it has no bytes, and reads as an empty value.
 */

/** Length of a header's value that is null. */
export const NULL_HEADER = 2 ** 32 - 1

/** Header of a record that an HTTP request waits for: the request's id, which the prediction carries back. */
export const REQUEST_HEADER = 'millrace-request'

/** Encodes headers; an empty map gives no bytes. */
export function encodeHeaders(headers: Iterable<readonly [string, Uint8Array | string]>): Buffer {
  const parts: Buffer[] = []
  for (const [name, value] of headers) {
    const nameBytes = Buffer.from(name)
    const valueBytes = typeof value === 'string' ? Buffer.from(value) : value
    const entry = Buffer.allocUnsafe(6 + nameBytes.length + valueBytes.length)
    entry.writeUInt16LE(nameBytes.length, 0)
    nameBytes.copy(entry, 2)
    entry.writeUInt32LE(valueBytes.length, 2 + nameBytes.length)
    entry.set(valueBytes, 6 + nameBytes.length)
    parts.push(entry)
  }
  return Buffer.concat(parts)
}

/** Decodes headers; a damaged tail ends the map (headers come from stores of our own, which check their bytes). */
export function decodeHeaders(bytes: Uint8Array | null): Map<string, Buffer> {
  const headers = new Map<string, Buffer>()
  if (bytes === null) return headers
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at + 2 <= view.length) {
    const nameEnd = at + 2 + view.readUInt16LE(at)
    if (nameEnd + 4 > view.length) break
    const length = view.readUInt32LE(nameEnd)
    const valueEnd = nameEnd + 4 + (length === NULL_HEADER ? 0 : length)
    if (valueEnd > view.length) break
    headers.set(view.toString('utf8', at + 2, nameEnd), view.subarray(nameEnd + 4, valueEnd))
    at = valueEnd
  }
  return headers
}

/** Encoded headers without those of these names; several of one name stay several. */
export function headersWithout(bytes: Uint8Array, names: ReadonlySet<string>): Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const kept: Buffer[] = []
  let at = 0
  while (at + 2 <= view.length) {
    const nameEnd = at + 2 + view.readUInt16LE(at)
    if (nameEnd + 4 > view.length) break
    const valueEnd = nameEnd + 4 + view.readUInt32LE(nameEnd)
    if (valueEnd > view.length) break
    if (!names.has(view.toString('utf8', at + 2, nameEnd))) kept.push(view.subarray(at, valueEnd))
    at = valueEnd
  }
  return Buffer.concat(kept)
}

/** The value of header `name` of record `index` as text, or null. */
export function headerText(column: BytesColumn | null, index: number, name: string): string | null {
  if (column === null) return null
  return decodeHeaders(bytesAt(column, index)).get(name)?.toString('utf8') ?? null
}
