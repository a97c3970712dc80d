import { expect, test } from 'vitest'
import { columnOf } from '../../src/core/bytes.ts'
import { encodeHeaders } from '../../src/core/headers.ts'
import { ChunkAssembler, chunkDigest, chunkHeaders, chunkOf } from '../../src/engine/chunk-assembler.ts'
import { seeded } from '../random.ts'

const a = 'a'.repeat(64)
const digestOf = (n: number) => n.toString(16).padStart(64, '0')
const part = (digest: string, index: number, count: number) => ({ digest, index, count })
const bytes = (length: number, fill = 1) => new Uint8Array(length).fill(fill)
const text = (parts: readonly Uint8Array[] | null) => parts && Buffer.concat(parts).toString()

function headersOf(entries: Readonly<Record<string, string>>) {
  return columnOf([encodeHeaders(Object.entries(entries))])
}

test('a location of parts has a digest', () => {
  expect(chunkDigest(`chunks:${a.toUpperCase()}`)).toBe(a)
  expect(chunkDigest('chunks:abc')).toBeNull()
  expect(chunkDigest(a)).toBeNull()
  expect(chunkDigest('tree.pmml')).toBeNull()
})

test('headers say which part it is, or what is wrong with them', () => {
  const good = { [chunkHeaders.digest]: a, [chunkHeaders.index]: '1', [chunkHeaders.count]: '2' }
  expect(chunkOf(headersOf(good), 0)).toEqual({ digest: a, index: 1, count: 2 })
  expect(chunkOf(null, 0)).toBeNull()
  expect(chunkOf(columnOf([null]), 0)).toBeNull()
  expect(chunkOf(headersOf({ other: 'x' }), 0)).toBeNull()
  const wrong: [string, string, string][] = [
    [chunkHeaders.digest, 'x', 'hexadecimal'],
    [chunkHeaders.index, '2', 'below 2'],
    [chunkHeaders.index, '-1', 'below 2'],
    [chunkHeaders.count, '0', 'from 1'],
    [chunkHeaders.count, '1e9', 'from 1'],
    [chunkHeaders.count, '999999999', 'from 1'],
  ]
  for (const [name, value, sentence] of wrong)
    expect(chunkOf(headersOf({ ...good, [name]: value }), 0)).toContain(sentence)
  expect(chunkOf(headersOf({ [chunkHeaders.digest]: a }), 0)).toContain('from 1')
})

test('parts come in any order and more than once', () => {
  const random = seeded(3)
  for (let round = 0; round < 50; round++) {
    const assembler = new ChunkAssembler(1_000)
    const texts = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, i) => `part ${i};`)
    const order = texts.flatMap((_, i) => [i, i]).sort(() => random() - 0.5)
    const found = order.map((i) => assembler.add(part(a, i, texts.length), Buffer.from(texts[i]!)))
    expect(found.filter((parts) => parts !== null).map(text)[0]).toBe(texts.join(''))
  }
})

test('an artifact may have as many bytes as are allowed, and not one more', () => {
  const assembler = new ChunkAssembler(10)
  assembler.add(part(a, 0, 2), bytes(4))
  expect(assembler.add(part(a, 1, 2), bytes(6))).toHaveLength(2)
  assembler.add(part(a, 0, 2), bytes(4))
  expect(() => assembler.add(part(a, 1, 2), bytes(7))).toThrow('has more than 10 bytes')
})

test('the bytes of a part are copied: the batch they come from goes on its way', () => {
  const assembler = new ChunkAssembler(100)
  const first = Buffer.from('first ')
  assembler.add(part(a, 0, 2), first)
  first.fill(0)
  expect(text(assembler.add(part(a, 1, 2), Buffer.from('second')))).toBe('first second')
})

test('an artifact that is too large, or says different numbers of parts, is given up', () => {
  const assembler = new ChunkAssembler(100)
  assembler.add(part(a, 0, 3), bytes(60))
  expect(() => assembler.add(part(a, 1, 3), bytes(41))).toThrow('more than 100 bytes')
  expect(assembler.progress(a)).toBe('no part')
  assembler.add(part(a, 0, 3), bytes(60))
  expect(assembler.progress(a)).toBe('1 of 3 parts')
  expect(() => assembler.add(part(a, 1, 2), bytes(1))).toThrow('in 3 parts and in 2')
})

test('all artifacts under way together stay below the limit: the one that waits longest makes room', () => {
  const assembler = new ChunkAssembler(100)
  assembler.add(part(digestOf(1), 0, 2), bytes(40))
  assembler.add(part(digestOf(2), 0, 2), bytes(40))
  assembler.add(part(digestOf(3), 0, 2), bytes(40))
  expect([1, 2, 3].map((n) => assembler.progress(digestOf(n)))).toEqual(['no part', '1 of 2 parts', '1 of 2 parts'])
  for (let n = 10; n < 30; n++) assembler.add(part(digestOf(n), 0, 2), bytes(0))
  expect(assembler.progress(digestOf(29))).toBe('1 of 2 parts')
  expect(assembler.progress(digestOf(10))).toBe('no part')
})
