import type { EmbeddedLog } from '../../clients/log/log.ts'
import { boolean, integer, map, type OptionValues, text } from '../../config/option.ts'
import { type BytesColumn, columnOf } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type FrameBatch, framesOf } from '../../core/frames.ts'
import { encodeHeaders } from '../../core/headers.ts'
import { type Lines, linesOf } from '../lines.ts'
import { existingTopic, logOptions, withLog } from '../log-file.ts'
import { partitionOfKey } from '../partition-of-key.ts'
import { Progress } from '../progress.ts'
import { encodingOption, parsedJson, type RecordForm, recordForm } from '../record-encoding.ts'
import { defineVerb } from '../verb.ts'

const options = {
  ...logOptions,
  topic: text({ summary: 'Topic to append to', examples: ['iris'] }),
  file: text({ summary: 'File with the lines; - is standard input', default: '-' }),
  key: text({ summary: 'Key of every record', isOptional: true }),
  keyField: text({ summary: 'Field of the JSON lines that holds the key', isOptional: true }),
  partition: integer(
    { summary: 'Partition for all records; by default the key chooses, or they take turns', isOptional: true },
    { min: 0 },
  ),
  header: map(text({ summary: 'Value of the header' }), { summary: 'Header of every record', default: {} }),
  create: boolean({ summary: 'Make the topic when there is none', default: false }),
  ...encodingOption,
}

/** Appends lines to a topic. */
export const sendVerb = defineVerb({
  name: 'send',
  summary: 'Append each line of a file or of standard input to a topic, as one record',
  operands: [],
  options,
  examples: [
    {
      command: `echo '{"sepal_length": 5.1}' | millrace send --topic iris --create`,
      summary: 'one record; the topic is made when there is none',
    },
    { command: 'millrace send --topic orders --file orders.jsonl --key-field customer', summary: 'a file, with keys' },
    {
      command: `millrace send --topic wine --file wine.jsonl --encoding '{"type":"protobuf","file":"wine.proto","message":"WineRecord"}'`,
      summary: 'JSON lines as protobuf records',
    },
  ],
  run: async ({ world, options, print }) => {
    const form = await recordForm(world, options.encoding)
    const progress = new Progress(print, world.clock)
    const sent = await withLog(world, options.path, options.create, async (log) => {
      if (options.create && log.topic(options.topic) === null) log.createTopic(options.topic)
      const sender = new Sender(log, options, form)
      try {
        for await (const lines of linesOf(world, options.file)) {
          await sender.send(lines)
          await progress.at(sender.records, 'sent')
        }
      } finally {
        await progress.end()
      }
      return sender
    })
    const { records, bytes } = sent
    if (world.stop.aborted)
      throw new MillraceError('CLI_STOPPED', { done: `${records} records are in ${options.topic}` })
    if (print.isJson) await print.json({ topic: options.topic, records, bytes })
    else await print.note(`sent ${records} ${records === 1 ? 'record' : 'records'} to ${options.topic}`)
    return 0
  },
})

/** Turns lines into batches and appends them; the lines that came in together are one commit. */
class Sender {
  records = 0
  bytes = 0
  readonly #log: EmbeddedLog
  readonly #options: OptionValues<typeof options>
  readonly #form: RecordForm | null
  readonly #partitions: number
  readonly #headers: Uint8Array | null
  #turn = 0

  constructor(log: EmbeddedLog, options: OptionValues<typeof sendVerb.options>, form: RecordForm | null) {
    this.#log = log
    this.#options = options
    this.#form = form
    this.#partitions = existingTopic(log, options.topic).partitions
    const headers = Object.entries(options.header)
    this.#headers = headers.length === 0 ? null : encodeHeaders(headers)
  }

  async send(lines: Lines): Promise<void> {
    const { topic } = this.#options
    const keys = lines.map((line, i) => this.#keyOf(line, this.records + i))
    const chosen = keys.map((key) => this.#partitionFor(key))
    const values = this.#form ? lines.map((line, i) => this.#encoded(line, this.records + i)) : lines
    const transaction = this.#log.begin()
    for (const partition of new Set(chosen)) {
      const indexes = chosen.flatMap((one, i) => (one === partition ? [i] : []))
      transaction.append(topic, partition, this.#batch(indexes, values, keys))
    }
    await transaction.commit()
    this.records += lines.length
    for (const value of values) this.bytes += value.length
  }

  #batch(indexes: readonly number[], values: Lines, keys: readonly (Uint8Array | null)[]): FrameBatch {
    const column = (items: readonly (Uint8Array | null)[]): BytesColumn =>
      columnOf(indexes.map((i) => items[i] ?? null))
    const hasKeys = this.#options.key !== undefined || this.#options.keyField !== undefined
    return {
      ...framesOf(column(values)),
      keys: hasKeys ? column(keys) : null,
      headers: this.#headers === null ? null : columnOf(indexes.map(() => this.#headers)),
    }
  }

  #keyOf(line: Uint8Array, index: number): Uint8Array | null {
    const { key, keyField } = this.#options
    if (keyField === undefined) return key === undefined ? null : Buffer.from(key)
    const value = this.#placed(index, () => parsedJson(line))
    const field = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[keyField] : undefined
    if (field === undefined || field === null) {
      const reason = `it has no field "${keyField}" for the key`
      throw new MillraceError('CLI_INPUT_WRONG', { place: `line ${index + 1}`, reason })
    }
    return Buffer.from(typeof field === 'string' ? field : JSON.stringify(field))
  }

  #partitionFor(key: Uint8Array | null): number {
    if (this.#options.partition !== undefined) return this.#options.partition
    return key === null ? this.#turn++ % this.#partitions : partitionOfKey(key, this.#partitions)
  }

  #encoded(line: Uint8Array, index: number): Uint8Array {
    return this.#placed(index, () => (this.#form as RecordForm).fromLine(line))
  }

  /** Errors of a line say which line it is. */
  #placed<T>(index: number, work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      const { message } = MillraceError.from(thrown, 'send')
      const reason = message.replace(/^input: /, '')
      throw new MillraceError('CLI_INPUT_WRONG', { place: `line ${index + 1}`, reason }, thrown)
    }
  }
}
