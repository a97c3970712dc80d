import { expect, test } from 'vitest'
import { CopySource } from '../../../src/clients/kafka/record-batch-copy.ts'
import { viewOf } from '../../../src/core/bytes.ts'

test('pieces of every length are copied, and nothing beside them', () => {
  const all = Buffer.from(Array.from({ length: 400 }, (_, i) => i % 251))
  const source = new CopySource(all.subarray(5, 395))
  for (let length = 0; length < 300; length++) {
    const target = Buffer.alloc(320, 255)
    expect(source.copy(3, 3 + length, target, viewOf(target), 10)).toBe(10 + length)
    const expected = Buffer.concat([
      Buffer.alloc(10, 255),
      all.subarray(8, 8 + length),
      Buffer.alloc(310 - length, 255),
    ])
    expect(target.equals(expected)).toBe(true)
  }
})
