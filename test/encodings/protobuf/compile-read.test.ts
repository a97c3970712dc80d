import { describe, expect, test } from 'vitest'
import { seeded } from '../../random.ts'
import { decodeAll, everything, randomEverything, typeOf } from './messages.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

describe('compileRead', () => {
  test('reads what protobufjs wrote', () => {
    const random = seeded(53)
    const type = typeOf(everything, 'test.Inner')
    for (let round = 0; round < 100; round++) {
      const value = randomEverything(random)['inner']
      if (value === undefined) continue
      expect(decodeAll(everything, 'Inner', [type.encode(type.fromObject(value as object)).finish()])[0]).toEqual(value)
    }
  })

  test('takes packed and single elements of one list in any order', () => {
    const read = decodeAll(everything, 'Everything', [hex('a00101' + 'a2010202' + '03' + 'a00104')])[0]
    expect(read).toMatchObject({ is: [1, 2, 3, 4] })
    const one = '000000000000f03f'
    expect(decodeAll(everything, 'Everything', [hex(`9901${one}` + `9a0108${one}` + `9a0108${one}`)])[0]).toMatchObject(
      {
        ds: Float64Array.of(1, 1, 1),
      },
    )
  })

  test('the last member of a oneof wins, and unknown fields are passed over', () => {
    const read = decodeAll(everything, 'Everything', [
      hex('e80105' + 'f2010161' + 'c0b80201' + 'c33e08' + '01c43e'),
    ])[0] as object
    expect(read).toMatchObject({ word: 'a' })
    expect('number' in read).toBe(false)
  })

  test('an enum number without a name stays a number', () => {
    expect(decodeAll(everything, 'Everything', [hex('800163')])[0]).toMatchObject({ colour: 99 })
  })

  test('proto2: defaults, groups, required fields', () => {
    const schema = `syntax = "proto2";
message Old { optional int32 a = 1 [default = 7]; optional string b = 2; required bool c = 3;
  optional group Part = 4 { optional int32 x = 1; } optional double inf = 5 [default = -inf]; repeated int32 list = 6; }`
    const read = (bytes: string) => decodeAll(schema, 'Old', [hex(bytes)])[0]
    expect(read('1801')).toEqual({ a: 7, c: true, inf: -Infinity, list: [] })
    expect(read('1801' + '23080524')).toMatchObject({ part: { x: 5 } })
    expect(read('')).toContain('required field "c" is missing')
    expect(read('1801' + '230805')).toContain('a group has no end')
  })

  test('names cannot break out of the generated text', () => {
    expect(
      decodeAll(
        'syntax = "proto3"; message constructor { int32 hasOwnProperty = 1; int32 return = 3; }',
        'constructor',
        [hex('08011803')],
      )[0],
    ).toEqual(JSON.parse('{"hasOwnProperty":1,"return":3}'))
  })
})
