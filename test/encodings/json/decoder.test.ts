import { describe, expect, test } from 'vitest'
import { columnOf, NO_VALUE } from '../../../src/core/bytes.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Schema } from '../../../src/schema/schema.ts'
import { seeded } from '../../random.ts'
import { pick, randomRecord, randomValue } from '../../schema/generate.ts'
import {
  column,
  damage,
  decodeOne,
  decoderOf,
  encodeText,
  expectLikeParse,
  randomJson,
  randomObject,
  spell,
} from './texts.ts'

/** Indexes of the texts that are verbatim when they come in this order. */
function verbatimOf(schema: Schema | null, texts: readonly string[]): number[] {
  const { values, verbatim } = decoderOf(schema).decode(column(texts))
  expect(verbatim?.encoding).toBe('json')
  return texts.flatMap((_, i) => (values[i] === undefined || verbatim?.except?.has(i) ? [] : [i]))
}

describe('verbatim frames', () => {
  const schema = parseAvro({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: ['null', 'double'] },
      {
        name: 'b',
        type: {
          type: 'array',
          items: ['null', { type: 'record', name: 'P', fields: [{ name: 'c', type: 'int', default: 1 }] }],
        },
      },
      { name: 'd', type: 'int', default: 3 },
    ],
  })
  const good = '{"a":1,"b":[],"d":1}'
  const cases: readonly [Schema | null, string, boolean][] = [
    [null, '{"a":1}', true],
    [null, ' { "a" : [ 1 , { } ] } ', true],
    [null, '{"a":1,"a":2}', false],
    [null, '{"a":[{"b":1,"b":1}]}', false],
    [null, '{"constructor":1,"__proto__":{"toString":2}}', true],
    [null, '{"a":1,\n"b":2}', false],
    [null, '{"a":[1,\t2]}', false],
    [null, '{"a":1}\r', false],
    [schema, good, true],
    [schema, '{"a":null,"b":[{"c":1},null],"d":1}', true],
    [schema, '{"b":[],"d":1}', false],
    [schema, '{"a":1,"b":[]}', false],
    [schema, '{"a":{"double":1},"b":[],"d":1}', false],
    [schema, '{"a":1,"b":[{}],"d":1}', false],
    [schema, '{"a":1,"b":[],"d":1,"e":{"f":1}}', true],
  ]

  test.each(cases)('%#: %j', (type, text, isVerbatim) => {
    // Alone, learned, and among others: it must not depend on what was read before.
    const other = type ? good : '{"z":1}'
    for (const texts of [
      [text],
      [text, text, text, text],
      [other, other, other, text, other, text],
      [text, '{"a":[}', text],
    ]) {
      const expected = texts.flatMap((t, i) => ((t === text && isVerbatim) || t === other ? [i] : []))
      expect(verbatimOf(type, texts), texts.join()).toEqual(expected)
    }
  })
})

