import { describe, expect, test } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { BytesWriter, columnOf } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { lengthPrefixedEnvelope } from '../../../src/envelopes/length-prefixed/length-prefixed.ts'
import { seeded } from '../../random.ts'
import { pick, randomBytes } from '../../schema/generate.ts'
import { chunksOf, cutAll, wrapped } from '../framing.ts'

const optionsOf = (given: object) => objectSchema(lengthPrefixedEnvelope.options).parse(given)
const prefixes = ['uint8', 'uint16', 'uint32', 'uint64', 'varint'] as const
const forms = prefixes.flatMap((prefix) =>
  (['big-endian', 'little-endian'] as const).flatMap((byteOrder) =>
    [true, false].map((countsPrefix) => ({ prefix, byteOrder, countsPrefix })),
  ),
)

describe('length-prefixed', () => {
  test.each(forms)('frames come back whole wherever the chunks end: %j', (form) => {
    const random = seeded(32)
    const options = optionsOf(form)
    for (let round = 0; round < 10; round++) {
      const sizes = [0, 1, 126, 127, 128, 200, 240]
      const frames = Array.from({ length: 10 }, () => randomBytes(random, pick(random, sizes)))
      const bytes = wrapped((f, w) => lengthPrefixedEnvelope.wrap(options, f, w), frames)
      const whole = cutAll(lengthPrefixedEnvelope.openCutter(options, 7), [bytes])
      expect(whole.map((f) => f.slice(f.indexOf(':') + 1))).toEqual(
        frames.map((f) => Buffer.from(f).toString('latin1')),
      )
      expect(cutAll(lengthPrefixedEnvelope.openCutter(options, 7), chunksOf(random, bytes, 5))).toEqual(whole)
    }
  })

  test('the bytes are those of other programs', () => {
    const bytes = (form: object) =>
      Buffer.from(wrapped((f, w) => lengthPrefixedEnvelope.wrap(optionsOf(form), f, w), [Buffer.alloc(300, 1)]))
        .subarray(0, 9)
        .toString('hex')
    expect(bytes({})).toBe('0000012c0101010101')
    expect(bytes({ byteOrder: 'little-endian', prefix: 'uint64' })).toBe('2c0100000000000001')
    expect(bytes({ prefix: 'uint16', countsPrefix: true })).toBe('012e01010101010101')
    expect(bytes({ prefix: 'varint' })).toBe('ac0201010101010101')
  })

  test('a stream that ends inside a frame is an error that says where', () => {
    const cutter = lengthPrefixedEnvelope.openCutter(optionsOf({}), 0)
    expect(cutter.push(Buffer.from('0000000161000000', 'hex')).values.length).toBe(1)
    expect(() => cutter.finish()).toThrow('the stream ends at byte 8 inside the frame that starts at byte 5')
  })

  test('lengths beyond the limit, below their own size and endless ones are errors', () => {
    const push = (form: object, hex: string) => () =>
      lengthPrefixedEnvelope.openCutter(optionsOf(form), 9).push(Buffer.from(hex, 'hex'))
    expect(push({}, 'ffffffff')).toThrow('the frame at byte 9 has 4294967295 bytes or more')
    expect(push({ countsPrefix: true }, '00000003')).toThrow('the length at byte 9 is 3, expected 4 or more')
    expect(push({ prefix: 'varint' }, 'ffffffffffff')).toThrow('expected a varint of at most 5 bytes')
  })

  test('a frame too long for its prefix is refused and nothing is written', () => {
    const writer = new BytesWriter(1, 1)
    const frames = columnOf([Buffer.alloc(1), Buffer.alloc(256)])
    expect(() => lengthPrefixedEnvelope.wrap(optionsOf({ prefix: 'uint8' }), frames, writer)).toThrow(
      'a frame of 256 bytes is too long',
    )
    expect(writer.finish().length).toBe(0)
  })

  test('random bytes give frames or errors of the catalogue', () => {
    const random = seeded(33)
    for (let round = 0; round < 500; round++) {
      const cutter = lengthPrefixedEnvelope.openCutter(optionsOf({ ...pick(random, forms), maxFrameBytes: 50 }), 0)
      try {
        cutAll(cutter, chunksOf(random, randomBytes(random, 60), 9))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MillraceError)
      }
    }
  })
})
