import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compressions } from '../../../src/clients/kafka/compression.ts'
import { decodeRecordSet, endOfRecordSet, readRecordSet } from '../../../src/clients/kafka/record-batch.ts'
import { stampProducer } from '../../../src/clients/kafka/record-batch-builder.ts'
import { bytesAt, columnOf } from '../../../src/core/bytes.ts'
import { type FrameBatch, framesOf } from '../../../src/core/frames.ts'
import { encodeRecordBatch } from '../../support/record-batch-encoder.ts'

const golden = (name: string) => readFileSync(join(import.meta.dirname, '../../golden/kafka/record-batches', name))
const all = { from: 0, abortedTransactions: [], place: 'orders/3' }
const text = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString() : null)

/** Records as texts, over all batches. */
function rows(batches: readonly FrameBatch[]) {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, i) => ({
      offset: batch.positions[i] as number,
      time: batch.timestampsMs?.[i],
      key: text(batch.keys && bytesAt(batch.keys, i)),
      value: text(bytesAt(batch.values, i)),
      headers: text(batch.headers && bytesAt(batch.headers, i)),
    })),
  )
}

/** A header in the form of core/headers.ts. */
const header = (name: string, value: string | null) => {
  const size = Buffer.from(value ?? '')
  const bytes = Buffer.alloc(6 + Buffer.byteLength(name) + size.length)
  bytes.writeUInt16LE(Buffer.byteLength(name))
  bytes.write(name, 2)
  bytes.writeUInt32LE(value === null ? 2 ** 32 - 1 : size.length, 2 + Buffer.byteLength(name))
  size.copy(bytes, 6 + Buffer.byteLength(name))
  return bytes.toString()
}

/** What the Java program wrote, see origin.json. */
function written() {
  let long = ''
  for (let i = 0; i < 3000; i++) long += `row ${i % 37} ${(i * 7919) % 1009};`
  const none = { headers: null }
  return [
    { offset: 40, time: 1700000000000, key: 'k0', value: '{"a":1}', ...none },
    { offset: 41, time: 1700000000005, key: null, value: 'no key', headers: header('trace', 'x1') },
    {
      offset: 42,
      time: 1699999999990,
      key: 'k2',
      value: null,
      headers: header('a', '1') + header('a', '2') + header('none', null) + header('leer', ''),
    },
    { offset: 43, time: 1800000000000, key: '', value: '', ...none },
    { offset: 44, time: 1700000000007, key: 'long', value: long, headers: header('ö', 'ü') },
    ...Array.from({ length: 500 }, (_, i) => ({
      offset: 45 + i,
      time: 1700000000010 + i,
      key: `k${i % 10}`,
      value: `{"sepal_length":${((i % 80) / 10).toFixed(1)},"n":${i}}`,
      headers: null,
    })),
  ]
}

describe('batches of the Java client', () => {
  test.each(compressions)('compressed with %s are read to the last byte', (compression) => {
    const batches = decodeRecordSet(golden(`${compression}.bin`), all)
    expect(rows(batches)).toEqual(written())
    expect(batches.at(-1)?.end).toBe(545)
  })

  test('with the time at which the broker appended them have that time', () => {
    expect(rows(decodeRecordSet(golden('append-time.bin'), all))).toEqual(
      written().map((row) => ({ ...row, time: 1720000000000 })),
    )
  })

  test('of formats 0 and 1 are refused by name', () => {
    for (const magic of [0, 1]) {
      expect(() => decodeRecordSet(golden(`format-${magic}.bin`), all)).toThrow(
        `the records at offset 0 of orders/3 are in message format ${magic} of brokers before 0.11`,
      )
    }
  })

  test('lie open as views of the set, wherever they begin and with those before the wanted offset left out', () => {
    const bytes = golden('none.bin')
    const [batch] = decodeRecordSet(bytes, { ...all, from: 44 })
    expect(batch?.values.bytes.buffer).toBe(bytes.buffer)
    expect(rows(batch ? [batch] : [])).toEqual(written().slice(4))
    expect(decodeRecordSet(bytes, { ...all, from: 545 })).toEqual([])
  })
})

