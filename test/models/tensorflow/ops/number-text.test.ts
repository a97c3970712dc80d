import { expect, test } from 'vitest'
import { asText, type NumberFormat } from '../../../../src/models/tensorflow/ops/number-text.ts'

const format = (changes: Partial<NumberFormat>): NumberFormat => ({
  style: 'f',
  precision: -1,
  width: -1,
  fill: '',
  ...changes,
})

test.each([
  [1.5, format({}), '1.500000'],
  [-0, format({}), '-0.000000'],
  [12345, format({ style: 'e', precision: 2 }), '1.23e+04'],
  [1e-5, format({ style: 'g' }), '1e-05'],
  [100000, format({ style: 'g' }), '100000'],
  [1e21, format({ precision: 0 }), '1000000000000000000000'],
  [-3.25, format({ precision: 1, width: 8, fill: '0' }), '-00003.2'],
  [Number.NaN, format({ width: 5, fill: '0' }), '  nan'],
])('%d as printf has it', (value, how, text) => {
  expect(asText(value, 'float64', how)).toBe(text)
})

test('truth values are words', () => {
  expect(asText(1, 'boolean', format({}))).toBe('true')
})
