import { expect, test } from 'vitest'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { type DeadLetter, deadLetters, readDeadLetter } from '../../src/streams/dead-letter.ts'
import { seeded } from '../random.ts'

const origin = { stream: 'orders', partition: 3, modelOf: () => 'iris@2' }
const error = new MillraceError('ENCODING_NULL_RECORD', {})
const headers = { carriesHeaders: true, maxRecordBytes: null }

function read(letters: FrameBatch, index: number): DeadLetter {
  const headers = letters.headers && bytesAt(letters.headers, index)
  return readDeadLetter(bytesAt(letters.values, index), headers, letters.keys && bytesAt(letters.keys, index))
}

/** A batch of arbitrary bytes: text, bytes that are no text, nothing, null. */
function arbitraryBatch(random: () => number): FrameBatch {
  const bytes = () => {
    const kind = random()
    if (kind < 0.2) return null
    if (kind < 0.6) return Buffer.from('{"ü":"\ufeff\u0000"}'.slice(0, random() * 12))
    return Buffer.from(Array.from({ length: random() * 20 }, () => random() * 256))
  }
  const length = 8
  return {
    ...framesOf(columnOf(Array.from({ length }, bytes)), 1000),
    keys: random() < 0.5 ? null : columnOf(Array.from({ length }, bytes)),
    headers: random() < 0.5 ? null : columnOf(Array.from({ length }, () => encodeHeaders([['trace', `${random()}`]]))),
    timestampsMs: random() < 0.5 ? null : Float64Array.from({ length }, () => Math.floor(random() * 2e12)),
  }
}

test('a dead letter gives the original record back byte for byte, in headers or in JSON', () => {
  const random = seeded(2)
  for (let round = 0; round < 200; round++) {
    const batch = arbitraryBatch(random)
    const errors = new Map([6, 1, 4].map((index) => [index, error]))
    for (const carriesHeaders of [true, false]) {
      const letters = deadLetters(batch, errors, origin, 1234.5, { carriesHeaders, maxRecordBytes: null })
      expect(letters.length).toBe(3)
      for (const [i, index] of [1, 4, 6].entries()) {
        const letter = read(letters, i)
        const bytes = bytesAt(batch.values, index)
        expect(letter.bytes === null ? null : Buffer.from(letter.bytes)).toEqual(
          bytes === null ? null : Buffer.from(bytes),
        )
        const key = batch.keys && bytesAt(batch.keys, index)
        expect(letter.key && Buffer.from(letter.key)).toEqual(key && Buffer.from(key))
        expect([...letter.headers.keys()]).toEqual(batch.headers ? ['trace'] : [])
        expect(letter).toMatchObject({
          code: 'ENCODING_NULL_RECORD',
          reason: error.message,
          position: `orders/3@${1000 + index}`,
          model: 'iris@2',
          timestampMs: 1234.5,
          recordTimestampMs: batch.timestampsMs?.[index] ?? null,
          wholeBytes: null,
        })
      }
    }
  }
})

test('a letter that is given up again tells the last reason', () => {
  const batch = framesOf(columnOf([Buffer.from('x')]), 5)
  const first = deadLetters(batch, new Map([[0, error]]), origin, 1, headers)
  const later = new MillraceError('ENCODING_TEXT_NOT_UTF8', { byte: 1, position: 0 })
  const second = deadLetters(
    first,
    new Map([[0, later]]),
    { stream: 'dead', partition: 0, modelOf: () => null },
    2,
    headers,
  )
  expect(read(second, 0)).toMatchObject({ code: 'ENCODING_TEXT_NOT_UTF8', position: 'dead/0@5' })
  expect(`${read(second, 0).bytes}`).toBe('x')
})

test('in a file a letter is one line, and text is readable', () => {
  const batch = framesOf(columnOf([Buffer.from('a\nb')]), 5)
  const line = `${bytesAt(deadLetters(batch, new Map([[0, error]]), origin, 1, { carriesHeaders: false, maxRecordBytes: null }).values, 0)}`
  expect(line).not.toContain('\n')
  expect(JSON.parse(line)).toMatchObject({ text: 'a\nb', position: 'orders/3@5' })
})

test('what is no dead letter is an error of the record', () => {
  for (const value of [null, '', 'x', '5', '[]', '{}', '{"code":5}', '{"code":"a","reason":"b"}']) {
    const bytes = value === null ? null : Buffer.from(value)
    expect(() => readDeadLetter(bytes)).toThrow('record is not a dead letter')
  }
})

test('a letter that its stream does not take is shortened: the facts are whole, and it says how large the record was', () => {
  const long = new MillraceError('CORE_INTERNAL', { where: 'x'.repeat(5_000), reason: 'y' })
  const sizes: (number | null)[][] = []
  for (const [valueBytes, keyBytes, headerBytes] of [
    [1_500, 10, 10],
    [3_000, 10, 10],
    [3_000, 1_900, 10],
    [3_000, 10, 1_900],
    [0, 4_000, 10],
  ] as const) {
    const trace = encodeHeaders([['trace', 'h'.repeat(headerBytes)]])
    const batch = {
      ...framesOf(columnOf([Buffer.alloc(valueBytes, 'v')]), 5),
      keys: columnOf([Buffer.alloc(keyBytes, 'k')]),
      headers: columnOf([trace]),
    }
    const limit = { carriesHeaders: true, maxRecordBytes: 2_000 }
    const letters = deadLetters(batch, new Map([[0, valueBytes > 1_500 ? error : long]]), origin, 1, limit)
    const letter = read(letters, 0)
    const [value, key, all] = [letters.values, letters.keys, letters.headers].map((c) => c && bytesAt(c, 0))
    expect((value?.length ?? 0) + (key?.length ?? 0) + (all?.length ?? 0)).toBeLessThanOrEqual(2_000)
    expect(letter).toMatchObject({ position: 'orders/3@5', model: 'iris@2', timestampMs: 1 })
    expect(letter.wholeBytes).toBe(valueBytes + keyBytes + trace.length)
    expect(`${letter.bytes ?? ''}`).toMatch(/^v*$/)
    sizes.push([letter.key?.length ?? null, letter.headers.get('trace')?.length ?? null])
  }
  expect(sizes).toEqual([[null, null], [10, 10], [null, null], [null, null], [null, null]]) // biome-ignore format: one line
})
