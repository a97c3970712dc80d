import { describe, expect, test } from 'vitest'
import { NumberKernel } from '../../../src/encodings/json/number-kernel.ts'
import { seeded } from '../../random.ts'
import { pick } from '../../schema/generate.ts'

const items = ['float', 'double'] as const

/** Numbers that the kernel reads from the text behind an opening bracket, and the text at which it stops. */
function read(item: (typeof items)[number], text: string, size = text.length, kernel = NumberKernel.open(item)) {
  const bytes = Buffer.from(`xyz${text}`)
  kernel?.read(bytes, 3, size)
  const out = item === 'float' ? new Float32Array(20_000) : new Float64Array(20_000)
  kernel?.copyTo(out, 5)
  const count = kernel?.count ?? 0
  return { numbers: out.slice(5, 5 + count), rest: text.slice((kernel?.at ?? 0) - 3), isClosed: kernel?.isClosed }
}

const tail = ' '.repeat(40)

describe.each(items)('number kernel: %s', (item) => {
  const list = item === 'float' ? Float32Array : Float64Array

  test('reads up to fourteen places as Number does, bit for bit, and stops at the closing bracket', () => {
    const random = seeded(41)
    const kernel = NumberKernel.open(item)
    for (let round = 0; round < 300; round++) {
      const texts = Array.from({ length: 1 + Math.floor(random() * 60) }, () => {
        const places = Array.from({ length: 1 + Math.floor(random() * 14) }, () =>
          pick(random, [0, 9, Math.floor(random() * 10)]),
        )
        return `${random() < 0.3 ? '-' : ''}${Math.floor(random() * 10)}.${places.join('')}`
      })
      const text = `${texts.join(pick(random, [',', ', ']))}]${tail}`
      const { numbers, rest, isClosed } = read(item, text, text.length, kernel)
      expect({ isClosed, rest }).toEqual({ isClosed: true, rest: tail })
      expect(Buffer.from(numbers.buffer), text).toEqual(Buffer.from(list.from(texts.map(Number)).buffer))
    }
  })

  test.each([
    [
      '',
      [
        '12.5,',
        '1,',
        '1e3,',
        '.5,',
        '0.,',
        '0.5e1,',
        '0.123456789012345,',
        '0.5 ,',
        '00.5,',
        'null,',
        '--1.5,',
        '+1.5,',
        '"1.5",',
        '[1.5],',
        '1.5}',
        '1.5x,',
        '1./5,',
        '1.:5,',
        '1.5/,',
        '1.é,',
      ],
    ],
    ['0.5,', ['12.5]', ']', ',1.5]', '1.é]', '1.12345678/,']],
  ])('stops before what is no such number, after %j', (before, texts) => {
    for (const text of texts) {
      const { numbers, rest, isClosed } = read(item, `${before}${text}${tail}`)
      expect({ rest, isClosed, count: numbers.length }, text).toEqual({
        rest: text + tail,
        isClosed: false,
        count: before === '' ? 0 : 1,
      })
    }
  })

  test('never reads beyond the bytes that it was given, and says where it stopped', () => {
    const numbers = Array.from({ length: 40 }, (_, i) => `${i % 10}.${'123456789'.slice(0, 1 + (i % 9))}`)
    const text = `${numbers.join(', ')}]`
    for (let size = 0; size <= text.length; size++) {
      const found = read(item, text, size)
      expect(found.isClosed, `${size}`).toBe(false)
      const read_ = text.length - found.rest.length
      expect(read_).toBeLessThanOrEqual(size)
      expect([...found.numbers]).toEqual([...list.from(numbers.slice(0, found.numbers.length).map(Number))])
      if (size > 60) expect(found.numbers.length).toBeGreaterThan(2)
    }
  })

  test('a list longer than its memory is read in parts', () => {
    const text = `${'0.5,'.repeat(30_000)}1.5]${tail}`
    const first = read(item, text)
    expect(first.numbers.length).toBeGreaterThan(8_000)
    expect(first.numbers.every((x) => x === 0.5)).toBe(true)
    expect(first.rest.length).toBe(text.length - first.numbers.length * 4)
  })
})
