import { isUtf8 } from 'node:buffer'
import { boolean, integer, type OptionValues, text } from '../../config/option.ts'
import { bytesAt } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type FrameBatch, sliceFrames } from '../../core/frames.ts'
import { decodeHeaders } from '../../core/headers.ts'
import { formatPosition } from '../../streams/position-text.ts'
import type { Printer } from '../printer.ts'
import { encodingOption, type RecordForm, recordForm } from '../record-encoding.ts'
import { timeOption } from '../times.ts'
import { placeOptions, TOPIC_FORMS, withTopic } from '../topics/topic-address.ts'
import type { TopicReader, TopicStore } from '../topics/topic-store.ts'
import { unlessStopped } from '../unless-stopped.ts'
import { defineVerb, type World } from '../verb.ts'

const BATCH_RECORDS = 1_000
/** Longest sleep of a waiting partition; appends wake it at once. */
const WAIT_MS = 1_000

const options = {
  ...placeOptions,
  topic: text({ summary: 'Topic to read', examples: ['iris.predictions', 'kafka:127.0.0.1:9092/iris'] }),
  partition: integer({ summary: 'Only this partition', isOptional: true }, { min: 0 }),
  group: text({
    summary: 'Consumer group: goes on where it stopped and commits what is printed; without one nothing is committed',
    isOptional: true,
    examples: ['script'],
  }),
  from: text({
    summary:
      'Where to start: earliest, latest, a position, or a time (ISO 8601); a group goes on from its own unless this is given',
    isOptional: true,
    examples: ['earliest', 'latest', '1042', '2026-01-01T00:00:00Z'],
  }),
  max: integer({ summary: 'End after this many', unit: 'records', isOptional: true }, { min: 0 }),
  follow: boolean({ summary: 'Wait for more at the end of the topic, until Ctrl-C', default: true }),
  idleMs: integer({ summary: 'End when nothing came for so long', unit: 'milliseconds', isOptional: true }, { min: 1 }),
  headers: boolean({ summary: 'Print position, key and headers before each value', default: false }),
  ...encodingOption,
}

/** Prints the records of a topic. */
export const receiveVerb = defineVerb({
  name: 'receive',
  summary: 'Print the values of a topic, one a line, and wait for more',
  description:
    'With --json every record is an object with its place, time, key and headers; its value is "value" when it is JSON, else "text", or "base64" when it is no text.\n\n' +
    TOPIC_FORMS,
  operands: [],
  options,
  endsInOrder: true,
  examples: [
    { command: 'millrace receive --topic iris.predictions', summary: 'everything, and what comes in from now on' },
    {
      command: 'millrace receive --topic orders --no-follow --json',
      summary: 'what is there, with places and headers',
    },
    { command: 'millrace receive --topic orders --group script --max 10', summary: 'the next ten of group "script"' },
    {
      command: 'millrace receive --topic kafka:127.0.0.1:9092/orders --from 2026-01-01T00:00:00Z --idle-ms 5000',
      summary: 'of a Kafka cluster, from a time on, until nothing came for five seconds',
    },
  ],
  run: async ({ world, options, print }) => {
    const form = await recordForm(world, options.encoding)
    const start = startOption(options.from)
    await withTopic(world, options.topic, options, ({ store, topic }) =>
      new Receiver({ world, store, topic, options, print, form, start }).run(),
    )
    return 0
  },
})

type Start = 'earliest' | 'latest' | number | { readonly timestampMs: number } | null

function startOption(text: string | undefined): Start {
  if (text === undefined) return null
  if (text === 'earliest' || text === 'latest') return text
  if (/^\d{1,15}$/.test(text)) return Number(text)
  if (/^\d{4}-/.test(text)) return { timestampMs: timeOption('from', text) }
  const reason = `option "--from" is ${JSON.stringify(text)}, expected earliest, latest, a position, or a time such as 2026-01-01T00:00:00Z`
  throw new MillraceError('CLI_OPTION_WRONG', { reason })
}

interface ReceiverParts {
  readonly world: World
  readonly store: TopicStore
  readonly topic: string
  readonly options: OptionValues<typeof options>
  readonly print: Printer
  readonly form: RecordForm | null
  readonly start: Start
}

/** A batch of a partition; its reader went on to `position`. */
interface Read {
  readonly partition: number
  readonly batch: FrameBatch
}

/** Prints all partitions; each is read in order, and whichever has records comes next. */
class Receiver {
  readonly #parts: ReceiverParts
  readonly #readers = new Map<number, TopicReader>()
  /** Reads under way, by partition. */
  readonly #reads = new Map<number, Promise<Read>>()
  #left: number

  constructor(parts: ReceiverParts) {
    this.#parts = parts
    this.#left = parts.options.max ?? Number.POSITIVE_INFINITY
  }

