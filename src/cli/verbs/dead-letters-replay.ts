import { partitionOfKey } from '../../clients/kafka/partition-of-key.ts'
import { boolean, integer, type OptionValues, text } from '../../config/option.ts'
import { columnOf } from '../../core/bytes.ts'
import { MillraceError } from '../../core/errors.ts'
import { type FrameBatch, framesOf } from '../../core/frames.ts'
import type { DeadLetter } from '../../streams/dead-letter.ts'
import { parsePosition } from '../../streams/position-text.ts'
import { type FoundLetter, letterFilterOptions, lettersOf } from '../dead-letter-list.ts'
import { Progress } from '../progress.ts'
import { ReplayReceipts, receiptFor } from '../replay-receipts.ts'
import { type OpenTopic, openTopic, placeOptions, TOPIC_FORMS, withTopic } from '../topics/topic-address.ts'
import type { TopicStore, TopicWriter } from '../topics/topic-store.ts'
import { unlessStopped } from '../unless-stopped.ts'
import { defineVerb, type World } from '../verb.ts'

const options = {
  ...placeOptions,
  to: text({
    summary: 'Topic to send them to; by default the one that each came from',
    isOptional: true,
    examples: ['iris.repaired'],
  }),
  ...letterFilterOptions,
  max: integer({ summary: 'At most this many', unit: 'records', isOptional: true }, { min: 0 }),
  dryRun: boolean({ summary: 'Tell what would be sent, and send nothing', default: false }),
  again: boolean({ summary: 'Send also what was replayed before', default: false }),
} as const

