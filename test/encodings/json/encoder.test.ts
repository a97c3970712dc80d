import { describe, expect, test } from 'vitest'
import { BytesWriter, bytesAt } from '../../../src/core/bytes.ts'
import { jsonEncoding } from '../../../src/encodings/json/json.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { RecordValue, Value } from '../../../src/schema/value.ts'
import { seeded } from '../../random.ts'
import { pick } from '../../schema/generate.ts'
import { column, encodeText, numberText, open, randomJson, randomObject, spell } from './texts.ts'

describe('encoder', () => {
  test('writes what JSON.stringify writes', () => {
    const random = seeded(16)
    const encoder = jsonEncoding.openEncoder({}, open(null))
    const writer = new BytesWriter(1, 1)
    const values = Array.from({ length: 500 }, () => randomJson(random, 3)) as Value[]
    for (const value of values) encoder.encode(value, writer)
    const written = writer.finish()
    for (const [i, value] of values.entries()) {
      expect(Buffer.from(bytesAt(written, i) as Uint8Array).toString()).toBe(JSON.stringify(value))
    }
  })

  test('extends a frame to the value that its record and the added fields make together', () => {
    const random = seeded(23)
    const encoder = jsonEncoding.openEncoder({}, open(null))
    const decoder = jsonEncoding.openDecoder({}, open(null))
    for (let round = 0; round < 300; round++) {
      const space = pick(random, ['', ' ', '  ', '\n'])
      const texts = Array.from({ length: 6 }, () => `${space}${spell(random, randomObject(random, 2), space)}${space}`)
      const frames = column(texts)
      const { values, verbatim } = decoder.decode(frames)
      const writer = new BytesWriter(1, 1)
      for (const [i, record] of values.entries()) {
        if (verbatim?.except?.has(i)) continue
        const added = randomObject(random, 2) as RecordValue
        const before = writer.length
        const isExtended = encoder.extend?.(frames, i, record as RecordValue, added, writer)
        const isShared = Object.keys(added).some((key) => Object.hasOwn(record as object, key))
        expect(isExtended, texts[i]).toBe(!isShared)
        expect(writer.length).toBe(before + (isShared ? 0 : 1))
        if (isShared) continue
        const all = writer.finish()
        const text = Buffer.from(bytesAt(all, 0) as Uint8Array).toString()
        const expected = JSON.parse(encodeText(null, record as Value)) as object
        for (const [key, value] of Object.entries(added)) {
          Object.defineProperty(expected, key, { value, enumerable: true, writable: true, configurable: true })
        }
        // As text, because the frame keeps a -0 that the encoder writes as 0.
        expect(JSON.stringify(JSON.parse(text)), texts[i]).toBe(JSON.stringify(expected))
      }
    }
  })

  test('an extended frame is the frame, to the byte, up to its last brace', () => {
    const encoder = jsonEncoding.openEncoder({}, open(null))
    const texts = ['{"a" : 1.50, "b":"\\u0041"}', ' {"a":1 } ', '{}', '{ }', '7', '']
    const frames = column(texts)
    const added = Object.freeze({ y: 2, z: 'x' })
    const extended = (index: number, fields: RecordValue) => {
      const writer = new BytesWriter(1, 1)
      const isExtended = encoder.extend?.(frames, index, {}, fields, writer)
      return isExtended ? Buffer.from(bytesAt(writer.finish(), 0) as Uint8Array).toString() : null
    }
    const expected = [
      '{"a" : 1.50, "b":"\\u0041","y":2,"z":"x"}',
      ' {"a":1,"y":2,"z":"x"}',
      '{"y":2,"z":"x"}',
      '{"y":2,"z":"x"}',
      null,
      null,
    ]
    // A frozen prediction is copied as bytes from its third time on.
    for (let time = 0; time < 4; time++) expect(texts.map((_, i) => extended(i, added))).toEqual(expected)
    expect([0, 2].map((i) => extended(i, {}))).toEqual(['{"a" : 1.50, "b":"\\u0041"}', '{}'])
    expect([0, 2].map((i) => extended(i, { y: undefined }))).toEqual(['{"a" : 1.50, "b":"\\u0041"}', '{}'])
  })

  test('what cannot be added leaves nothing behind, and a schema is checked on the whole', () => {
    const frames = column(['{"a":1}'])
    const writer = new BytesWriter(1, 1)
    const encoder = jsonEncoding.openEncoder({}, open(null))
    expect(() => encoder.extend?.(frames, 0, { a: 1 }, { y: { z: Number.NaN } }, writer)).toThrow('"y.z"')
    expect([writer.length, writer.size]).toEqual([0, 0])
    const schema = parseAvro({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'y', type: 'string' },
      ],
    })
    const checked = jsonEncoding.openEncoder({}, open(schema))
    expect(() => checked.extend?.(frames, 0, { a: 1 }, { y: 1 }, writer)).toThrow('field "y"')
    expect(checked.extend?.(frames, 0, { a: 1 }, { y: 'x' }, writer)).toBe(true)
  })

  test('writes every number as String does', () => {
    const random = seeded(17)
    const numbers = Array.from({ length: 20_000 }, () => Number(numberText(random))).filter(Number.isFinite)
    expect(encodeText(null, numbers)).toBe(JSON.stringify(numbers))
  })

  test('writes a record whole wherever the room of the writer ends', () => {
    const encoder = jsonEncoding.openEncoder({}, open(null))
    const record = {
      alpha: 1,
      'a longer name': 0,
      text: 'as long as the room made first'.repeat(3),
      c: 1.25,
      d: -0,
      e: 10,
    }
    for (let used = 0; used < 600; used++) {
      const writer = new BytesWriter(1, 1)
      writer.append(Buffer.alloc(used, 'x'))
      encoder.encode(record, writer)
      encoder.encode(record, writer)
      const text = JSON.stringify(record)
      expect(Buffer.from(writer.finish().bytes).toString()).toBe('x'.repeat(used) + text + text)
    }
  })

  test('typed arrays are lists, bytes are text, bigints are digits, undefined is left out, lone surrogates are escaped', () => {
    const value = {
      a: Float64Array.of(1.5, 2),
      b: Uint8Array.of(65, 255, 0),
      c: 2n ** 60n,
      d: undefined,
      e: '\ud800',
      f: {},
    }
    expect(encodeText(null, value)).toBe('{"a":[1.5,2],"b":"Aÿ\\u0000","c":1152921504606846976,"e":"\\ud800","f":{}}')
  })

  test('a constant stamp is written again from its bytes, and not after it was exchanged', () => {
    const encoder = jsonEncoding.openEncoder({}, open(null))
    const writer = new BytesWriter(1, 1)
    const stamps = [1, 2].map((version) => Object.freeze({ model: 'iris', version }))
    const records = [0, 0, 0, 0, 1, 0, 1, 1, 1].map((s, i) => ({
      i,
      stamp: stamps[s] as { model: string; version: number },
    }))
    for (const record of records) encoder.encode(record, writer)
    const written = writer.finish()
    records.forEach((r, i) => {
      expect(JSON.parse(Buffer.from(bytesAt(written, i) as Uint8Array).toString())).toEqual(r)
    })
  })

  test('frozen records that come again are written as fresh ones are, at the top and inside', () => {
    const rnd = seeded(7)
    const frozen = Array.from({ length: 30 }, (_, i) =>
      Object.freeze({ y: `é${i}`, p: i / 7, ok: i % 2 === 0, n: null }),
    )
    const encoder = jsonEncoding.openEncoder({}, open(null))
    const writer = new BytesWriter(1, 1)
    const records = Array.from({ length: 600 }, (_, i) => {
      const value = frozen[Math.floor(rnd() * frozen.length)] as RecordValue
      return rnd() < 0.6 ? value : rnd() < 0.5 ? { i, inner: value } : { ...value }
    })
    for (const record of records) encoder.encode(record, writer)
    const written = writer.finish()
    records.forEach((record, i) => {
      expect(Buffer.from(bytesAt(written, i) as Uint8Array).toString()).toBe(JSON.stringify(record))
    })
  })

  test.each([
    [{ a: [1, Number.NaN] }, 'field "a[1]" is NaN, which json cannot express'],
    [{ a: { b: Float64Array.of(Infinity) } }, 'field "a.b[0]" is Infinity, which json cannot express'],
    [{ f: (() => 1) as unknown as Value }, 'field "f": json expected a value, got function'],
  ])('refuses %j, naming the field, and appends nothing', (value, message) => {
    const writer = new BytesWriter(1, 1)
    const encoder = jsonEncoding.openEncoder({}, open(null))
    expect(() => encoder.encode(value as Value, writer)).toThrow(message)
    encoder.encode({ ok: 1 }, writer)
    expect(Buffer.from(writer.finish().bytes).toString()).toBe('{"ok":1}')
  })

  test('a value that contains itself is an error', () => {
    const cycle: Record<string, Value> = {}
    cycle['self'] = cycle
    expect(() => encodeText(null, cycle)).toThrow('nested deeper than 200 levels')
  })

  test('checks the schema first', () => {
    expect(() => encodeText(parseAvro('double'), 'x')).toThrow('record: expected double, got "x"')
  })
})
