import { describe, expect, test } from 'vitest'
import { bufferOf } from '../../../src/core/utf8.ts'
import { type ListItem, NumberLists } from '../../../src/encodings/json/number-lists.ts'
import { JsonReader } from '../../../src/encodings/json/reader.ts'
import { seeded } from '../../random.ts'
import { pick } from '../../schema/generate.ts'
import { damage, numberText } from './texts.ts'

/** Reads each text as a record of batches of these sizes; null where the reader gave up. */
function read(item: ListItem, texts: readonly string[], depth = 1, batches: readonly number[] = [texts.length]) {
  const bytes = bufferOf(Buffer.from(`${texts.map((t) => `${t}}`).join('')}`))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const reader = new JsonReader(false)
  reader.attach(bytes, view)
  const lists = new NumberLists(item, reader)
  const starts = new Map<number, number>()
  batches.reduce((start, size) => {
    starts.set(start, size)
    return start + size
  }, 0)
  let at = 0
  return texts.map((text, i) => {
    const size = starts.get(i)
    if (size !== undefined) lists.begin(size)
    const list = lists.read(bytes, view, at, depth)
    const isWhole = lists.at === at + text.length
    at += text.length + 1
    return { list: lists.at < 0 ? null : list, isWhole }
  })
}

/** Shortest decimal of a float, as most languages print it. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(Number(value.toPrecision(9)))
}

function randomNumberText(random: () => number): string {
  const kind = random()
  if (kind < 0.5) return floatText(Math.fround(random() * 10 ** Math.floor(random() * 3)))
  if (kind < 0.6) return `${random() < 0.5 ? '-' : ''}${floatText(Math.fround(random()))}`
  if (kind < 0.7) return `${Math.floor(random() * 10)}.${String(random()).slice(2, 3 + Math.floor(random() * 17))}`
  if (kind < 0.8) return String(random())
  return numberText(random)
}

describe('number lists', () => {
  test.each([
    ['float', Float32Array],
    ['double', Float64Array],
  ] as const)(
    '%s: gives what the typed array makes of JSON.parse, bit for bit, and refuses what that refuses',
    (item, array) => {
      const random = seeded(31)
      for (let round = 0; round < 400; round++) {
        const texts = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
          const size = Math.floor(random() * pick(random, [3, 12, 90]))
          const space = pick(random, ['', '', ' '])
          const text = `[${space}${Array.from({ length: size }, () => randomNumberText(random)).join(`,${space}`)}]`
          return random() < 0.2 ? damage(random, text) : text
        })
        read(item, texts).forEach(({ list, isWhole }, i) => {
          const text = texts[i] as string
          let parsed: unknown
          try {
            parsed = JSON.parse(text)
          } catch {
            parsed = undefined
          }
          const isNumbers = Array.isArray(parsed) && parsed.every((x) => Number.isFinite(x))
          // A damaged list may end early; the scanner then finds another byte than the one behind the list.
          if (!isNumbers) expect(list === null || !isWhole, text).toBe(true)
          else if (list !== null || !/^\s|\s$|\s[\],]|\[\s+\]/.test(text)) {
            expect(isWhole, text).toBe(true)
            expect(list, text).toBeInstanceOf(array)
            expect(Buffer.from((list as Float32Array).slice().buffer), text).toEqual(
              Buffer.from(array.from(parsed as number[]).buffer),
            )
          }
        })
      }
    },
  )

  test('every count of digits is read the same wherever the buffer ends', () => {
    const all = '0.1234567890123456789'
    for (let digits = 1; digits < 20; digits++) {
      const text = all.slice(0, digits + 2)
      for (const tail of ['', ' '.repeat(30)]) {
        const [one] = read('double', [`[${text}]${tail}`])
        expect(one?.list, text).toEqual(Float64Array.of(Number(text)))
      }
    }
    for (const text of ['[-0.0]', '[-0]']) expect(read('float', [text])[0]?.list).toEqual(Float32Array.of(-0))
    for (const text of [
      '[0.]',
      '[.5]',
      '[00.5]',
      '[0.5.5]',
      '[1,]',
      '[,1]',
      '[0.5 ,1]',
      '[0.5e]',
      '[+1.5]',
      '[null]',
      '7',
      '[1.5e400]',
    ]) {
      expect(read('float', [text])[0]?.list, text).toBeNull()
    }
  })

  test('lists of a batch lie behind one another in one buffer, also after a list that could not be read', () => {
    const list = (i: number) => `[${Array.from({ length: 100 }, (_, k) => `${i}.${k}`).join(',')}]`
    const texts = [list(1), list(2), '[1.5,x]', list(3), list(4)]
    // How much is needed is known from the first batch.
    const lists = read('float', [list(0), ...texts], 1, [1, 5]).map((r) => r.list as Float32Array)
    const [first, ...views] = lists.filter((l) => l !== null)
    expect(views.length).toBe(4)
    for (const [i, view] of views.entries()) {
      expect(view.buffer).toBe(views[0]?.buffer)
      expect(view.byteOffset - (views[0]?.byteOffset ?? 0)).toBe(i * 400)
    }
    expect(first?.[99]).toBe(Math.fround(0.99))
    expect(views.map((v) => v[7])).toEqual([1.7, 2.7, 3.7, 4.7].map(Math.fround))
  })

  test('a long list among short ones does not reserve memory beyond what the text can hold', () => {
    const long = `[${Array.from({ length: 50_000 }, () => '0').join(',')}]`
    const results = read('float', [long, ...Array.from({ length: 1_000 }, () => '[0.5]')])
    const buffers = new Set(results.map((r) => (r.list as Float32Array).buffer))
    const bytes = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0)
    expect(bytes).toBeLessThan(1_500_000)
    expect(results.at(-1)?.list).toEqual(Float32Array.of(0.5))
  })

  test('lists of lists are lists of views, at any depth', () => {
    const [pair, none, ragged, wrong, deep] = read(
      'float',
      ['[[0.5, 1],[2.25]]', '[]', '[[],[1.5]]', '[[1.5],2]', '[[1.5]]'],
      2,
    )
    expect(pair?.list).toEqual([Float32Array.of(0.5, 1), Float32Array.of(2.25)])
    expect(none?.list).toEqual([])
    expect(ragged?.list).toEqual([new Float32Array(0), Float32Array.of(1.5)])
    expect(wrong?.list).toBeNull()
    expect(deep?.list).toEqual([Float32Array.of(1.5)])
    expect(read('double', ['[[[1.5],[2]],[[3]]]'], 3)[0]?.list).toEqual([
      [Float64Array.of(1.5), Float64Array.of(2)],
      [Float64Array.of(3)],
    ])
    for (const text of ['[[1.5]', '[[1.5],]', '[1.5]', '[[1.5]x]'])
      expect(read('float', [text], 2)[0]?.list, text).toBeNull()
  })

  test('arrays of a batch stay good when the next batch is read', () => {
    const reader = new JsonReader(false)
    const lists = new NumberLists('float', reader)
    const kept: Float32Array[] = []
    for (const digit of ['1', '2']) {
      const bytes = bufferOf(Buffer.from(`[${digit}.5,${digit}.25]}`))
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      reader.attach(bytes, view)
      lists.begin(1)
      kept.push(lists.read(bytes, view, 0, 1) as Float32Array)
      lists.begin(0)
    }
    expect(kept).toEqual([Float32Array.of(1.5, 1.25), Float32Array.of(2.5, 2.25)])
  })
})
