import { expect, test } from 'vitest'
import { BytesWriter, bytesAt } from '../../../src/core/bytes.ts'
import { WireReader } from '../../../src/encodings/protobuf/wire-reader.ts'
import { WireWriter } from '../../../src/encodings/protobuf/wire-writer.ts'

test('content of any length gets its length in front, nested twice, in a writer that grows', () => {
  const writer = new BytesWriter(1, 1)
  const wire = new WireWriter()
  const sizes = [0, 1, 32, 33, 127, 128, 129, 16383, 16384, 70_000]
  for (const size of sizes) {
    wire.begin(writer)
    const outer = wire.open()
    wire.text('é'.repeat(size))
    wire.bytes(Buffer.alloc(size, 7))
    wire.close(outer)
    wire.commit()
  }
  const column = writer.finish()
  const reader = new WireReader()
  for (const [i, size] of sizes.entries()) {
    const bytes = Buffer.from(bytesAt(column, i) as Uint8Array)
    expect(reader.stop(bytes, 0, bytes.length)).toBe(bytes.length)
    const start = reader.at
    const stop = reader.stop(bytes, start, bytes.length)
    expect(bytes.toString('utf8', reader.at, stop)).toBe('é'.repeat(size))
    expect(reader.bytes(bytes, stop, bytes.length)).toEqual(new Uint8Array(size).fill(7))
    expect(reader.at).toBe(bytes.length)
  }
})
