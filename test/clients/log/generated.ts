import { type BytesColumn, bytesAt, NO_VALUE } from '../../../src/core/bytes.ts'
import type { FrameBatch } from '../../../src/core/frames.ts'
import { seeded } from '../../random.ts'

/** Seeded choices. */
export class Random {
  /** From 0 to 1, exclusive. */
  readonly next: () => number

  constructor(seed: number) {
    this.next = seeded(seed)
  }

  /** A whole number from 0 to `end`, exclusive. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }

  bytes(maxLength: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(maxLength + 1) }, () => this.below(256)))
  }
}

/** A record as the tests compare it. */
export interface PlainRecord {
  readonly position: number
  readonly value: string | null
  readonly key: string | null
  readonly header: string | null
  readonly timeMs: number | null
}

const textOf = (column: BytesColumn | null, i: number): string | null => {
  const bytes = column && bytesAt(column, i)
  return bytes ? Buffer.from(bytes).toString('latin1') : null
}

/** The records of a batch, one by one. */
export function plain(batch: FrameBatch): PlainRecord[] {
  return Array.from({ length: batch.length }, (_, i) => ({
    position: batch.positions[i] as number,
    value: textOf(batch.values, i),
    key: textOf(batch.keys, i),
    header: textOf(batch.headers, i),
    timeMs: batch.timestampsMs?.[i] ?? null,
  }))
}

/** Entries in a shuffled order with gaps between them, some null: everything that a BytesColumn allows. */
export function column(random: Random, values: readonly (Buffer | null)[]): BytesColumn {
  const order = values.map((_, i) => i)
  if (random.below(2)) order.sort(() => random.next() - 0.5)
  const gap = random.below(3)
  const parts: Buffer[] = []
  const starts = new Int32Array(values.length)
  const ends = new Int32Array(values.length)
  let at = 0
  for (const i of order) {
    const value = values[i] as Buffer | null
    starts[i] = at
    ends[i] = value === null ? NO_VALUE : at + value.length
    parts.push(value ?? Buffer.alloc(0), Buffer.alloc(gap, 0xee))
    at += (value?.length ?? 0) + gap
  }
  return { bytes: Buffer.concat(parts), starts, ends, length: values.length }
}

/** Entries that mostly begin with the same bytes; some are null, some are shorter than that, now and then one differs within it. */
export function prefixedEntries(random: Random, length: number): (Buffer | null)[] {
  const prefix = random.bytes(90)
  const differs = random.below(4) === 0
  const isShort = random.below(4) === 0
  return Array.from({ length }, () => {
    if (random.below(6) === 0) return null
    if (isShort && random.below(4) === 0) return Buffer.from(prefix.subarray(0, random.below(prefix.length + 1)))
    const entry = Buffer.concat([prefix, random.bytes(random.pick([0, 4, 30]))])
    if (differs && random.below(3) === 0 && entry.length > 0) entry[random.below(entry.length)]! ^= 1
    return entry
  })
}

/** A batch of `length` random records; keys come from a small set. */
export function randomBatch(random: Random, length: number, maxValueBytes = 60): FrameBatch {
  const nullable = (make: () => Buffer) => () => (random.below(5) === 0 ? null : make())
  const entries = (make: () => Buffer | null) => column(random, Array.from({ length }, make))
  const times = random.below(3)
  const headers = random.below(3)
  const base = 1e12 + random.below(1000)
  const positions = Float64Array.from({ length }, (_, i) => i)
  return {
    length,
    values: entries(nullable(() => random.bytes(maxValueBytes))),
    keys: random.below(3) ? entries(nullable(() => Buffer.from(`k${random.below(12)}`))) : null,
    headers:
      headers === 0
        ? null
        : headers === 1
          ? entries(nullable(() => random.bytes(10)))
          : column(random, prefixedEntries(random, length)),
    timestampsMs:
      times === 0 ? null : Float64Array.from({ length }, () => base + (times === 1 ? 0 : random.next() * 50)),
    positions,
    end: length,
  }
}

/** A batch of texts; null is a record without a value. */
export function texts(
  values: readonly (string | null)[],
  extra: { keys?: readonly (string | null)[]; timestampsMs?: readonly number[] } = {},
): FrameBatch {
  const random = new Random(1)
  const columnOf = (entries: readonly (string | null)[]) =>
    column(
      random,
      entries.map((entry) => (entry === null ? null : Buffer.from(entry))),
    )
  return {
    length: values.length,
    values: columnOf(values),
    keys: extra.keys ? columnOf(extra.keys) : null,
    headers: null,
    timestampsMs: extra.timestampsMs ? Float64Array.from(extra.timestampsMs) : null,
    positions: Float64Array.from(values, (_, i) => i),
    end: values.length,
  }
}

/** Values of a batch as texts. */
export function valuesOf(batch: FrameBatch): (string | null)[] {
  return plain(batch).map((record) => record.value)
}
