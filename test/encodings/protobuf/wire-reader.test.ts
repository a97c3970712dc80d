import { expect, test } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { FrameFault } from '../../../src/core/varint64.ts'
import { WireReader } from '../../../src/encodings/protobuf/wire-reader.ts'
import { WireWriter } from '../../../src/encodings/protobuf/wire-writer.ts'
import { seeded } from '../../random.ts'
import { randomBytes } from '../../schema/generate.ts'

const longs = [
  0n,
  1n,
  127n,
  128n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  -1n,
  -128n,
  -(2n ** 53n),
  -(2n ** 63n),
]
const compact = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

test('64-bit numbers come back whole, as numbers where they are safe', () => {
  const reader = new WireReader()
  for (const value of longs) {
    const wire = new WireWriter()
    const writer = new BytesWriter(1, 1)
    wire.begin(writer)
    wire.int64(compact(value))
    wire.fixed64(compact(value))
    wire.commit()
    const { bytes } = writer.finish()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    expect(reader.int64(bytes, 0, bytes.length)).toBe(compact(value))
    expect(reader.at).toBe(bytes.length - 8)
    expect(reader.uint64(bytes, 0, bytes.length)).toBe(compact(BigInt.asUintN(64, value)))
    expect(reader.sfixed64(view, reader.at, bytes.length)).toBe(compact(value))
    expect(reader.fixed64(view, bytes.length - 8, bytes.length)).toBe(compact(BigInt.asUintN(64, value)))
  }
})

test('skipping random fields ends at or before the end, or is a fault', () => {
  const random = seeded(56)
  const reader = new WireReader()
  for (let round = 0; round < 2000; round++) {
    const bytes = randomBytes(random, 12)
    try {
      reader.skip(bytes, Math.floor(random() * 64) + 8, 0, bytes.length, 0)
      expect(reader.at).toBeLessThanOrEqual(bytes.length)
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(FrameFault)
    }
  }
})
