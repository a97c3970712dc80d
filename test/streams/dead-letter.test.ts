import { expect, test } from 'vitest'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { type DeadLetter, deadLetters, readDeadLetter } from '../../src/streams/dead-letter.ts'
import { seeded } from '../random.ts'

const origin = { stream: 'orders', partition: 3, modelOf: () => 'iris@2' }
const error = new MillraceError('ENCODING_NULL_RECORD', {})

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
  }
}

test('a dead letter gives the original record back byte for byte, in headers or in JSON', () => {
  const random = seeded(2)
  for (let round = 0; round < 200; round++) {
    const batch = arbitraryBatch(random)
    const errors = new Map([6, 1, 4].map((index) => [index, error]))
    for (const carriesHeaders of [true, false]) {
      const letters = deadLetters(batch, errors, origin, 1234.5, carriesHeaders)
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
        })
      }
    }
  }
})

test('a letter that is given up again tells the last reason', () => {
  const batch = framesOf(columnOf([Buffer.from('x')]), 5)
  const first = deadLetters(batch, new Map([[0, error]]), origin, 1, true)
  const later = new MillraceError('ENCODING_TEXT_NOT_UTF8', { byte: 1, position: 0 })
  const second = deadLetters(
    first,
    new Map([[0, later]]),
    { stream: 'dead', partition: 0, modelOf: () => null },
    2,
    true,
  )
  expect(read(second, 0)).toMatchObject({ code: 'ENCODING_TEXT_NOT_UTF8', position: 'dead/0@5' })
  expect(`${read(second, 0).bytes}`).toBe('x')
})

test('in a file a letter is one line, and text is readable', () => {
  const batch = framesOf(columnOf([Buffer.from('a\nb')]), 5)
  const line = `${bytesAt(deadLetters(batch, new Map([[0, error]]), origin, 1, false).values, 0)}`
  expect(line).not.toContain('\n')
  expect(JSON.parse(line)).toMatchObject({ text: 'a\nb', position: 'orders/3@5' })
})

test('what is no dead letter is an error of the record', () => {
  for (const value of [null, '', 'x', '5', '[]', '{}', '{"code":5}', '{"code":"a","reason":"b"}']) {
    const bytes = value === null ? null : Buffer.from(value)
    expect(() => readDeadLetter(bytes)).toThrow('record is not a dead letter')
  }
})
