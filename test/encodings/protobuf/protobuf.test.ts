import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { protobufEncoding } from '../../../src/encodings/protobuf/protobuf.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import { seeded } from '../../random.ts'
import { decodeAll, encodeAll, everything, randomEverything } from './messages.ts'

const proto = (name: string) => readFileSync(new URL(`../../../proto/${name}`, import.meta.url), 'utf8')

describe('protobuf', () => {
  test('messages of every kind of field come back as they were', () => {
    const random = seeded(51)
    const values = Array.from({ length: 200 }, () => randomEverything(random))
    const read = decodeAll(everything, 'Everything', encodeAll(everything, 'Everything', values))
    for (const [i, value] of values.entries()) {
      if (!isDeepStrictEqual(sorted(read[i]), sorted(value))) expect(read[i]).toEqual(value)
    }
  })

  test("a publisher's ModelDescriptor is a ModelMessage, field by field", () => {
    // The seeds' message as their generated classes write it: name, dataType, modeltype PMML, data.
    const bytes = Buffer.from('0a0474726565' + '1a0477696e65' + '2002' + '2a03010203', 'hex')
    expect(decodeAll(proto('model.proto'), 'ModelMessage', [bytes])[0]).toMatchObject({
      name: 'tree',
      description: '',
      dataType: 'wine',
      modeltype: 'PMML',
      data: Uint8Array.of(1, 2, 3),
      action: 'ACTIVATE',
      effectiveFrom: 0,
      verificationRows: [],
      headers: {},
    })
    const described = Buffer.from(
      encodeAll(proto('model.proto'), 'ModelMessage', [
        { name: 'a', description: 'b', location: 'c', digest: 'd' },
      ])[0] as Uint8Array,
    )
    expect(described.toString('hex')).toBe('0a0161' + '120162' + '320163' + '8a010164')
  })

  test('a WineRecord has the numbers of the tutorial', () => {
    const [bytes] = encodeAll(proto('wine.proto'), 'WineRecord', [
      { fixed_acidity: 1, pH: 2, alcohol: 3, dataType: 'wine', ts: 5 },
    ])
    const double = (n: number) => Buffer.from(Float64Array.of(n).buffer).toString('hex')
    expect(Buffer.from(bytes as Uint8Array).toString('hex')).toBe(
      `09${double(1)}49${double(2)}59${double(3)}620477696e656805`,
    )
  })

  test('the schema of the stream is checked', () => {
    const schema = parseAvro({ type: 'record', name: 'W', fields: [{ name: 'dataType', type: 'int' }] })
    const options = { schema: proto('wine.proto'), message: 'WineRecord', file: undefined }
    const decoder = protobufEncoding.openDecoder(options, { schema, baseFolder: '.', place: 'test' })
    expect(decoder.decode(columnOf([new Uint8Array(0)])).errors?.get(0)?.message).toBe(
      'field "dataType": expected int, got ""',
    )
  })

  test('options that state no definition, or two, are refused with their place', () => {
    const open = { schema: null, baseFolder: '.', place: 'engine.yaml: slots.0.encoding' }
    expect(() => protobufEncoding.openDecoder({ message: 'M', file: undefined, schema: undefined }, open)).toThrow(
      'engine.yaml: slots.0.encoding: options: expected either "file" or "schema", got neither',
    )
  })
})

/** Fields by name: absent ones are put in another order by the decoder. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => [k, sorted(v)])
}
