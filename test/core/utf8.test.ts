import { describe, expect, test } from 'vitest'
import { bufferOf, TextReader, utf8FaultAt } from '../../src/core/utf8.ts'
import { seeded } from '../random.ts'

/** Index of the first byte that a strict decoder refuses, found by trying every prefix. */
function faultByPrefixes(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const isGood = (end: number) => {
    try {
      decoder.decode(bytes.subarray(0, end))
      return true
    } catch {
      return false
    }
  }
  let good = 0
  for (let end = 1; end <= bytes.length; end++) if (isGood(end)) good = end
  return good === bytes.length ? -1 : good
}

describe('utf8FaultAt', () => {
  test('agrees with a strict decoder on random bytes and on damaged text', () => {
    const random = seeded(1)
    for (let round = 0; round < 400; round++) {
      const bytes =
        round % 2 === 0
          ? Uint8Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() * 256))
          : new TextEncoder().encode('aé€😀z'.repeat(2)).slice()
      if (round % 2 === 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      expect(utf8FaultAt(bytes, 0, bytes.length), Buffer.from(bytes).toString('hex')).toBe(faultByPrefixes(bytes))
    }
  })
})

describe('TextReader', () => {
  test('gives the text of any bytes whatever was read before, whether it is remembered or not', () => {
    const random = seeded(2)
    const reader = new TextReader()
    for (let round = 0; round < 3000; round++) {
      const size = Math.floor(random() * 30)
      const text = Array.from({ length: size }, () => 'abé'[Math.floor(random() * (round % 3 === 0 ? 3 : 2))]).join('')
      const bytes = bufferOf(new TextEncoder().encode(`x${text}x`))
      expect(reader.utf8(bytes, 1, bytes.length - 1)).toBe(text)
    }
  })

  test('answers null for what is not UTF-8', () => {
    expect(new TextReader().utf8(bufferOf(Uint8Array.of(97, 0xc3)), 0, 2)).toBe(null)
  })
})
