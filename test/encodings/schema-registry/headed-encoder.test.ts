import { expect, test } from 'vitest'
import { BytesWriter, bytesAt } from '../../../src/core/bytes.ts'
import { JsonEncoder } from '../../../src/encodings/json/encoder.ts'
import { HeadedEncoder } from '../../../src/encodings/schema-registry/headed-encoder.ts'

test('every value comes behind the header, and nothing is written for one that does not encode', () => {
  const encoder = new HeadedEncoder(new JsonEncoder(null), Buffer.from('>'))
  const writer = new BytesWriter(1, 1)
  encoder.encode({ a: 1 }, writer)
  expect(() => encoder.encode((() => 1) as never, writer)).toThrow()
  encoder.encode('x'.repeat(3000), writer)
  const column = writer.finish()
  expect([0, 1].map((i) => Buffer.from(bytesAt(column, i) as Uint8Array).toString())).toEqual([
    '>{"a":1}',
    `>"${'x'.repeat(3000)}"`,
  ])
})
