import { expect, test } from 'vitest'
import { divideDecimal } from '../../src/core/decimal.ts'
import { seeded } from '../random.ts'

test('a quotient is the nearest double or NaN, and NaN is rare', () => {
  const random = seeded(21)
  let unsure = 0
  for (let round = 0; round < 20_000; round++) {
    const high = Math.floor(random() * 10 ** Math.floor(random() * 16))
    const lowDigits = 1 + Math.floor(random() * 8)
    const low = Math.floor(random() * 10 ** lowDigits)
    const exponent = Math.floor(random() * 23)
    const got = divideDecimal(high, low, lowDigits, exponent)
    const text = `${high}${String(low).padStart(lowDigits, '0')}e-${exponent}`
    if (Number.isNaN(got)) unsure++
    else if (got !== Number(text)) expect(got, text).toBe(Number(text))
  }
  expect(unsure).toBeLessThan(20)
})

test('a quotient halfway between two doubles is left to a slower way', () => {
  // 2^53 + 1 has no double; it lies between 2^53 and 2^53 + 2.
  expect(divideDecimal(900719925474099, 3, 1, 0)).toBeNaN()
})