describe('decoder without a schema', () => {
  test('gives what JSON.parse gives for streams of like records, whatever their values and damages', () => {
    const random = seeded(11)
    for (let round = 0; round < 150; round++) {
      const space = pick(random, ['', ' ', '\n  '])
      const template = randomObject(random, 3) as Record<string, unknown>
      const texts = Array.from({ length: 12 }, () => {
        const record = JSON.parse(JSON.stringify(template)) as Record<string, unknown>
        for (const key of Object.keys(record)) {
          if (key !== '__proto__' && random() < 0.6) record[key] = randomJson(random, 2)
        }
        const text = spell(random, record, space)
        return random() < 0.2 ? damage(random, text) : text
      })
      const { values, errors } = decoderOf(null).decode(column(texts))
      texts.forEach((text, i) => {
        expectLikeParse(text, values[i], errors?.get(i))
      })
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('a field named __proto__ is a field', () => {
    const text = '{"__proto__":{"polluted":1},"a":1}'
    for (const before of [[], [text, text, text]]) {
      const { value } = decodeOne(null, text, before)
      expect(Object.keys(value as object)).toEqual(['__proto__', 'a'])
      expect((value as Record<string, unknown>)['polluted']).toBeUndefined()
    }
  })

  test('random bytes give record errors of the encoding only', () => {
    const random = seeded(13)
    const decoder = decoderOf(null)
    const good = '{"a":1,"b":"x","c":[1,2]}'
    for (let round = 0; round < 300; round++) {
      const frames = Array.from({ length: 5 }, () => {
        const bytes = new TextEncoder().encode(good)
        for (let k = 0; k < 3; k++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
        return random() < 0.3 ? null : bytes.subarray(0, Math.floor(random() * (bytes.length + 1)))
      })
      const { values, errors } = decoder.decode(columnOf([...frames, new TextEncoder().encode(good)]))
      for (const error of errors?.values() ?? []) {
        expect(error.scope).toBe('record')
        expect(error.code).toMatch(/^ENCODING_/)
      }
      expect(values[5]).toEqual(JSON.parse(good))
    }
  })

  test('values keep nothing of the frames', () => {
    const frames = column(Array.from({ length: 4 }, () => '{"a":"text that is too long to be remembered","b":[1,2]}'))
    const { values } = decoderOf(
      parseAvro({ type: 'record', name: 'R', fields: [{ name: 'b', type: { type: 'array', items: 'double' } }] }),
    ).decode(frames)
    frames.bytes.fill(0)
    for (const value of values) {
      expect(value).toEqual({ a: 'text that is too long to be remembered', b: Float64Array.of(1, 2) })
    }
  })

  test('a null frame is an error of its record', () => {
    const frames = column(['{}'])
    frames.ends[0] = NO_VALUE
    expect(decoderOf(null).decode(frames).errors?.get(0)?.code).toBe('ENCODING_NULL_RECORD')
  })
})

describe('decoder with a schema', () => {
  const order = parseAvro({
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'amount', type: 'double' },
      { name: 'note', type: ['null', 'string'] },
      { name: 'count', type: 'int', default: 7 },
    ],
  })

  test('gives the same values by a learned layout as record by record', () => {
    const random = seeded(15)
    for (let round = 0; round < 100; round++) {
      const schema = randomRecord(random, 3)
      const texts = Array.from({ length: 8 }, () => {
        const text = encodeText(schema, randomValue(random, schema))
        return random() < 0.3
          ? text.replace(/\d(?=[,}])/, pick(random, ['1.5', '9007199254740993', '"x"', 'null']))
          : text
      })
      const { values, errors } = decoderOf(schema).decode(column(texts))
      texts.forEach((text, i) => {
        const alone = decoderOf(schema).decode(column([text]))
        expect(values[i]).toEqual(alone.values[0])
        expect(errors?.get(i)?.message).toBe(alone.errors?.get(0)?.message)
      })
    }
  })

  test('fields in any order give one order; absent ones their default or null; others are kept', () => {
    const texts = ['{"amount":1,"id":2,"more":[1]}', '{"more":[1],"id":2,"amount":1.0}']
    const { values } = decoderOf(order).decode(column([...texts, ...texts, ...texts]))
    for (const value of values) {
      expect(value).toEqual({ id: 2, amount: 1, note: null, count: 7, more: [1] })
      expect(Object.keys(value as object)).toEqual(['id', 'amount', 'note', 'count', 'more'])
    }
  })

  test('a value of another type is named', () => {
    const good = '{"id":1,"amount":2}'
    for (const before of [[], [good, good, good]]) {
      expect(decodeOne(order, '{"id":1,"amount":"abc"}', before).error).toBe(
        'SCHEMA_MISMATCH: field "amount": expected double, got "abc"',
      )
      expect(decodeOne(order, '{"id":1}', before).error).toContain('field "amount": expected double, got no value')
      expect(decodeOne(order, '[1]', before).error).toContain('record: expected record Order')
    }
  })

  test('a schema that is no record checks every record', () => {
    const map = parseAvro({ type: 'map', values: 'int' })
    expect(decodeOne(map, '{"a":"x"}', ['{"a":1}', '{"a":1}', '{"a":1}']).error).toContain('field "a": expected int')
  })
})
