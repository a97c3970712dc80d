import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compressions } from '../../../src/clients/kafka/compression.ts'
import { decodeRecordSet } from '../../../src/clients/kafka/record-batch.ts'
import { bytesAt } from '../../../src/core/bytes.ts'
import type { FrameBatch } from '../../../src/core/frames.ts'

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
