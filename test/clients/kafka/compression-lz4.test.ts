import { expect, test } from 'vitest'
import { readLz4Frame, writeLz4Frame } from '../../../src/clients/kafka/compression-lz4.ts'

/** A frame around blocks given as they are, with these flags. */
const frameOf = (flags: number, header: readonly number[], ...blocks: readonly (readonly number[])[]) =>
  Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, 0x40, ...header, 0, ...blocks.flat(), 0, 0, 0, 0])
const block = (bytes: readonly number[]) => [bytes.length, 0, 0, 0, ...bytes]
const abc = [0x30, 97, 98, 99]

test('literals, matches that overlap themselves and lengths of several bytes are read', () => {
  // "abc", then 4 + 15 + 2 bytes from 3 before, then "!".
  const bytes = block([0x3f, 97, 98, 99, 3, 0, 2, 0x10, 33])
  expect(readLz4Frame(frameOf(0x60, [], bytes), 100).toString()).toBe(`${'abc'.repeat(8)}!`)
})

test('blocks that are stored, that reach back into those before them, and checksums are read', () => {
  const stored = [3, 0, 0, 0x80, 120, 121, 122]
  expect(readLz4Frame(frameOf(0x60, [], stored, block(abc)), 100).toString()).toBe('xyzabc')
  const linked = block([0x04, 3, 0, 0x10, 33])
  expect(readLz4Frame(frameOf(0x40, [], block(abc), linked), 100).toString()).toBe('abcabcabcab!')
  const checked = frameOf(0x7c, [3, 0, 0, 0, 0, 0, 0, 0], [...block(abc), 1, 2, 3, 4])
  expect(readLz4Frame(Buffer.concat([checked, Buffer.of(9, 9, 9, 9)]), 100).toString()).toBe('abc')
})

test('frames one after another give what is in both', () => {
  const two = Buffer.concat([writeLz4Frame(Buffer.from('one')), writeLz4Frame(Buffer.from('two'))])
  expect(readLz4Frame(two, 100).toString()).toBe('onetwo')
})

test('what leads out of its block, frame or limit is refused with the byte', () => {
  const broken = (bytes: readonly number[]) => () => readLz4Frame(frameOf(0x60, [], block(bytes)), 100)
  expect(broken([0x50, 97])).toThrow('the LZ4 block has a literal at byte 12 that leads out of it')
  expect(broken([0x10, 97, 2, 0, 0x00])).toThrow('has a match at byte 15')
  expect(broken([0x10, 97, 0, 0, 0x00])).toThrow('has a match at byte 15')
  expect(broken([0x1f, 97, 1, 0, 200, 0x00])).toThrow('becomes more than its frame or the limit of the whole allows')
  expect(() => readLz4Frame(frameOf(0x61, [1, 2, 3, 4], block(abc)), 100)).toThrow('needs a dictionary')
  expect(() => readLz4Frame(Buffer.alloc(20), 100)).toThrow('no LZ4 frame begins at byte 0')
  // A frame does not reach back into the one before it.
  const intoFormer = frameOf(0x60, [], block([0x10, 97, 2, 0, 0x10, 33]))
  expect(() => readLz4Frame(Buffer.concat([writeLz4Frame(Buffer.from('former')), intoFormer]), 100)).toThrow('a match')
  const whole = writeLz4Frame(Buffer.from('abcabcabcabcabcabcabcabc'))
  for (let length = 0; length < whole.length; length++) {
    expect(() => readLz4Frame(whole.subarray(0, length), 100)).toThrow()
  }
})

test('a small frame that says it is huge takes memory for what it holds only', () => {
  const frame = frameOf(0x68, [255, 255, 255, 255, 255, 255, 0, 0], block(abc))
  expect(readLz4Frame(frame, 2 ** 30).buffer.byteLength).toBeLessThan(100_000)
})
