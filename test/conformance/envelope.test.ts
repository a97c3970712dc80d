import { describe, expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { parseOptions } from '../../src/config/parse.ts'
import { BytesWriter, bytesAt, columnOf } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import type { Cutter, Envelope } from '../../src/envelopes/envelope.ts'
import { seeded } from '../random.ts'

/** Options that an envelope needs where its defaults do not do; more ways of using one are tried one by one. */
const usages: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  'delimited-csv': [{ hasHeader: false }, { hasHeader: false, lineEnding: '\r\n' }],
  delimited: [{}, { separator: '\r\n' }, { separator: '||' }],
}

/** Frames that any separator-based envelope can carry: no line ends, no bars. */
function arbitraryFrames(random: () => number): Buffer[] {
  return Array.from({ length: 1 + random() * 20 }, () => {
    return Buffer.from(Array.from({ length: 1 + random() * 40 }, () => 0x30 + random() * 0x40))
  })
}

/** Cuts bytes that come in random pieces; with positions. */
function cut(cutter: Cutter, bytes: Uint8Array, random: () => number) {
  const frames: string[] = []
  const positions: number[] = []
  let end = 0
  const take = (cutFrames: ReturnType<Cutter['push']>) => {
    expect(cutFrames.positions.length).toBe(cutFrames.values.length)
    for (let i = 0; i < cutFrames.values.length; i++) {
      frames.push(Buffer.from(bytesAt(cutFrames.values, i) ?? []).toString('latin1'))
      positions.push(cutFrames.positions[i] as number)
    }
    end = cutFrames.end
  }
  for (let at = 0; at < bytes.length; ) {
    const next = Math.min(bytes.length, at + 1 + Math.floor(random() * 30))
    take(cutter.push(Buffer.from(bytes.subarray(at, next))))
    at = next
  }
  take(cutter.finish())
  return { frames, positions, end }
}

for (const envelope of registry.list('envelope') as Envelope[]) {
  for (const usage of usages[envelope.name] ?? [{}]) {
    const options = parseOptions(envelope.options, usage, { source: 'test' })
    const wrapped = (frames: readonly Buffer[]): Uint8Array => {
      const writer = new BytesWriter(4, 16)
      envelope.wrap(options, columnOf(frames), writer)
      expect(writer.length).toBe(frames.length)
      return writer.finish().bytes
    }

    describe(`envelope ${envelope.name} with ${JSON.stringify(usage)}`, () => {
      // An envelope that makes one frame of the whole stream has nothing to tell frames apart by.
      const isWhole =
        cut(envelope.openCutter(options, 0), wrapped([Buffer.from('a'), Buffer.from('b')]), () => 0.99).frames
          .length === 1

      test.skipIf(isWhole)('frames that were wrapped are cut again, however the bytes come in', () => {
        const random = seeded(21)
        for (let round = 0; round < 100; round++) {
          const frames = arbitraryFrames(random)
          const bytes = wrapped(frames)
          const result = cut(envelope.openCutter(options, 0), bytes, random)
          expect(result.frames).toEqual(frames.map((frame) => frame.toString('latin1')))
          expect(result.end).toBe(bytes.length)
        }
      })

      test.skipIf(isWhole)(
        'a cutter that starts at the position of a frame gives that frame and those after it',
        () => {
          const random = seeded(22)
          for (let round = 0; round < 100; round++) {
            const bytes = wrapped(arbitraryFrames(random))
            const whole = cut(envelope.openCutter(options, 0), bytes, random)
            const from = Math.floor(random() * whole.frames.length)
            const position = whole.positions[from] as number
            const rest = cut(envelope.openCutter(options, position), bytes.subarray(position), random)
            expect(rest.frames).toEqual(whole.frames.slice(from))
            expect(rest.positions).toEqual(whole.positions.slice(from))
          }
        },
      )

      test('any bytes are cut into frames in order, or end in an error of the stream', () => {
        const random = seeded(23)
        for (let round = 0; round < 200; round++) {
          const bytes = Buffer.from(
            Array.from({ length: random() * 200 }, () => (random() < 0.3 ? 10 : random() * 256)),
          )
          try {
            const { positions, end } = cut(envelope.openCutter(options, 0), bytes, random)
            for (let i = 1; i < positions.length; i++) expect(positions[i]).toBeGreaterThan(positions[i - 1] as number)
            expect(end).toBeLessThanOrEqual(bytes.length)
          } catch (thrown) {
            if (!(thrown instanceof MillraceError)) throw thrown
            expect(thrown.scope).toBe('stream')
          }
        }
      })
    })
  }
}

test('the registry has envelopes', () => {
  expect(registry.list('envelope').length).toBeGreaterThan(0)
})