test('open batches are one, and so are small compressed ones', () => {
  for (const name of ['none.bin', 'lz4.bin']) {
    const next = Buffer.from(golden(name))
    next.writeBigInt64BE(545n)
    const batches = decodeRecordSet(Buffer.concat([golden(name), next]), all)
    expect(batches).toHaveLength(1)
    const again = written().map((row) => ({ ...row, offset: row.offset + 505 }))
    expect(rows(batches)).toEqual([...written(), ...again])
  }
})

describe('a set that a fetch has cut', () => {
  const whole = golden('transactions.bin')
  test('gives the batches that are whole, wherever it was cut', () => {
    const expected = rows(decodeRecordSet(whole, { ...all, abortedTransactions: null })).map(({ value }) => value)
    for (let length = 0; length < whole.length; length++) {
      const batches = decodeRecordSet(whole.subarray(0, length), { ...all, abortedTransactions: null })
      const values = rows(batches).map(({ value }) => value)
      expect(values).toEqual(expected.slice(0, values.length))
      expect(batches.at(-1)?.end ?? 0).toBeGreaterThanOrEqual(values.length === 0 ? 0 : 11 + values.length - 1)
    }
  })
})

describe('transactions', () => {
  const aborted = [{ producerId: 7n, firstOffset: 10 }]
  const values = (options: object) =>
    rows(decodeRecordSet(golden('transactions.bin'), { ...all, ...options })).map(({ offset, value }) => [
      offset,
      value,
    ])

  test('that were aborted are left out, with all markers, and the end is beyond the last one', () => {
    expect(values({ abortedTransactions: aborted })).toEqual([
      [12, 'committed0'],
      [13, 'committed1'],
      [14, 'plain'],
      [16, 'again'],
    ])
    const batches = decodeRecordSet(golden('transactions.bin'), { ...all, abortedTransactions: aborted })
    expect(batches.at(-1)?.end).toBe(19)
  })

  test('are all there without isolation, but for the markers', () => {
    expect(values({ abortedTransactions: null }).map(([offset]) => offset)).toEqual([10, 11, 12, 13, 14, 16])
  })

  test('that leave nothing give one empty batch with the end', () => {
    const markers = decodeRecordSet(golden('transactions.bin'), { ...all, from: 17, abortedTransactions: [] })
    expect(markers.map(({ length, end }) => [length, end])).toEqual([[0, 19]])
  })
})

const producer = { producerId: 7n, producerEpoch: 0, baseSequence: 0, isTransactional: true }

/** Texts as one batch at `offset`. */
function batchOf(offset: number, values: readonly string[], settings = {}): Buffer {
  const frames = framesOf(columnOf(values.map((value) => Buffer.from(value))))
  const batch = encodeRecordBatch(frames, 0, values.length, { ...producer, compression: 'none', nowMs: 0, ...settings })
  batch.writeBigInt64BE(BigInt(offset))
  return batch
}

/** The end of a transaction: 0 = abort, 1 = commit. */
function markerAt(offset: number, type: 0 | 1): Buffer {
  const frames = { ...framesOf(columnOf([Buffer.alloc(6)])), keys: columnOf([Buffer.of(0, 0, 0, type)]) }
  const batch = encodeRecordBatch(frames, 0, 1, { ...producer, compression: 'none', nowMs: 0 })
  batch.writeBigInt64BE(BigInt(offset))
  batch.writeInt16BE(0x20, 21)
  stampProducer(batch, producer)
  return batch
}

/** The values that a set gives, and the reason why it gives no more. */
function valuesUntilDamage(set: Buffer, options: object = {}) {
  const values: (string | null)[] = []
  let end = 0
  try {
    for (const batch of readRecordSet(set, { ...all, ...options })) {
      values.push(...rows([batch]).map(({ value }) => value))
      end = batch.end
    }
    return { values, end, damage: null }
  } catch (thrown) {
    return { values, end, damage: (thrown as Error).message }
  }
}

test('the last record of a batch may be the first that is wanted', () => {
  const set = Buffer.concat([batchOf(5, ['a', 'b']), batchOf(7, ['c'])])
  for (const [from, values] of [
    [6, ['b', 'c']],
    [7, ['c']],
    [8, []],
  ] as const) {
    expect(valuesUntilDamage(set, { from, abortedTransactions: null }).values).toEqual(values)
  }
})