/** Sends dead letters back. */
export const deadLettersReplayVerb = defineVerb({
  name: 'dead-letters replay',
  summary:
    'Send records that were given up on back to where they came from, with their original bytes, key, headers and time',
  description: `What was replayed is noted in the topic <topic>.replayed and not sent twice, also when a replay was cut off in between, unless --again says so. Sending and noting are one commit where both topics are in one place. A record goes to the partition that it came from; with --to, its key chooses one.\n\n${TOPIC_FORMS}`,
  operands: [{ name: 'topic', summary: 'Topic of the dead letters' }],
  options,
  endsInOrder: true,
  examples: [
    { command: 'millrace dead-letters replay iris.dead-letters --dry-run', summary: 'what would be sent, and where' },
    {
      command: 'millrace dead-letters replay iris.dead-letters --code ENGINE_NO_MODEL --since 2026-01-01',
      summary: 'those that no model could score, of this year',
    },
    {
      command:
        'millrace dead-letters replay kafka:127.0.0.1:9092/iris.dead-letters --to kafka:127.0.0.1:9092/iris.repaired',
      summary: 'to another topic of a Kafka cluster',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const progress = new Progress(print, world.clock)
    const result = await withTopic(world, operands[0] as string, options, async (source) => {
      const target = options.to === undefined ? null : await targetOf(world, options.to, options, source.store)
      const replay = new LetterReplay(world, source, target, options, progress)
      try {
        return await replay.run()
      } finally {
        await progress.end()
        await replay.close()
      }
    })
    const { sent, before, unread, cut, topics } = result
    if (world.stop.aborted) throw new MillraceError('CLI_STOPPED', { done: `${sent} records were replayed` })
    const notes = [
      ...(before > 0 ? [`${before} were replayed before`] : []),
      ...(unread > 0 ? [`${unread} are no dead letters`] : []),
      ...(cut > 0 ? [`${cut} hold only a part of a record that was too large`] : []),
    ]
    const verb = options.dryRun ? 'would be sent' : 'sent'
    const where = topics.length === 0 ? '' : ` to ${topics.join(', ')}`
    await print.result(
      { ...result, isDryRun: options.dryRun },
      [`${sent} ${sent === 1 ? 'record' : 'records'} ${verb}${where}`, ...notes].join('; '),
    )
    return 0
  },
})

interface ReplayResult {
  readonly sent: number
  /** Passed over because they were replayed before. */
  readonly before: number
  /** Records of the topic that are no dead letters. */
  readonly unread: number
  /** Passed over because they hold only a part of their record: it was larger than the topic of the dead letters takes. */
  readonly cut: number
  /** Where they went. */
  readonly topics: readonly string[]
}

/** The target; a topic of the same place is written in the same commits as the receipts. */
async function targetOf(
  world: World,
  name: string,
  choice: OptionValues<typeof placeOptions>,
  source: TopicStore,
): Promise<OpenTopic> {
  const target = await openTopic(world, name, choice)
  if (target.store.domain !== source.domain) return target
  await target.store.close()
  return { store: source, topic: target.topic }
}

/** One replay of one dead-letter topic. */
class LetterReplay {
  readonly #world: World
  readonly #source: OpenTopic
  readonly #target: OpenTopic | null
  readonly #options: OptionValues<typeof options>
  readonly #progress: Progress
  readonly #partitions = new Map<string, number>()
  /** Writers of the receipts and of the records; one and the same where both are in one place. */
  #receipts: TopicWriter | null = null
  #records: TopicWriter | null = null
  #sent = 0
  #before = 0
  #unread = 0
  #cut = 0

  constructor(
    world: World,
    source: OpenTopic,
    target: OpenTopic | null,
    options: OptionValues<typeof deadLettersReplayVerb.options>,
    progress: Progress,
  ) {
    this.#world = world
    this.#source = source
    this.#target = target
    this.#options = options
    this.#progress = progress
  }

  async run(): Promise<ReplayResult> {
    const { store, topic } = this.#source
    const starts = await unlessStopped(this.#world.stop, store.positions(topic, 'earliest'))
    const ends = await store.positions(topic, 'latest')
    // First the writer: opening it waits for what is left of a replay before, whose notes are read then.
    if (!this.#options.dryRun) await this.#openWriters()
    const receipts = await ReplayReceipts.read(store, topic)
    if (!this.#options.dryRun) await receipts.prepare(store)
    for (const [partition, to] of ends.entries()) {
      const range = { topic, partition, from: starts[partition] as number, to }
      for await (const letters of lettersOf(store, range, this.#options)) {
        await this.#send(partition, this.#chosen(letters, receipts), receipts)
        if (this.#left() === 0 || this.#world.stop.aborted) return this.#result()
      }
    }
    return this.#result()
  }

  async close(): Promise<void> {
    await this.#records?.close()
    if (this.#receipts !== this.#records) await this.#receipts?.close()
    if (this.#target && this.#target.store !== this.#source.store) await this.#target.store.close()
  }

  async #openWriters(): Promise<void> {
    const { store, topic } = this.#source
    this.#receipts = await store.writer({ transactionalId: `millrace-replay-${topic}` })
    const target = this.#target?.store ?? store
    this.#records = target === store ? this.#receipts : await target.writer({ transactionalId: null })
  }

  #left(): number {
    return (this.#options.max ?? Number.POSITIVE_INFINITY) - this.#sent
  }

  #result(): ReplayResult {
    const topics = [...this.#partitions.keys()].sort()
    return { sent: this.#sent, before: this.#before, unread: this.#unread, cut: this.#cut, topics }
  }

  #chosen(letters: readonly FoundLetter[], receipts: ReplayReceipts): (FoundLetter & { letter: DeadLetter })[] {
    const chosen: (FoundLetter & { letter: DeadLetter })[] = []
    for (const found of letters) {
      const { letter } = found
      if (letter === null) this.#unread++
      else if (letter.wholeBytes !== null) this.#cut++
      else if (!this.#options.again && receipts.has(found.partition, found.position)) this.#before++
      else if (chosen.length < this.#left()) chosen.push({ ...found, letter })
    }
    return chosen
  }

  async #send(
    partition: number,
    letters: readonly (FoundLetter & { letter: DeadLetter })[],
    receipts: ReplayReceipts,
  ): Promise<void> {
    if (letters.length === 0) return
    const places = new Map<string, { topic: string; partition: number; letters: DeadLetter[] }>()
    for (const { letter } of letters) {
      const place = await this.#placeOf(letter)
      const id = `${place.topic}/${place.partition}`
      const known = places.get(id)
      if (known) known.letters.push(letter)
      else places.set(id, { ...place, letters: [letter] })
    }
    if (this.#records && this.#receipts) {
      for (const place of places.values())
        await this.#records.append(place.topic, place.partition, recordsOf(place.letters, this.#world.clock.now()))
      if (this.#records !== this.#receipts) await this.#records.commit()
      const positions = letters.map(({ position }) => position)
      await this.#receipts.append(receipts.topic, 0, receiptFor(partition, positions))
      await this.#receipts.commit()
    }
    this.#sent += letters.length
    await this.#progress.at(this.#sent, 'replayed')
  }

  /** Where a letter is sent to. */
  async #placeOf({ position, key }: DeadLetter): Promise<{ topic: string; partition: number }> {
    const origin = parsePosition(position)
    const topic = this.#target?.topic ?? origin.stream
    const partitions = await this.#partitionsOf(topic, this.#target?.store ?? this.#source.store)
    const isOrigin = topic === origin.stream && origin.partition < partitions
    const other = key === null ? origin.partition % partitions : partitionOfKey(key, partitions)
    return { topic, partition: isOrigin ? origin.partition : other }
  }

  async #partitionsOf(topic: string, store: TopicStore): Promise<number> {
    const known = this.#partitions.get(topic)
    if (known !== undefined) return known
    const found = await store.find(topic)
    if (found === null) {
      const reason = `there is no topic "${topic}" in ${store.name}`
      throw new MillraceError('CLI_REPLAY_NOWHERE', { stream: topic, reason })
    }
    this.#partitions.set(topic, found.partitions)
    return found.partitions
  }
}

/** The records as they came in, with their own times: those decide which version scores them. One that had none gets `nowMs`. */
function recordsOf(letters: readonly DeadLetter[], nowMs: number): FrameBatch {
  const hasKeys = letters.some(({ key }) => key !== null)
  const hasHeaders = letters.some(({ headerBytes }) => headerBytes !== null)
  return {
    ...framesOf(columnOf(letters.map(({ bytes }) => bytes))),
    keys: hasKeys ? columnOf(letters.map(({ key }) => key)) : null,
    headers: hasHeaders ? columnOf(letters.map(({ headerBytes }) => headerBytes)) : null,
    timestampsMs: Float64Array.from(letters, ({ recordTimestampMs }) => recordTimestampMs ?? nowMs),
  }
}
