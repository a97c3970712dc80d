import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compressions, decompress } from '../../src/clients/kafka/compression.ts'
import { decodeRecordSet } from '../../src/clients/kafka/record-batch.ts'
import { crc32c } from '../../src/core/crc32c.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { seeded } from '../random.ts'

const golden = (name: string) => readFileSync(join(import.meta.dirname, '../golden/kafka/record-batches', name))
const MAX_BYTES = 2 ** 20

/** A few bytes changed, a piece taken out or doubled, or the end cut. */
function mutated(bytes: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(bytes)
  for (let i = 0; i <= random() * 4; i++) {
    // Most of what can go wrong is in front.
    const at = Math.floor(random() * (random() < 0.5 ? 100 : copy.length)) % copy.length
    const choice = random()
    copy[at] = choice < 0.4 ? random() * 256 : choice < 0.7 ? 255 : (copy[at] as number) ^ (1 << (random() * 8))
  }
  if (random() < 0.15) return copy.subarray(0, random() * copy.length)
  if (random() < 0.15) {
    const at = Math.floor(random() * copy.length)
    return Buffer.concat([copy.subarray(0, at), copy.subarray(at + random() * 20)])
  }
  return copy
}

test('record sets that are broken anywhere are read or refused, in memory that their size bounds (seed 21)', () => {
  const random = seeded(21)
  const names = [...compressions.map((name) => `${name}.bin`), 'transactions.bin']
  for (let round = 0; round < 1_500; round++) {
    const bytes = mutated(golden(names[round % names.length] as string), random)
    // A right checksum leads the damage on to the records.
    if (bytes.length > 61 && random() < 0.8) {
      bytes.writeInt8(2, 16)
      const end = Math.min(bytes.length, 12 + Math.max(49, bytes.readInt32BE(8)))
      bytes.writeUInt32BE(crc32c(bytes.subarray(21, end)), 17)
    }
    try {
      const options = { from: 0, abortedTransactions: [{ producerId: 7n, firstOffset: 0 }], place: 'fuzz/0' }
      const batches = decodeRecordSet(bytes, { ...options, maxBatchBytes: MAX_BYTES })
      for (const { length, values, positions, end } of batches) {
        expect(values.bytes.length).toBeLessThanOrEqual(2 * MAX_BYTES)
        for (let i = 0; i < length; i++) {
          expect(positions[i]).toBeLessThan(end)
          expect(values.ends[i]).toBeLessThanOrEqual(values.bytes.length)
        }
      }
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      expect(error.code).toMatch(/^CLIENT_KAFKA_(BATCH_DAMAGED|FORMAT_OLD)$/)
    }
  }
})

test.each(compressions.slice(1))(
  'pieces of %s that are broken anywhere end within their limit (seed 22)',
  (compression) => {
    const random = seeded(22)
    const piece = golden(`${compression}.bin`).subarray(61)
    for (let round = 0; round < 1_000; round++) {
      try {
        expect(decompress(compression, mutated(piece, random), MAX_BYTES).length).toBeLessThanOrEqual(MAX_BYTES)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
  },
)
