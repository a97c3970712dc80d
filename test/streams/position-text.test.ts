import { expect, test } from 'vitest'
import { formatPosition, parsePosition } from '../../src/streams/position-text.ts'
import { seeded } from '../random.ts'

test('any stream name comes back, even one with slashes, at signs and line breaks', () => {
  const random = seeded(11)
  const alphabet = 'ab/@0\n é'
  for (let i = 0; i < 500; i++) {
    const stream = Array.from(
      { length: 1 + random() * 6 },
      () => alphabet[Math.floor(random() * alphabet.length)],
    ).join('')
    const place = { stream, partition: Math.floor(random() * 100), position: Math.floor(random() * 2 ** 49) }
    expect(parsePosition(formatPosition(place.stream, place.partition, place.position))).toEqual(place)
  }
})

test('anything else is an error that shows it', () => {
  for (const text of ['', 'orders', 'orders/3', 'orders@3', '/3@1', 'orders/x@1', 'orders/3@', 'orders/3@-1']) {
    expect(() => parsePosition(text)).toThrow(JSON.stringify(text))
  }
})
