/** CRC-32C (Castagnoli) by slices of eight bytes: eight tables of 256 rows, one after another. */
const tables = makeTables()

function makeTables(): Int32Array {
  const all = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
    all[byte] = crc
  }
  for (let slice = 1; slice < 8; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = all[(slice - 1) * 256 + byte] as number
      all[slice * 256 + byte] = (before >>> 8) ^ (all[before & 255] as number)
    }
  }
  return all
}

/** CRC-32C of the bytes, or of what `before` is the checksum of followed by the bytes. Unsigned. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const t = tables
  let crc = ~before
  let i = 0
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low =
      crc ^
      ((bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24))
    crc =
      (t[1792 + (low & 255)] as number) ^
      (t[1536 + ((low >>> 8) & 255)] as number) ^
      (t[1280 + ((low >>> 16) & 255)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[i + 4] as number)] as number) ^
      (t[512 + (bytes[i + 5] as number)] as number) ^
      (t[256 + (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number)
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[i] as number)) & 255] as number)
  return ~crc >>> 0
}

/** The checksum as LevelDB and TensorFlow store it: rotated and moved, as a checksum of bytes that hold checksums is weak. */
export function maskedCrc32c(bytes: Uint8Array, before = 0): number {
  return maskCrc32c(crc32c(bytes, before))
}

/** The stored form of a checksum, see maskedCrc32c. */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
