import { expect, test } from 'vitest'
import { BytesWriter, bytesAt } from '../../../src/core/bytes.ts'
import { bufferOf } from '../../../src/core/utf8.ts'
import { WireReader } from '../../../src/encodings/avro-binary/wire-reader.ts'
import { noFit, WireWriter } from '../../../src/encodings/avro-binary/wire-writer.ts'
import { seeded } from '../../random.ts'

test('what was written stays when the buffer grows in the middle of a value', () => {
  const wire = new WireWriter()
  const writer = new BytesWriter(1, 1)
  const texts = ['a', 'b'.repeat(300), 'é'.repeat(5000), '']
  for (let round = 0; round < 3; round++) {
    let p = wire.begin(writer)
    for (const text of texts) p = wire.string(p, text)
    writer.commit(p)
  }
  const column = writer.finish()
  const reader = new WireReader()
  for (let round = 0; round < 3; round++) {
    const bytes = bufferOf(bytesAt(column, round) as Uint8Array)
    reader.at = 0
    expect(texts.map(() => reader.string(bytes, reader.at, bytes.length))).toEqual(texts)
    expect(reader.at).toBe(bytes.length)
  }
})

test('longs of every size come back', () => {
  const random = seeded(1203)
  const wire = new WireWriter()
  const writer = new BytesWriter(1, 1)
  const longs = Array.from({ length: 500 }, (_, i) =>
    BigInt.asIntN(64, BigInt(Math.floor(random() * 2 ** 53)) << BigInt(i % 64)),
  )
  let p = wire.begin(writer)
  for (const long of longs) p = wire.long(p, Number.isSafeInteger(Number(long)) ? Number(long) : long)
  writer.commit(p)
  const { bytes } = writer.finish()
  const reader = new WireReader()
  expect(longs.map(() => BigInt(reader.long(bytes, reader.at, bytes.length)))).toEqual(longs)
})

test.each([['1'], [0.5], [2n ** 63n], [null], [Number.NaN]])('%o is no long', (value) => {
  const wire = new WireWriter()
  const at = wire.begin(new BytesWriter(1, 1))
  let thrown: unknown
  try {
    wire.long(at, value)
  } catch (fault) {
    thrown = fault
  }
  expect(thrown).toBe(noFit)
})
