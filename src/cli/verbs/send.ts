import { partitionOfKey } from '../../clients/kafka/partition-of-key.ts'
import { boolean, integer, map, type OptionValues, text } from '../../config/option.ts'
import { type BytesColumn, columnOf } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type FrameBatch, framesOf } from '../../core/frames.ts'
import { encodeHeaders } from '../../core/headers.ts'
import { type Lines, linesOf } from '../lines.ts'
import { Progress } from '../progress.ts'
import { encodingOption, parsedJson, type RecordForm, recordForm } from '../record-encoding.ts'
import { timeOption } from '../times.ts'
import { placeOptions, TOPIC_FORMS, withTopic } from '../topics/topic-address.ts'
import type { TopicWriter } from '../topics/topic-store.ts'
import { unlessStopped } from '../unless-stopped.ts'
import { defineVerb } from '../verb.ts'

const options = {
  ...placeOptions,
  topic: text({ summary: 'Topic to append to', examples: ['iris', 'kafka:127.0.0.1:9092/iris'] }),
  file: text({ summary: 'File with the lines; - is standard input', default: '-' }),
  key: text({ summary: 'Key of every record', isOptional: true }),
  keyField: text({ summary: 'Field of the JSON lines that holds the key', isOptional: true }),
  partition: integer(
    { summary: 'Partition for all records; by default the key chooses, or they take turns', isOptional: true },
    { min: 0 },
  ),
  header: map(text({ summary: 'Value of the header' }), { summary: 'Header of every record', default: {} }),
  timestamp: text({
    summary: 'Time of every record, ISO 8601 or milliseconds since 1970; by default when it is sent',
    isOptional: true,
    examples: ['2026-01-01T00:00:00Z'],
  }),
  create: boolean({ summary: 'Make the topic when there is none', default: false }),
  ...encodingOption,
}

/** Appends lines to a topic. */
export const sendVerb = defineVerb({
  name: 'send',
  summary: 'Append each line of a file or of standard input to a topic, as one record',
  description: TOPIC_FORMS,
  operands: [],
  options,
  endsInOrder: true,
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
    {
      command: 'millrace send --topic orders --bootstrap 127.0.0.1:9092 --file orders.jsonl --header source=import',
      summary: 'to a Kafka cluster, with a header',
    },
  ],
  run: async ({ world, options, print }) => {
    const form = await recordForm(world, options.encoding)
    const progress = new Progress(print, world.clock)
    const sent = await withTopic(
      world,
      options.topic,
      options,
      async ({ store, topic }) => {
        const isAbsent = options.create && (await unlessStopped(world.stop, store.find(topic))) === null
        if (isAbsent) await store.create(topic, {})
        const partitions = await unlessStopped(world.stop, store.partitions(topic))
        const writer = await store.writer({ transactionalId: null })
        await form?.prepareLines(topic)
        const sender = new Sender(writer, { topic, partitions }, options, form)
        try {
          for await (const lines of linesOf(world, options.file)) {
            await sender.send(lines)
            await progress.at(sender.records, 'sent')
          }
        } finally {
          await progress.end()
          await writer.close()
        }
        return sender
      },
      { isMade: options.create },
    )
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
  readonly #writer: TopicWriter
  readonly #target: { readonly topic: string; readonly partitions: number }
  readonly #options: OptionValues<typeof options>
  readonly #form: RecordForm | null
  readonly #headers: Uint8Array | null
  readonly #timestampMs: number | null
  #turn = 0

  constructor(
    writer: TopicWriter,
    target: { readonly topic: string; readonly partitions: number },
    options: OptionValues<typeof sendVerb.options>,
    form: RecordForm | null,
  ) {
    this.#writer = writer
    this.#target = target
    this.#options = options
    this.#form = form
    const headers = Object.entries(options.header)
    this.#headers = headers.length === 0 ? null : encodeHeaders(headers)
    this.#timestampMs = options.timestamp === undefined ? null : timeOption('timestamp', options.timestamp)
  }

  async send(lines: Lines): Promise<void> {
    const { topic } = this.#target
    const keys = lines.map((line, i) => this.#keyOf(line, this.records + i))
    const chosen = keys.map((key) => this.#partitionFor(key))
    const values = this.#form ? lines.map((line, i) => this.#encoded(line, this.records + i)) : lines
    for (const partition of new Set(chosen)) {
      const indexes = chosen.flatMap((one, i) => (one === partition ? [i] : []))
      await this.#writer.append(topic, partition, this.#batch(indexes, values, keys))
    }
    await this.#writer.commit()
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
      timestampsMs: this.#timestampMs === null ? null : new Float64Array(indexes.length).fill(this.#timestampMs),
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
    const { partitions } = this.#target
    if (this.#options.partition !== undefined) return this.#options.partition
    return key === null ? this.#turn++ % partitions : partitionOfKey(key, partitions)
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
