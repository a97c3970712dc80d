import { expect, test } from 'vitest'
import { planFourier } from '../../../../src/models/tensorflow/ops/fourier.ts'

/** The transform by its definition. */
function slow(re: Float64Array, im: Float64Array, sign: number) {
  const n = re.length
  const sum = (of: (x: number, y: number, c: number, s: number) => number) => (k: number) => {
    let total = 0
    for (let i = 0; i < n; i++) {
      const angle = (2 * Math.PI * ((i * k) % n)) / n
      total += of(re[i] as number, im[i] as number, Math.cos(angle), sign * Math.sin(angle))
    }
    return total
  }
  return {
    re: Array.from({ length: n }, (_, k) => sum((x, y, c, s) => x * c - y * s)(k)),
    im: Array.from({ length: n }, (_, k) => sum((x, y, c, s) => x * s + y * c)(k)),
  }
}

test.each([1, 2, 3, 4, 5, 8, 12, 31, 64, 100, 257])(
  'a length of %i gives what the definition gives, twice',
  (length) => {
    for (const sign of [-1, 1] as const) {
      const plan = planFourier(length, sign)
      for (const offset of [0, 1]) {
        const re = Float64Array.from({ length }, (_, i) => Math.sin(i * i + offset))
        const im = Float64Array.from({ length }, (_, i) => Math.cos(3 * i + offset))
        const expected = slow(re, im, sign)
        plan.run(re, im)
        for (let i = 0; i < length; i++) {
          expect(re[i]).toBeCloseTo(expected.re[i] as number, 9)
          expect(im[i]).toBeCloseTo(expected.im[i] as number, 9)
        }
      }
    }
  },
)
