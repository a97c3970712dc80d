import { describe, expect, test } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import { delimitedEnvelope } from '../../../src/envelopes/delimited/delimited.ts'
import { seeded } from '../../random.ts'
import { randomBytes } from '../../schema/generate.ts'
import { chunksOf, cutAll, wrapped } from '../framing.ts'

const optionsOf = (given: object) => objectSchema(delimitedEnvelope.options).parse(given)
const cut = (given: object, text: string) =>
  cutAll(delimitedEnvelope.openCutter(optionsOf(given), 0), [Buffer.from(text, 'latin1')])

describe('delimited', () => {
  test.each(['\n', '\r\n', '|', '<end>', 'aab'])(
    'frames come back whole wherever the chunks end, with separator %j',
    (separator) => {
      const random = seeded(31)
      const options = optionsOf({ separator, lineEndings: 'exact' })
      for (let round = 0; round < 60; round++) {
        const frames = Array.from({ length: 12 }, () =>
          Buffer.from(
            Buffer.from(randomBytes(random, Math.floor(random() * 20)))
              .toString('latin1')
              .replaceAll(/[\r\n|<ab]/g, 'x'),
            'latin1',
          ),
        )
        const bytes = wrapped((f, w) => delimitedEnvelope.wrap(options, f, w), frames)
        const whole = cutAll(delimitedEnvelope.openCutter(options, 7), [bytes])
        expect(whole.map((f) => f.slice(f.indexOf(':') + 1))).toEqual(frames.map((f) => f.toString('latin1')))
        expect(cutAll(delimitedEnvelope.openCutter(options, 7), chunksOf(random, bytes, 4))).toEqual(whole)
      }
    },
  )

  test('cutting at every single byte gives the same frames', () => {
    const bytes = Buffer.from('one\r\n\r\n\ntwo\nthree\r\nfour')
    const whole = cut({}, bytes.toString())
    expect(whole).toEqual(['0:one', '5:', '7:', '8:two', '12:three', '19:four'])
    for (let at = 0; at <= bytes.length; at++) {
      const cutter = delimitedEnvelope.openCutter(optionsOf({}), 0)
      expect(cutAll(cutter, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
    }
  })

  test('an empty record before the end of the stream is none; elsewhere it is one', () => {
    expect(cut({}, '')).toEqual([])
    expect(cut({}, 'a\n')).toEqual(['0:a'])
    expect(cut({}, 'a\n\n')).toEqual(['0:a', '2:'])
  })

  test('exact line endings keep the carriage return', () => {
    expect(cut({ lineEndings: 'exact' }, 'a\r\n')).toEqual(['0:a\r'])
  })

  test('a frame of many chunks costs time in proportion to its size', () => {
    // 64 MB of copying if it is linear, 1 TB if every chunk copied what came before it: the test would not end.
    const cutter = delimitedEnvelope.openCutter(optionsOf({}), 0)
    const chunk = Buffer.alloc(1024, 120)
    for (let i = 0; i < 32 * 1024; i++) expect(cutter.push(chunk).values.length).toBe(0)
    const { values } = cutter.push(Buffer.from('\n'))
    expect((values.ends[0] as number) - (values.starts[0] as number)).toBe(32 * 1024 * 1024)
  })

  test('a frame beyond the limit is an error that says where it starts, finished or not', () => {
    const options = optionsOf({ maxFrameBytes: 5 })
    for (const text of ['ab\n123456\n', 'ab\n123456']) {
      expect(() => delimitedEnvelope.openCutter(options, 100).push(Buffer.from(text))).toThrow(
        'the frame at byte 103 has 6 bytes or more, at most 5 are allowed',
      )
    }
  })

  test('an empty separator is refused', () => {
    expect(() => delimitedEnvelope.openCutter(optionsOf({ separator: '' }), 0)).toThrow(MillraceError)
  })
})
