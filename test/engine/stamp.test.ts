import { expect, test } from 'vitest'
import { BytesWriter, bytesAt, columnOf } from '../../src/core/bytes.ts'
import { decodeHeaders, encodeHeaders } from '../../src/core/headers.ts'
import { InheritedHeaders, STAMP_FIELD, Stamp, stampNames } from '../../src/engine/stamp.ts'
import { seeded } from '../random.ts'
import { reference } from './fakes.ts'

const version = reference({ model: 'bäume', modelPosition: 'models/0@7' })

function headersOf(inherited: Uint8Array | null, position: number, prefix = 'irisé/0@') {
  const writer = new BytesWriter(1, 1) // grows while the stamp is written
  new Stamp(version, prefix).writeHeaders(
    writer,
    inherited && new InheritedHeaders(columnOf([Buffer.from('before'), inherited])),
    1,
    position,
  )
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

test('headers of the record stay; a stamp that was inherited gives way', () => {
  const inherited = encodeHeaders([
    ['trace', 'abc'],
    ['model', 'somebody else'],
  ])
  const headers = headersOf(inherited, 1)
  expect(headers.get('trace')?.toString()).toBe('abc')
  expect(headers.get('model')?.toString()).toBe('bäume')
})

test('generated headers: those of the record in their order, whatever their names, but for the names of the stamp', () => {
  const next = seeded(7)
  const own = headersOf(null, 5)
  for (let round = 0; round < 300; round++) {
    const entries = Array.from({ length: Math.floor(next() * 6) }, (): [string, Buffer] => {
      const names = ['model', 'position', 'Model', 'digesu', 'trace', '', 'modelPosition', 'ü'.repeat(3), 'versions']
      const name = names[Math.floor(next() * names.length)] as string
      return [name, Buffer.alloc(Math.floor(next() * 300), Math.floor(next() * 256))]
    })
    const others = decodeHeaders(encodeHeaders(entries.filter(([name]) => !own.has(name))))
    expect([...headersOf(encodeHeaders(entries), 5)]).toEqual([...own, ...others])
  }
})

test('a damaged tail of what is inherited does not touch the stamp', () => {
  const whole = encodeHeaders([
    ['trace', 'abc'],
    ['other', 'defg'],
  ])
  for (let length = 0; length < whole.length; length++) {
    const headers = headersOf(whole.subarray(0, length), 3)
    expect([...headers.keys()]).toEqual([
      ...Object.values(stampNames),
      ...decodeHeaders(whole.subarray(0, length)).keys(),
    ])
    expect(headers.get('position')?.toString()).toBe('irisé/0@3')
  }
})

test('headers of all records of a version begin with the same bytes', () => {
  const stamp = new Stamp(version, 'in/0@')
  const writer = new BytesWriter(2, 8)
  stamp.writeHeaders(writer, null, 0, 7)
  const inherited = new InheritedHeaders(columnOf([null, encodeHeaders([['trace', 'abc']])]))
  stamp.writeHeaders(writer, inherited, 1, 8)
  stamp.writeHeaders(writer, inherited, 0, 7)
  const column = writer.finish()
  const [a, b, c] = [0, 1, 2].map((i) => Buffer.from(bytesAt(column, i) as Uint8Array)) as [Buffer, Buffer, Buffer]
  expect(c.equals(a)).toBe(true)
  expect(b.subarray(0, a.length - 1).equals(a.subarray(0, -1))).toBe(true)
})

test('positions of any size keep all their digits', () => {
  for (const position of [0, 9, 10, 99, 100, 10 ** 9, 2 ** 31 - 1, 2 ** 31, 10 ** 15, 2 ** 53 - 1]) {
    expect(headersOf(null, position).get('position')?.toString()).toBe(`irisé/0@${position}`)
  }
})

test('the field is the last one and does not change the prediction', () => {
  const prediction = Object.freeze({ y: 1, stamp: 'own' })
  const stamped = new Stamp(version, 'iris/0@').addField({ z: 2 }, 3)
  expect(Object.keys(stamped)).toEqual(['z', STAMP_FIELD])
  expect(new Stamp(version, 'iris/0@').addField(prediction, 3)[STAMP_FIELD]).toMatchObject({ version: '1' })
  expect(prediction.stamp).toBe('own')
})
