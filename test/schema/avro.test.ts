import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { parseAvro, printAvro } from '../../src/schema/avro.ts'
import { seeded } from '../random.ts'
import { pick, randomSchema } from './generate.ts'

const wine = {
  type: 'record',
  name: 'Wine',
  namespace: 'com.example',
  doc: 'a bottle',
  aliases: ['Vino'],
  fields: [
    { name: 'ph', type: 'double', default: 7 },
    { name: 'colour', type: { type: 'enum', name: 'Colour', symbols: ['red', 'white'] } },
    { name: 'label', type: ['null', 'Colour'], default: null },
    { name: 'blend', type: { type: 'array', items: 'com.example.Wine' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  ],
}

describe('parseAvro', () => {
  test('resolves names of the enclosing namespace, references and recursion', () => {
    const schema = parseAvro(wine)
    if (schema.type !== 'record') throw new Error('expected a record')
    expect(schema.name).toBe('com.example.Wine')
    const [, colour, label, blend, at] = schema.fields.map((f) => f.schema)
    expect(label).toMatchObject({ type: 'union', branches: [{ type: 'null' }, colour] })
    expect(blend?.type === 'array' && blend.items).toBe(schema)
    expect(at).toEqual({ type: 'long', logicalType: 'timestamp-millis' })
  })

  test('takes bare names, unions and wrapped forms', () => {
    expect(parseAvro('double')).toEqual({ type: 'double' })
    expect(parseAvro({ type: { type: 'string' } })).toEqual({ type: 'string' })
    expect(parseAvro({ type: ['null', 'int'] })).toEqual({
      type: 'union',
      branches: [{ type: 'null' }, { type: 'int' }],
    })
  })

  test('a printed schema reads back as the same schema', () => {
    const random = seeded(3)
    for (let round = 0; round < 200; round++) {
      const schema = randomSchema(random, 4)
      expect(parseAvro(JSON.parse(JSON.stringify(printAvro(schema))))).toEqual(schema)
    }
    expect(printAvro(parseAvro(printAvro(parseAvro(wine))))).toEqual(printAvro(parseAvro(wine)))
  })

  test.each([
    ['foobar', 'schema: type "foobar" is undefined'],
    [
      { type: 'record', name: 'R', fields: [{ name: 'a', type: 'wat' }] },
      'schema.fields[0].type: type "wat" is undefined',
    ],
    [{ type: 'record', name: 'R' }, 'schema.fields is missing, expected a list of fields'],
    [{ type: 'record', name: '1R', fields: [] }, 'schema.name is "1R"'],
    [
      {
        type: 'record',
        name: 'R',
        fields: [
          { name: 'a', type: 'int' },
          { name: 'a', type: 'int' },
        ],
      },
      'field "a" is defined twice',
    ],
    [
      { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', default: 'x' }] },
      'schema.fields[0].default: default "x" is not a value of type int',
    ],
    [{ type: 'enum', name: 'E', symbols: ['a', 'a'] }, 'symbol "a" is defined twice'],
    [{ type: 'fixed', name: 'F', size: -1 }, 'schema.size is -1, expected a number of bytes'],
    [['int', ['null']], 'schema[1] is ["null"], expected a type that is not a union'],
    [['int', 'int'], 'union branch "int" is defined twice'],
    [{ items: 'int' }, 'schema.type is missing, expected a type'],
    [7, 'schema is 7, expected'],
  ])('says where %j is wrong', (json, message) => {
    expect(() => parseAvro(json)).toThrow(message)
  })

  test('refuses documents nested deeper than its limit instead of overflowing the stack', () => {
    let json: unknown = 'int'
    for (let i = 0; i < 100_000; i++) json = { type: 'array', items: json }
    expect(() => parseAvro(json)).toThrow('more than 64 levels')
  })

  test('damaged documents give errors of its own only', () => {
    const random = seeded(4)
    const text = JSON.stringify(wine)
    for (let round = 0; round < 1500; round++) {
      const at = Math.floor(random() * text.length)
      const cut =
        text.slice(0, at) +
        pick(random, ['"', '{', '1', 'null', '[]', 'int', ',']) +
        text.slice(at + Math.floor(random() * 6))
      let json: unknown
      try {
        json = JSON.parse(cut)
      } catch {
        continue
      }
      try {
        parseAvro(json)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
      }
    }
  })
})