describe('an abort marker', () => {
  const aborted = [{ producerId: 7n, firstOffset: 10 }]
  const committed = [batchOf(13, ['kept']), batchOf(14, ['kept too']), markerAt(15, 1)]

  test('at the begin of a set is that of a transaction before it: what the producer committed later is given', () => {
    const set = Buffer.concat([markerAt(12, 0), ...committed])
    const read = decodeRecordSet(set, { ...all, from: 12, abortedTransactions: aborted })
    expect(rows(read).map(({ value }) => value)).toEqual(['kept', 'kept too'])
    expect(read.at(-1)?.end).toBe(16)
  })

  test('of which the records were compacted away does the same in the middle of a set', () => {
    const set = Buffer.concat([batchOf(5, ['before'], { isTransactional: false }), markerAt(12, 0), ...committed])
    expect(valuesUntilDamage(set, { abortedTransactions: aborted }).values).toEqual(['before', 'kept', 'kept too'])
  })

  test('ends one transaction and not the next', () => {
    const set = Buffer.concat([markerAt(12, 0), batchOf(13, ['x']), markerAt(14, 0), batchOf(15, ['kept'])])
    const two = [...aborted, { producerId: 7n, firstOffset: 13 }]
    expect(valuesUntilDamage(set, { abortedTransactions: two }).values).toEqual(['kept'])
  })
})

describe('a damaged batch', () => {
  const flipped = (batch: Buffer, at: number, bit: number) => {
    const other = Buffer.from(batch)
    other[at] = (other[at] as number) ^ bit
    return other
  }
  const good = [batchOf(0, ['a', 'b']), batchOf(2, ['c'])]
  const cases: readonly (readonly [string, Buffer])[] = [
    ['a flipped sign of its count', flipped(batchOf(3, ['d']), 57, 0x80)],
    ['a count that became 0', flipped(batchOf(3, ['d']), 60, 1)],
    ['the control bit', flipped(batchOf(3, ['d']), 22, 0x20)],
    ['another value', flipped(batchOf(3, ['d']), 68, 1)],
    ['another format', flipped(batchOf(3, ['d']), 16, 8)],
    ['another offset', flipped(batchOf(3, ['d']), 7, 2)],
  ]

  test.each(cases)('with %s is an error behind the records before it, with and without isolation', (_, bad) => {
    for (const abortedTransactions of [[], null]) {
      const set = Buffer.concat([...good, bad, batchOf(4, ['e'])])
      const read = valuesUntilDamage(set, { abortedTransactions })
      expect(read).toMatchObject({ values: ['a', 'b', 'c'], end: 3, damage: expect.stringContaining('orders/3') })
      expect(endOfRecordSet(set, 'orders/3')).toBeGreaterThanOrEqual(3)
    }
  })

  test('with records that contradict themselves is an error behind those before it, also in one compressed run', () => {
    for (const compression of ['none', 'lz4'] as const) {
      const wrong = batchOf(3, ['d', 'd'], { compression })
      wrong.writeInt32BE(0, 23) // the last offset: the second record lies beyond it
      stampProducer(wrong, producer)
      const set = Buffer.concat([...[['a', 'b'], ['c']].map((v, i) => batchOf(2 * i, v, { compression })), wrong])
      expect(valuesUntilDamage(set)).toMatchObject({
        values: ['a', 'b', 'c'],
        end: 3,
        damage: expect.stringContaining('offset 4'),
      })
    }
  })
})

test('what is damaged is refused with the offset of its batch', () => {
  const bytes = golden('none.bin')
  bytes[100] = (bytes[100] as number) ^ 1
  expect(() => decodeRecordSet(bytes, all)).toThrow(
    /^the record batch at offset 40 of orders\/3 is damaged: its checksum/,
  )
})

test('a batch that becomes larger than allowed is refused before it is unpacked', () => {
  for (const compression of compressions.slice(1)) {
    expect(() => decodeRecordSet(golden(`${compression}.bin`), { ...all, maxBatchBytes: 50_000 })).toThrow(
      `its ${compression} piece cannot be read`,
    )
    expect(rows(decodeRecordSet(golden(`${compression}.bin`), { ...all, maxBatchBytes: 52_000 }))).toHaveLength(505)
  }
})
