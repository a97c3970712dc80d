import { describe, expect, it } from 'vitest'
import { tableOfFile, type VocabularyChoice } from '../../../src/models/tensorflow/vocabulary.ts'

const usual: VocabularyChoice = {
  keyIndex: -2,
  valueIndex: -1,
  vocabulary: -1,
  offset: 0,
  delimiter: '\t',
  keyDtype: 'string',
  valueDtype: 'int64',
}

function read(text: string, choice: Partial<VocabularyChoice> = {}) {
  const { keys, values } = tableOfFile(Buffer.from(text), { ...usual, ...choice }, (reason) => new Error(reason))
  const plain = (data: unknown) =>
    Array.from(data as ArrayLike<unknown>, (item) => (item instanceof Uint8Array ? Buffer.from(item).toString() : item))
  return [plain(keys.data), plain(values.data)]
}

describe('a vocabulary file', () => {
  it('gives lines and their numbers, whatever the end of the last line', () => {
    expect(read('red\nwhite wine\n')).toEqual([
      ['red', 'white wine'],
      [0n, 1n],
    ])
    expect(read('rot\r\nweiß')).toEqual([
      ['rot', 'weiß'],
      [0n, 1n],
    ])
    expect(read('a\nb\nc\n', { vocabulary: 2, offset: 5 })).toEqual([
      ['a', 'b'],
      [5n, 6n],
    ])
  })

  it('gives columns as the types of the table', () => {
    expect(read('a,1.5\nb,-2\n', { keyIndex: 0, valueIndex: 1, delimiter: ',', valueDtype: 'float32' })).toEqual([
      ['a', 'b'],
      [1.5, -2],
    ])
    expect(read('7\tx\n8\ty\n', { keyIndex: 0, valueIndex: 1, keyDtype: 'int64', valueDtype: 'string' })).toEqual([
      [7n, 8n],
      ['x', 'y'],
    ])
    expect(read('a\nb', { keyIndex: -1, valueIndex: -2, keyDtype: 'int64', valueDtype: 'string' })).toEqual([
      [0n, 1n],
      ['a', 'b'],
    ])
  })

  it('is refused with the line that is wrong', () => {
    expect(() => read('a\n\nb')).toThrow('line 2 is empty')
    expect(() => read('a\n', { vocabulary: 3 })).toThrow('it has 1 lines, fewer than the 3 of the table')
    expect(() => read('a\tb\nc\n', { valueIndex: 1 })).toThrow('line 2 has 1 columns, column 1 is expected')
    expect(() => read('a\tx\n', { keyIndex: 0, valueIndex: 1 })).toThrow('line 1 has a value that is no int64')
    expect(() => read('x\n', { keyDtype: 'float64' })).toThrow('line 1 has a key that is no float64')
  })
})
