import { expect, test } from 'vitest'
import {
  erf,
  erfc,
  logGamma,
  normalCumulative,
  normalDensity,
  normalQuantile,
} from '../../../src/models/pmml/special.ts'

/** erf by its series, exact to rounding for small arguments. */
function series(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

test('erf agrees with its series', () => {
  for (let x = -2.5; x <= 2.5; x += 0.01) expect(Math.abs(erf(x) - series(x))).toBeLessThan(2e-14)
})

test('erf and erfc add up to one, far tails included', () => {
  for (let x = -6; x <= 6; x += 0.125) expect(erf(x) + erfc(x)).toBeCloseTo(1, 14)
  expect(erfc(10)).toBeGreaterThan(2e-45)
  expect(erfc(10)).toBeLessThan(2.1e-45)
})

test('the quantile undoes the distribution function, whose slope is the density', () => {
  for (let x = -7; x <= 5; x += 0.0625) expect(normalQuantile(normalCumulative(x))).toBeCloseTo(x, 8)
  for (let x = -4; x <= 4; x += 0.25) {
    expect((normalCumulative(x + 1e-5) - normalCumulative(x - 1e-5)) / 2e-5).toBeCloseTo(normalDensity(x), 8)
  }
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY)
  expect(normalQuantile(1.1)).toBeNaN()
})

test('logGamma is the logarithm of factorials and of the half-integer values', () => {
  let factorial = 0
  for (let n = 1; n < 300; n++) {
    expect(Math.abs(logGamma(n) - factorial)).toBeLessThan(1e-13 * Math.max(1, factorial))
    factorial += Math.log(n)
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13)
  expect(logGamma(1.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI) / 2), 13)
})
