import { isUtf8 } from 'node:buffer'
import type { EmbeddedLog, LogCursor } from '../../clients/log/log.ts'
import { boolean, integer, type OptionValues, text } from '../../config/option.ts'
import { bytesAt } from '../../core/bytes.ts'
import { type FrameBatch, sliceFrames } from '../../core/frames.ts'
import { decodeHeaders } from '../../core/headers.ts'
import { formatPosition } from '../../streams/position-text.ts'
import { existingTopic, logOptions, withLog } from '../log-file.ts'
import type { Printer } from '../printer.ts'
import { encodingOption, type RecordForm, recordForm } from '../record-encoding.ts'
import { defineVerb, type World } from '../verb.ts'

const BATCH_RECORDS = 1_000
/** Longest sleep of a waiting partition; appends wake it at once. */
const WAIT_MS = 60_000

const options = {
  ...logOptions,
  topic: text({ summary: 'Topic to read', examples: ['iris.predictions'] }),
  partition: integer({ summary: 'Only this partition', isOptional: true }, { min: 0 }),
  group: text({
    summary: 'Consumer group: goes on where it stopped and commits what is printed; without one nothing is committed',
    isOptional: true,
    examples: ['script'],
  }),
  from: text(
    {
      summary: 'Where to start: earliest, latest or a position; a group goes on from its own unless this is given',
      isOptional: true,
      examples: ['earliest', 'latest', '1042'],
    },
    { regex: /^(?:earliest|latest|\d{1,15})$/, form: '"earliest", "latest" or a whole number from 0' },
  ),
  max: integer({ summary: 'End after this many', unit: 'records', isOptional: true }, { min: 0 }),
  follow: boolean({ summary: 'Wait for more at the end of the topic, until Ctrl-C', default: true }),
  headers: boolean({ summary: 'Print position, key and headers before each value', default: false }),
  ...encodingOption,
}

/** Prints the records of a topic. */
export const receiveVerb = defineVerb({
  name: 'receive',
  summary: 'Print the values of a topic, one a line, and wait for more',
  description:
    'With --json every record is an object with its place, time, key and headers; its value is "value" when it is JSON, else "text", or "base64" when it is no text.',
  operands: [],
  options,
  examples: [
    { command: 'millrace receive --topic iris.predictions', summary: 'everything, and what comes in from now on' },
    {
      command: 'millrace receive --topic orders --no-follow --json',
      summary: 'what is there, with places and headers',
    },
    { command: 'millrace receive --topic orders --group script --max 10', summary: 'the next ten of group "script"' },
  ],
  run: async ({ world, options, print }) => {
    const form = await recordForm(world, options.encoding)
    await withLog(world, options.path, false, (log) => new Receiver({ world, log, options, print, form }).run())
    return 0
  },
})

interface ReceiverParts {
  readonly world: World
  readonly log: EmbeddedLog
  readonly options: OptionValues<typeof options>
  readonly print: Printer
  readonly form: RecordForm | null
}

/** Prints all partitions; each is read in order, and they take turns. */
class Receiver {
  readonly #parts: ReceiverParts
  #left: number

  constructor(parts: ReceiverParts) {
    this.#parts = parts
    this.#left = parts.options.max ?? Number.POSITIVE_INFINITY
  }

  async run(): Promise<void> {
    const { world, options } = this.#parts
    const cursors = this.#cursors()
    while (this.#left > 0 && !world.stop.aborted) {
      let printed = 0
      for (const [partition, cursor] of cursors) printed += await this.#printNext(partition, cursor)
      if (printed > 0) continue
      if (!options.follow) return
      await this.#wait(cursors)
    }
  }

  #cursors(): Map<number, LogCursor> {
    const { log, options } = this.#parts
    const { topic, partition } = options
    const { partitions } = existingTopic(log, topic)
    const chosen = partition === undefined ? Array.from({ length: partitions }, (_, i) => i) : [partition]
    return new Map(chosen.map((one) => [one, log.cursor(topic, one, this.#startOf(one), 'earliest')]))
  }

  #startOf(partition: number): number {
    const { log, options } = this.#parts
    const { topic, from, group } = options
    const committed = group === undefined || from !== undefined ? null : log.committed(group, topic, partition)
    if (committed !== null) return committed
    if (from === 'latest') return log.endPosition(topic, partition)
    const start = log.startPosition(topic, partition)
    return from === undefined || from === 'earliest' ? start : Math.max(start, Number(from))
  }

  /** Prints the next batch of a partition and commits it: what was printed is done. */
  async #printNext(partition: number, cursor: LogCursor): Promise<number> {
    const { log, options, print } = this.#parts
    const limit = Math.min(BATCH_RECORDS, this.#left)
    if (limit === 0) return 0
    const read = cursor.read(limit)
    const batch = sliceFrames(read, 0, Math.min(read.length, limit))
    if (batch.length === 0) return 0
    this.#left -= batch.length
    const lines = Array.from({ length: batch.length }, (_, i) => this.#lineOf(partition, batch, i))
    await print.bytes(Buffer.concat(lines))
    if (options.group !== undefined) {
      const transaction = log.begin()
      transaction.commitPosition(options.group, options.topic, partition, batch.end)
      await transaction.commit()
    }
    return batch.length
  }

  #lineOf(partition: number, batch: FrameBatch, i: number): Buffer {
    const { options, print, form } = this.#parts
    const value = bytesAt(batch.values, i)
    const key = batch.keys && bytesAt(batch.keys, i)
    const position = batch.positions[i] as number
    const headers = [...decodeHeaders(batch.headers && bytesAt(batch.headers, i))].map(([name, bytes]) => [
      name,
      textOf(bytes),
    ])
    if (print.isJson) {
      const place = { topic: options.topic, partition, position, timestampMs: batch.timestampsMs?.[i] ?? null }
      const record = {
        ...place,
        key: key && textOf(key),
        headers: Object.fromEntries(headers),
        ...content(value, form),
      }
      return Buffer.from(`${JSON.stringify(record, jsonValue)}\n`)
    }
    const shown = form && value !== null ? Buffer.from(JSON.stringify(form.valueOf(value), jsonValue)) : value
    const place = formatPosition(options.topic, partition, position)
    const before = options.headers
      ? [place, key === null ? '-' : textOf(key), ...headers.map(([name, text]) => `${name}=${text}`), ''].join('\t')
      : ''
    return Buffer.concat([Buffer.from(before), shown ?? Buffer.alloc(0), Buffer.from('\n')])
  }

  /** Until any partition has more, or the user stops. */
  async #wait(cursors: ReadonlyMap<number, LogCursor>): Promise<void> {
    const { world, log, options } = this.#parts
    const done = new AbortController()
    const signal = AbortSignal.any([done.signal, world.stop])
    const waits = [...cursors].map(([partition, cursor]) =>
      log.waitForAppend(options.topic, partition, cursor.position, WAIT_MS, signal),
    )
    await Promise.race(waits)
    done.abort()
    await Promise.all(waits)
  }
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
