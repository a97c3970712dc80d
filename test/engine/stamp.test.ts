import { expect, test } from 'vitest'
import { BytesWriter, bytesAt } from '../../src/core/bytes.ts'
import { decodeHeaders, encodeHeaders } from '../../src/core/headers.ts'
import { STAMP_FIELD, Stamp, stampNames } from '../../src/engine/stamp.ts'
import { reference } from './fakes.ts'

const version = reference({ model: 'bäume', modelPosition: 'models/0@7' })

function headersOf(inherited: Uint8Array | null, position: number, prefix = 'irisé/0@') {
  const writer = new BytesWriter(1, 1) // grows while the stamp is written
  new Stamp(version, prefix).writeHeaders(writer, inherited, position)
  const column = writer.finish()
  expect(column.length).toBe(1)
  return decodeHeaders(bytesAt(column, 0))
}

test('headers and field say the same', () => {
  const headers = headersOf(null, 42)
  const field = new Stamp(version, 'irisé/0@').addField({ y: 1 }, 42)[STAMP_FIELD] as Record<string, string>
  expect(Object.fromEntries([...headers].map(([name, value]) => [name, value.toString()]))).toEqual(field)
  expect(Object.keys(field).sort()).toEqual(Object.values(stampNames).sort())
  expect(field).toMatchObject({
    position: 'irisé/0@42',
    modelPosition: 'models/0@7',
    digest: `sha256:${version.digest}`,
  })
})

test('headers of the record come first and stay; a stamp that was inherited gives way', () => {
  const inherited = encodeHeaders([
    ['trace', 'abc'],
    ['model', 'somebody else'],
  ])
  const headers = headersOf(inherited, 1)
  expect(headers.get('trace')?.toString()).toBe('abc')
  expect(headers.get('model')?.toString()).toBe('bäume')
})

test('large positions keep all their digits', () => {
  expect(
    headersOf(null, 2 ** 53 - 1)
      .get('position')
      ?.toString(),
  ).toBe('irisé/0@9007199254740991')
})

test('the field is the last one and does not change the prediction', () => {
  const prediction = Object.freeze({ y: 1, stamp: 'own' })
  const stamped = new Stamp(version, 'iris/0@').addField({ z: 2 }, 3)
  expect(Object.keys(stamped)).toEqual(['z', STAMP_FIELD])
  expect(new Stamp(version, 'iris/0@').addField(prediction, 3)[STAMP_FIELD]).toMatchObject({ version: '1' })
  expect(prediction.stamp).toBe('own')
})
