import { expect, test } from 'vitest'
import { ImageWords } from '../../../src/models/trees/image-words.ts'
import { Place } from '../../../src/models/trees/kernel-layout.ts'

test('numbers lie at their addresses, counted from the begin of the image', () => {
  const image = new ImageWords(Place.image + 32)
  image.put(Place.image, 0x01020304)
  image.putHalf(Place.image + 6, 0x0506)
  image.putValue(Place.image + 8, 0.1, false)
  image.putValue(Place.image + 16, 0.1, true)
  const view = new DataView(image.bytes.buffer)
  expect(image.bytes.length).toBe(32)
  expect([view.getUint8(0), view.getUint16(6, true)]).toEqual([4, 0x0506])
  expect([view.getFloat64(8, true), view.getFloat32(16, true)]).toEqual([0.1, Math.fround(0.1)])
  expect(image.get(Place.image)).toBe(0x01020304)
})
