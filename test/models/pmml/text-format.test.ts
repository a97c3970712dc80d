import { expect, test } from 'vitest'
import { fixed, formatNumber } from '../../../src/models/pmml/text-format.ts'

test('decimals are rounded half up as they are written', () => {
  expect(fixed(1.005, 2)).toBe('1.01')
  expect(fixed(-1.5, 0)).toBe('-2')
  expect(fixed(1e21, 1)).toBe('1000000000000000000000.0')
  expect(fixed(1.5e-7, 7)).toBe('0.0000002')
  expect(fixed(0.1, 3)).toBe('0.100')
})

test('patterns pad, sign and group as in Java', () => {
  expect(formatNumber(3.7, '%5d|%-5d|%05d')).toBe('    3|3    |00003')
  expect(formatNumber(1234567.891, '%,.2f')).toBe('1,234,567.89')
  expect(formatNumber(5, '%+d%%')).toBe('+5%')
  expect(formatNumber(12345, '%.3e')).toBe('1.235e+04')
})
