import { expect, test } from 'vitest'
import { decimalAt } from '../../../src/models/pmml/decimals.ts'
import { parseNumber } from '../../../src/models/pmml/types.ts'
import { seeded } from '../../random.ts'

const read = (text: string) => decimalAt(Buffer.from(`<${text}>`), 1, 1 + Buffer.byteLength(text))

test.each([
  '0',
  '-0',
  '.5',
  '5.',
  '007',
  '-1.25',
  '1E-5',
  '9007199254740993',
  '0.1000000000000000055511151231257827',
  'INF',
  'NaN',
  ' 1 ',
])('%s is read as its text is', (text) => {
  expect(read(text)).toBe(parseNumber(text))
})

test.each(['', '.', '-', '1.2.3', '--1', 'x', '0x10', '1 2'])('"%s" is no number', (text) => {
  expect(read(text)).toBeNull()
})

test('generated numbers are read to the bit', () => {
  const random = seeded(3)
  for (let i = 0; i < 20_000; i++) {
    const digits = Array.from({ length: 1 + Math.floor(random() * 20) }, () => Math.floor(random() * 10)).join('')
    const point = Math.floor(random() * (digits.length + 1))
    const text = `${random() < 0.3 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}${random() < 0.1 ? 'e-7' : ''}`
    if (!Object.is(read(text), Number(text))) expect({ text, read: read(text) }).toEqual({ text, read: Number(text) })
  }
})
