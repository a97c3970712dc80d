import { expect, test } from 'vitest'
import { guessFormat } from '../../src/models/guess-format.ts'
import type { ModelFormat } from '../../src/models/model.ts'

function format(name: string, extensions: readonly string[], start: string | null): ModelFormat {
  const recognises = (bytes: Uint8Array) => start !== null && Buffer.from(bytes).toString().startsWith(start)
  return { name, extensions, ...(start === null ? {} : { recognises }) } as unknown as ModelFormat
}

const formats = [format('a', ['a'], null), format('b', ['json', 'b'], 'B'), format('c', ['json'], 'C')]
const guess = (extension: string, text: string) => guessFormat(formats, extension, Buffer.from(text))?.name ?? null

test('an extension that one format has tells it, unless another format knows the bytes', () => {
  expect(guess('a', 'C')).toBe('a')
  expect(guess('b', 'A')).toBe('b')
  expect(guess('b', 'B')).toBe('b')
  expect(guess('b', 'C')).toBe('c')
})

test('of formats that share an extension, and of all where none has it, the one that recognises the bytes is taken', () => {
  expect(guess('json', 'C')).toBe('c')
  expect(guess('json', 'B')).toBe('b')
  expect(guess('json', 'A')).toBeNull()
  expect(guess('', 'C')).toBe('c')
  expect(guess('bin', 'A')).toBeNull()
})
