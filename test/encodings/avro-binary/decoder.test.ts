import { expect, test } from 'vitest'
import { BytesWriter, columnOf } from '../../../src/core/bytes.ts'
import { AvroDecoder } from '../../../src/encodings/avro-binary/decoder.ts'
import { AvroEncoder } from '../../../src/encodings/avro-binary/encoder.ts'
import { parseAvro } from '../../../src/schema/avro.ts'

const point = parseAvro({
  type: 'record',
  name: 'P',
  fields: [{ name: 'x', type: { type: 'array', items: 'double' } }],
})

test('positions of faults count from the start of the frame, and other frames are read', () => {
  const writer = new BytesWriter(1, 1)
  new AvroEncoder(point).encode({ x: [1, 2] }, writer)
  const good = writer.finish().bytes
  const { values, errors } = new AvroDecoder(point, point).decode(
    columnOf([good, Buffer.from('0200', 'hex'), null, good]),
  )
  expect(values).toEqual([{ x: Float64Array.of(1, 2) }, undefined, undefined, { x: Float64Array.of(1, 2) }])
  expect(errors?.get(1)?.toReport()).toMatchObject({
    code: 'ENCODING_AVRO_SYNTAX',
    parameters: { position: 0, where: 'field "x"', type: 'record P' },
  })
  expect(errors?.get(2)?.code).toBe('ENCODING_NULL_RECORD')
})

test('schemas that never resolve are refused when the decoder is opened', () => {
  expect(() => new AvroDecoder(point, parseAvro('int'))).toThrow(
    "values written as record P cannot be read with the stream's schema: the value is record P, expected int",
  )
})
