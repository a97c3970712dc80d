import { describe, expect, test } from 'vitest'
import { Constants } from '../../../src/encodings/json/fragment.ts'

const bytes = Buffer.from('..{"a":1}..')
const sees = (constants: Constants, value: object) => constants.learn(value, bytes, 2, 9)

describe('constants', () => {
  test('are found once they came twice, many of them', () => {
    const constants = new Constants()
    const values = Array.from({ length: 100 }, (_, a) => Object.freeze({ a }))
    for (const value of values) expect(sees(constants, value)).toBe(false)
    for (const value of values) expect(constants.find(value)).toBeNull()
    for (const value of values) expect(sees(constants, value)).toBe(true)
    for (const value of [...values, ...values]) expect(constants.find(value)?.size).toBe(7)
    expect(constants.find({ a: 1 })).toBeNull()
  })

  test.each([
    ['not frozen', { a: 1 }],
    ['sealed', Object.seal({ a: 1 })],
    ['with parts', Object.freeze({ a: { b: 1 } })],
    ['with a list', Object.freeze({ a: [1] })],
    [
      'with a getter',
      Object.freeze({
        get a() {
          return 1
        },
      }),
    ],
    ['with a prototype of its own', Object.freeze(Object.create({ b: 1 }) as object)],
  ])('are not objects that are %s', (_, value) => {
    const constants = new Constants()
    for (let i = 0; i < 4; i++) expect(sees(constants, value)).toBe(false)
    expect(constants.find(value)).toBeNull()
  })

  test('are not large', () => {
    const constants = new Constants()
    const value = Object.freeze({ a: 1 })
    const large = Buffer.alloc(5_000)
    for (let i = 0; i < 3; i++) expect(constants.learn(value, large, 0, large.length)).toBe(false)
  })

  test('are seldom looked for where nothing comes again, and are still found', () => {
    const constants = new Constants()
    const value = Object.freeze({ a: 1 })
    let looks = 0
    for (let i = 0; i < 20_000; i++) {
      if (!constants.isCurious) continue
      looks++
      sees(constants, { i })
    }
    expect(looks).toBeLessThan(2_000)
    for (let i = 0; i < 200; i++) if (constants.isCurious) sees(constants, value)
    expect(constants.find(value)).not.toBeNull()
    expect(constants.isCurious).toBe(true)
  })
})
