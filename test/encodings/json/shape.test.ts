import { describe, expect, test } from 'vitest'
import { bufferOf } from '../../../src/core/utf8.ts'
import { JsonReader } from '../../../src/encodings/json/reader.ts'
import { compileShape, isSameShape, learnShape, type Shape } from '../../../src/encodings/json/shape.ts'
import { parseAvro } from '../../../src/schema/avro.ts'
import type { Schema } from '../../../src/schema/schema.ts'

function learn(text: string, schema: Schema | null = null): Shape | null {
  const bytes = new TextEncoder().encode(text)
  return learnShape(bytes, 0, bytes.length, schema)
}

/** What the scanner of `sample` reads from `text`. */
function scan(sample: string, text: string, schema: Schema | null = null): unknown {
  const shape = learn(sample, schema)
  if (shape === null) throw new Error(`${sample} has no shape`)
  const bytes = bufferOf(new TextEncoder().encode(text))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const readers = [new JsonReader(schema !== null), new JsonReader(false)] as const
  for (const reader of readers) reader.attach(bytes, view)
  return compileShape(shape, ...readers).scan(bytes, view, 0, bytes.length)
}

describe('shapes', () => {
  test('nested records are part of the literals', () => {
    const shape = learn('{"a": 1, "b": {"c": "x,}"}}')
    expect(shape?.literals.map((l) => Buffer.from(l).toString())).toEqual(['{"a": ', ', "b": {"c": ', '}}'])
  })

  test('a scanner reads its own layout and refuses every other', () => {
    const sample = '{"a": 1, "b": {"c": "x"}}'
    expect(scan(sample, '{"a": -2.5, "b": {"c": [1, null]}}')).toEqual({ a: -2.5, b: { c: [1, null] } })
    for (const other of [
      '{"a":1, "b": {"c": "x"}}',
      '{"a": 1, "b": {"c": "x"}} ',
      '{"a": 1, "b": {"d": "x"}}',
      '{"a": 1, "b": {"c": "x"}',
      '{"a": 1, "b": {"c": "x"}}}',
      '{"a": 1, "b": "x"}',
      '{"a": 01, "b": {"c": "x"}}',
      '{}',
    ]) {
      expect(scan(sample, other), other).toBeUndefined()
    }
  })

  test('repeated keys, lists and texts after the record have no shape', () => {
    for (const text of ['{"a":1,"a":2}', '[1]', '{"a":1} ', '7']) expect(learn(text), text).toBe(null)
  })

  test('shapes are told apart by their literals, not by their values', () => {
    const [a, b, c] = ['{"a":1}', '{"a":"x"}', '{"b":1}'].map((t) => learn(t) as Shape) as [Shape, Shape, Shape]
    expect([isSameShape(a, b), isSameShape(a, c)]).toEqual([true, false])
  })

  test('a value outside its type is refused, one inside is read into its form', () => {
    const schema = parseAvro({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'n', type: 'int' },
        { name: 'list', type: { type: 'array', items: 'double' } },
        { name: 'flag', type: ['null', 'boolean'] },
        { name: 'colour', type: { type: 'enum', name: 'C', symbols: ['red', 'green'] } },
      ],
    })
    const sample = '{"n":1,"list":[],"flag":true,"colour":"red"}'
    const read = (text: string) => scan(sample, text, schema)
    const good = { n: 2, list: Float64Array.of(1, 2.5), flag: null, colour: 'green' }
    expect(read('{"n":2,"list":[1, 2.5],"flag":null,"colour":"green"}')).toEqual(good)
    expect(read('{"n":2.5,"list":[],"flag":null,"colour":"red"}')).toBeUndefined()
    expect(read('{"n":2,"list":[null],"flag":null,"colour":"red"}')).toBeUndefined()
    expect(read('{"n":2,"list":[1,],"flag":null,"colour":"red"}')).toBeUndefined()
    expect(read('{"n":2,"list":[],"flag":nope,"colour":"red"}')).toBeUndefined()
    expect(read('{"n":2,"list":[],"flag":false,"colour":"blue"}')).toBeUndefined()
  })

  test('field names cannot break out of the generated text', () => {
    const key = JSON.stringify('"];throw 1//\u2028`${')
    expect(Object.keys(scan(`{${key}:1}`, `{${key}:1}`) as object)).toEqual([JSON.parse(key)])
  })
})
