import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { WIRE, WireFault, WireReader, WireWriter } from '../../src/core/protobuf-wire.ts'
import { seeded } from '../random.ts'

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Inner { int64 id = 1; Inner child = 2; repeated float weights = 3; }
  message All {
    int32 small = 1; int64 large = 2; string name = 3; bytes data = 4; float f = 5; double d = 6; bool yes = 7;
    repeated int64 ids = 8; repeated int64 loose = 9 [packed = false]; Inner inner = 10; fixed32 four = 11; sfixed64 eight = 12;
    repeated double doubles = 13; repeated float floats = 2047 [packed = false];
  }`)
const All = root.lookupType('All')

/** Reads what `All` describes, with every reading method. */
function readAll(bytes: Uint8Array): Record<string, unknown> {
  const reader = new WireReader(bytes, 'All')
  const ids = new BigInt64Array(64)
  const floats = new Float32Array(64)
  const doubles = new Float64Array(64)
  let at = 0
  let floatsAt = 0
  let doublesAt = 0
  const loose: number[] = []
  const found: Record<string, unknown> = {}
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        found['small'] = reader.varint()
        break
      case 2:
        found['large'] = reader.int64()
        break
      case 3:
        found['name'] = reader.text()
        break
      case 4:
        found['data'] = Buffer.from(reader.bytes()).toString('hex')
        break
      case 5:
        found['f'] = reader.float()
        break
      case 6:
        found['d'] = reader.double()
        break
      case 7:
        found['yes'] = reader.bool()
        break
      case 8:
        at = reader.int64sInto(ids, at)
        break
      case 9:
        reader.varints(loose)
        break
      case 10: {
        const inner = reader.message('Inner')
        while (inner.next()) if (inner.field === 1) found['innerId'] = inner.varint()
        break
      }
      case 11:
        found['four'] = reader.fixed32()
        break
      case 12:
        found['eight'] = reader.fixed64()
        break
      case 13:
        doublesAt = reader.doublesInto(doubles, doublesAt)
        break
      case 2047:
        floatsAt = reader.floatsInto(floats, floatsAt)
        break
    }
  }
  return {
    ...found,
    ids: [...ids.subarray(0, at)],
    loose,
    doubles: [...doubles.subarray(0, doublesAt)],
    floats: [...floats.subarray(0, floatsAt)],
  }
}

function faultOf(bytes: Uint8Array, read: (reader: WireReader) => void): WireFault {
  try {
    const reader = new WireReader(bytes, 'All')
    while (reader.next()) read(reader)
  } catch (thrown) {
    if (thrown instanceof WireFault) return thrown
    throw thrown
  }
  throw new Error('no fault')
}

describe('WireReader', () => {
  test('reads what protobufjs writes, packed and unpacked, negative and large', () => {
    const random = seeded(3)
    const numbers = [0, 1, -1, 127, 128, 300, 2 ** 31 - 1, -(2 ** 31), 2 ** 35 + 7, -(2 ** 40), 2 ** 53 - 1]
    for (let round = 0; round < 200; round++) {
      const pick = () => numbers[Math.floor(random() * numbers.length)] as number
      const list = Array.from({ length: Math.floor(random() * 5) }, pick)
      const reals = list.map((x) => Math.fround(x * random()))
      const message = {
        small: 1 + (pick() | 0),
        large: pick() || 1,
        name: 'aé€😀',
        data: new Uint8Array([1, 2, round]),
        f: 1.5,
        d: -random() - 1,
        yes: true,
        ids: list,
        loose: list,
        inner: { id: round + 1, child: { id: 2 } },
        four: 4_000_000_000,
        eight: -5,
        doubles: reals,
        floats: reals,
      }
      const actual = readAll(All.encode(message).finish())
      expect(actual).toEqual({
        ...(message.small === 0 ? {} : { small: message.small | 0 }),
        large: BigInt(message.large),
        name: message.name,
        data: Buffer.from(message.data).toString('hex'),
        f: 1.5,
        d: message.d,
        yes: true,
        ids: list.map(BigInt),
        loose: list,
        innerId: round + 1,
        four: 4_000_000_000,
        eight: -5n,
        doubles: reals,
        floats: reals,
      })
    }
  })

  test('gives bytes as views of the document', () => {
    const bytes = All.encode({ data: new Uint8Array(100) }).finish()
    const reader = new WireReader(bytes, 'All')
    reader.next()
    expect(reader.bytes().buffer).toBe(bytes.buffer)
  })

  test('passes over values that nobody takes, and counts elements without taking memory', () => {
    const bytes = All.encode({ name: 'x', ids: [1, 2, 300], yes: true, floats: [1, 2], d: 2, four: 7 }).finish()
    const counts: Record<number, number> = {}
    const reader = new WireReader(bytes, 'All')
    while (reader.next()) {
      const wire = reader.field === 8 ? WIRE.varint : reader.field === 2047 ? WIRE.fixed32 : null
      if (wire !== null) counts[reader.field] = (counts[reader.field] ?? 0) + reader.count(wire)
    }
    expect(counts).toEqual({ 8: 3, 2047: 2 })
    expect(reader.offset).toBe(bytes.length)
  })

  test.each([
    ['a length beyond the end', [0x22, 0x05, 1], 'a value of 5 bytes is announced, 1 are left of the message', 2],
    ['a length of 4 GB and more', [0x22, 0xff, 0xff, 0xff, 0xff, 0x7f], 'a length is beyond 4 GB', 1],
    ['a number without end', [0x08, 0xff, 0xff], 'the message ends within a number', 3],
    ['a number of 11 bytes', [0x08, ...Array(10).fill(0xff), 1], 'a number has more than 10 bytes', 1],
    ['a group', [0x0b], 'field 1 has wire type 3, expected 0, 1, 2 or 5', 0],
    ['field 0', [0x02, 0], 'a field has number 0', 0],
    ['a cut fixed number', [0x29, 1, 2], 'a value of 8 bytes is announced, 2 are left of the message', 1],
  ])('refuses %s with the place', (_, list, reason, offset) => {
    const fault = faultOf(Uint8Array.from(list), (reader) => reader.skip())
    expect(fault).toMatchObject({ place: 'All', reason })
    expect(fault.offset).toBe(offset)
  })

  test('refuses numbers beyond 2^53, text that is not UTF-8, another wire type and lists of broken numbers', () => {
    const writer = new WireWriter()
    writer.varint(1, 2n ** 60n)
    expect(faultOf(writer.finish(), (r) => r.varint()).reason).toBe('the number is beyond 2^53')
    expect(faultOf(Uint8Array.of(0x1a, 1, 0xff), (r) => r.text()).reason).toBe('the text is not UTF-8')
    expect(faultOf(Uint8Array.of(0x1a, 1, 0x41), (r) => r.varint()).reason).toBe('field 3 has wire type 2, expected 0')
    const cut = Uint8Array.of(0x42, 1, 0x80, 0x01)
    expect(faultOf(cut, (r) => r.int64sInto(new BigInt64Array(4), 0)).reason).toBe('a packed list ends within a number')
    expect(faultOf(Uint8Array.of(0x42, 3, 1, 2, 3), (r) => r.count(WIRE.fixed32)).reason).toBe(
      'a packed list has 3 bytes, no multiple of 4',
    )
  })

  test('refuses messages nested too deep', () => {
    let bytes = new Uint8Array(0)
    for (let i = 0; i < 150; i++) {
      const writer = new WireWriter()
      writer.bytes(2, bytes)
      bytes = writer.finish()
    }
    const dive = (reader: WireReader): void => {
      while (reader.next()) dive(reader.message())
    }
    expect(() => dive(new WireReader(bytes, 'Inner'))).toThrow('messages are nested more than 100 deep')
  })

  test('ends on any bytes, with a fault or at their end', () => {
    const random = seeded(4)
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256))
      try {
        readAll(bytes)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(WireFault)
        expect((thrown as WireFault).offset).toBeLessThanOrEqual(bytes.length)
      }
    }
  })
})

describe('WireWriter', () => {
  test('writes what protobufjs reads, with values small and large, nested deep', () => {
    const random = seeded(5)
    for (let round = 0; round < 100; round++) {
      const data = Uint8Array.from({ length: Math.floor(random() * 2000) }, () => Math.floor(random() * 256))
      const name = 'é'.repeat(Math.floor(random() * 400))
      const ids = Array.from({ length: Math.floor(random() * 300) }, () => Math.floor((random() - 0.5) * 2 ** 50))
      const writer = new WireWriter()
      writer.varint(1, -7)
      writer.varint(2, -(2n ** 62n))
      writer.text(3, name)
      writer.bytes(4, data)
      writer.float(5, 0.5)
      writer.double(6, Math.PI)
      writer.varint(7, true)
      writer.packedVarints(8, ids)
      writer.message(10, (inner) => {
        inner.varint(1, round + 1)
        inner.message(2, (child) => child.packedFloats(3, [1, 2.5]))
      })
      writer.fixed32(11, 4_000_000_000)
      const { size } = writer
      const bytes = writer.finish()
      expect(bytes.length).toBe(size)
      const read = All.toObject(All.decode(bytes), { longs: String, bytes: Array })
      expect(read).toEqual({
        small: -7,
        large: String(-(2n ** 62n)),
        name,
        data: [...data],
        f: 0.5,
        d: Math.PI,
        yes: true,
        ids: ids.map(String),
        inner: { id: String(round + 1), child: { weights: [1, 2.5] } },
        four: 4_000_000_000,
      })
    }
  })
})