  async run(): Promise<void> {
    const { world, options } = this.#parts
    const ends = await unlessStopped(world.stop, this.#open())
    const stopped = new Promise<null>((resolve) => world.stop.addEventListener('abort', () => resolve(null)))
    let emptySinceMs = world.clock.monotonicMs()
    try {
      while (this.#left > 0 && !world.stop.aborted) {
        this.#readOn(options.follow ? null : ends)
        if (this.#reads.size === 0) return
        const read = await Promise.race([...this.#reads.values(), stopped])
        if (read === null) return
        this.#reads.delete(read.partition)
        const nowMs = world.clock.monotonicMs()
        if (read.batch.length > 0) {
          await this.#print(read)
          emptySinceMs = world.clock.monotonicMs()
        } else if (options.idleMs !== undefined && this.#idleMs(read, nowMs - emptySinceMs) >= options.idleMs) return
      }
    } finally {
      for (const reader of this.#readers.values()) reader.interrupt()
      await Promise.allSettled(this.#reads.values())
      await Promise.all([...this.#readers.values()].map((reader) => reader.close()))
    }
  }

  /** For how long nothing came to any of the partitions that are read; `emptyMs` where their readers do not tell. */
  #idleMs({ partition }: Read, emptyMs: number): number {
    const read = [partition, ...this.#reads.keys()]
    return Math.min(...read.map((one) => this.#readers.get(one)?.idleMs ?? emptyMs))
  }

  /** Opens the readers; returns the ends of all partitions as of before. */
  async #open(): Promise<number[]> {
    const { store, topic, options, start } = this.#parts
    const [earliest, latest] = [await store.positions(topic, 'earliest'), await store.positions(topic, 'latest')]
    const timed = typeof start === 'object' && start !== null ? await store.positions(topic, start) : []
    const { group, partition } = options
    const committed = group === undefined || start !== null ? [] : await store.committed(group, topic)
    const chosen = partition === undefined ? earliest.map((_, i) => i) : [partition]
    for (const one of chosen) {
      const first = earliest[one]
      if (first === undefined) throw partitionUnknown(topic, one, earliest.length)
      const last = latest[one] as number
      const from = timed[one] ?? committed[one] ?? (start === 'latest' ? last : first)
      const position = typeof start === 'number' ? Math.min(last, Math.max(first, start)) : from
      this.#readers.set(one, await store.reader(topic, one, position))
    }
    return latest
  }

  /** Has every partition read that is not at its end; null = none ever is. */
  #readOn(ends: readonly number[] | null): void {
    const { idleMs } = this.#parts.options
    const waitMs = Math.min(WAIT_MS, idleMs ?? WAIT_MS)
    for (const [partition, reader] of this.#readers) {
      if (this.#reads.has(partition) || (ends && reader.position >= (ends[partition] as number))) continue
      const read = reader
        .next(Math.min(BATCH_RECORDS, this.#left), waitMs)
        .then((batch): Read => ({ partition, batch }))
      read.catch(() => {}) // told by the race
      this.#reads.set(partition, read)
    }
  }

  /** Prints a batch and commits it: what was printed is done. */
  async #print({ partition, batch: read }: Read): Promise<void> {
    const { store, topic, options, print } = this.#parts
    const batch = sliceFrames(read, 0, Math.min(read.length, this.#left))
    this.#left -= batch.length
    await this.#parts.form?.prepareRecords(batch.values)
    const lines = Array.from({ length: batch.length }, (_, i) => this.#lineOf(partition, batch, i))
    await print.bytes(Buffer.concat(lines))
    if (options.group !== undefined) await store.commit(options.group, topic, partition, batch.end)
  }

  #lineOf(partition: number, batch: FrameBatch, i: number): Buffer {
    const { topic, options, print, form } = this.#parts
    const value = bytesAt(batch.values, i)
    const key = batch.keys && bytesAt(batch.keys, i)
    const position = batch.positions[i] as number
    const headers = [...decodeHeaders(batch.headers && bytesAt(batch.headers, i))].map(([name, bytes]) => [
      name,
      textOf(bytes),
    ])
    if (print.isJson) {
      const place = { topic, partition, position, timestampMs: batch.timestampsMs?.[i] ?? null }
      const record = {
        ...place,
        key: key && textOf(key),
        headers: Object.fromEntries(headers),
        ...content(value, form),
      }
      return Buffer.from(`${JSON.stringify(record, jsonValue)}\n`)
    }
    const shown = form && value !== null ? Buffer.from(JSON.stringify(form.valueOf(value), jsonValue)) : value
    const place = formatPosition(topic, partition, position)
    const before = options.headers
      ? [place, key === null ? '-' : textOf(key), ...headers.map(([name, text]) => `${name}=${text}`), ''].join('\t')
      : ''
    return Buffer.concat([Buffer.from(before), shown ?? Buffer.alloc(0), Buffer.from('\n')])
  }
}

function partitionUnknown(topic: string, partition: number, partitions: number): MillraceError {
  const reason = `there is no partition ${partition} of topic "${topic}", which has ${partitions}, from 0`
  return new MillraceError('CLI_OPTION_WRONG', { reason })
}

/** A value as a member of a JSON object, under a name that tells its form. */
function content(value: Uint8Array | null, form: RecordForm | null): Record<string, unknown> {
  if (value === null) return { value: null }
  if (form) return { value: form.valueOf(value) }
  if (!isUtf8(value)) return { base64: Buffer.from(value).toString('base64') }
  const text = textOf(value)
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { text }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function jsonValue(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return value
}
