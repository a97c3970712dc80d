import { expect, test } from 'vitest'
import { fingerprint64, hash64, sipHash } from '../../../../src/models/tensorflow/ops/farm-hash.ts'

test('the fingerprint of nothing is the constant of FarmHash, and lengths around its cases differ', () => {
  expect(fingerprint64('')).toBe(0x9ae16a3b2f90404fn)
  const lengths = [1, 3, 4, 7, 8, 16, 17, 32, 33, 64, 65, 128, 129, 200]
  expect(new Set(lengths.map((n) => fingerprint64('x'.repeat(n)))).size).toBe(lengths.length)
})

test('SipHash gives the value of its authors for the bytes 0 to 14 under the key 0 to 15', () => {
  const bytes = String.fromCharCode(...Array.from({ length: 15 }, (_, i) => i))
  expect(sipHash(bytes, [0x0706050403020100n, 0x0f0e0d0c0b0a0908n])).toBe(0xa129ca6149be45e5n)
})

test('the older hash tells texts apart that end in zero bytes', () => {
  expect(hash64('a')).not.toBe(hash64('a\0'))
})
