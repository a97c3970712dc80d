import { expect, test } from 'vitest'
import { bytesAt } from '../../src/core/bytes.ts'
import { WholeChunks } from '../../src/streams/whole-chunks.ts'

test('each chunk is a frame at its byte, and the end completes nothing', () => {
  const cutter = new WholeChunks(10)
  expect(cutter.push(Buffer.from('abc'))).toMatchObject({ positions: Float64Array.of(10), end: 13 })
  const { values, positions, end } = cutter.push(Buffer.from('d'))
  expect([`${bytesAt(values, 0)}`, positions[0], end]).toEqual(['d', 13, 14])
  expect(cutter.finish()).toMatchObject({ values: { length: 0 }, end: 14 })
})
