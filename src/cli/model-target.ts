import { choice, text } from '../config/option.ts'
import { parseOptions } from '../config/parse.ts'
import type { Registry } from '../config/registry.ts'
import { type BytesColumn, BytesWriter, bytesAt, columnOf } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import { type FrameBatch, framesOf } from '../core/frames.ts'
import { modelEncoding } from '../engine/model-decoder.ts'
import { type ModelAction, modelActions, readModelMessage } from '../engine/model-message.ts'
import type { RecordValue } from '../schema/value.ts'
import { type ComponentChoice, normalise, type StreamDescriptor } from '../streams/descriptor.ts'
import { formatPosition } from '../streams/position-text.ts'
import { encodingOf } from '../streams/stream-context.ts'
import { openStreamWriter } from '../streams/stream-writer.ts'
import { readEngineFile, streamValue } from './engine-file.ts'
import { chunkRecords, type ModelSubject, modelMessageKey, modelPartition, tombstonesFor } from './model-topic.ts'
import { type OpenTopic, openTransport, placeOptions } from './topics/topic-address.ts'
import type { TopicStore } from './topics/topic-store.ts'
import type { World } from './verb.ts'

/** Options of the verbs that write to a model stream. */
export const modelTargetOptions = {
  engine: text({
    summary: 'Engine file that says where the model stream is and which key records have',
    isOptional: true,
  }),
  stream: text({
    summary: 'The model stream: a literal, or the file of a descriptor',
    isOptional: true,
    examples: ['log:models', 'log:models@data/millrace.db', 'kafka:127.0.0.1:9092/models'],
  }),
  topic: text({
    summary: 'Topic of the model stream in --path or --bootstrap, when neither --stream nor --engine is given',
    default: 'models',
  }),
  ...placeOptions,
  encoding: choice(['protobuf', 'json'], { summary: 'Encoding of the message', default: 'protobuf' }),
  key: text({
    summary:
      'Key of the records that the model scores (the tutorial programs call it dataType); an engine with one key says it itself',
    isOptional: true,
    examples: ['iris'],
  }),
} as const

/** Values of `modelTargetOptions`. */
export interface ModelTargetChoice {
  readonly engine?: string | undefined
  readonly stream?: string | undefined
  readonly topic: string
  readonly path: string
  readonly bootstrap?: string | undefined
  readonly encoding: 'protobuf' | 'json'
  readonly key?: string | undefined
}

/** A message as the verbs make it; `RecordValue` has the members that the encoding wants. */
export interface OutgoingMessage extends ModelSubject {
  readonly value: RecordValue
}

/** An artifact that goes in parts before its message. */
export interface ArtifactParts {
  readonly bytes: Uint8Array
  /** Lower-case hex SHA-256. */
  readonly digest: string
  /** Size of one part. */
  readonly chunkBytes: number
}

/** A model stream that is open for one message after another. */
export interface ModelTarget {
  /** Key for messages; empty when nothing says one. */
  readonly key: string
  /** Largest record that the stream takes, or null where there is no limit. */
  maxMessageBytes(): Promise<number | null>
  /** Checks and appends a message, behind the parts of its artifact if there are any; returns its position where the stream tells it. */
  send(message: OutgoingMessage, parts?: ArtifactParts): Promise<string | null>
  /** Appends records without a value for a version and the parts of its artifact, so that compaction removes them. */
  erase(subject: ModelSubject): Promise<void>
}

/** Finds the model stream that the options mean. */
export async function modelTarget(world: World, choice: ModelTargetChoice): Promise<ModelTarget> {
  const { registry } = await world.components()
  const plan = choice.engine === undefined ? null : readEngineFile(world, choice.engine, registry).plan
  const baseFolder = plan ? plan.baseFolder : world.cwd
  const descriptor = descriptorOf(world, choice, registry, plan?.models ?? null)
  const source = plan?.join.source
  const key = choice.key ?? (source?.type === 'constant' ? source.value : '')
  const { transport } = descriptor
  const onTopic = <T>(work: (open: OpenTopic) => Promise<T>): Promise<T> =>
    withTransport(world, transport, baseFolder, work)
  return {
    key,
    maxMessageBytes: () =>
      transport.type === 'kafka' ? onTopic(({ store, topic }) => store.maxMessageBytes(topic)) : Promise.resolve(null),
    send: (message, parts) => send({ world, registry, descriptor, baseFolder }, message, parts ?? null),
    erase: (subject) =>
      onTopic(async (open) => {
        const { store, topic } = open
        const partition = await partitionFor(open, transport, subject.dataType)
        const tombstones = await tombstonesFor(open, partition, modelMessageKey({ ...subject, action: 'publish' }))
        await appendAll(store, topic, partition, [tombstones])
      }),
  }
}

/** The action as model messages hold it: a number in protobuf, a word in JSON. */
export function actionValue(action: ModelAction, encoding: 'protobuf' | 'json'): string | number {
  return encoding === 'json' ? action : modelActions.indexOf(action)
}

function descriptorOf(
  world: World,
  choice: ModelTargetChoice,
  registry: Registry,
  models: { readonly descriptor: StreamDescriptor; readonly isList: boolean } | null,
): StreamDescriptor {
  const encoding =
    choice.encoding === 'json'
      ? { type: 'json', ...parseOptions(registry.get('encoding', 'json', '').options, {}, { source: 'json' }) }
      : modelEncoding(registry)
  const given = choice.stream === undefined ? null : streamValue(world, choice.stream)
  if (given === null && models?.isList) {
    const reason = `the models of ${choice.engine} are a list in the file: there is no stream to publish on`
    throw new MillraceError('CLI_OPTION_WRONG', { reason })
  }
  const { topic, path, bootstrap } = choice
  const transport =
    bootstrap === undefined
      ? { type: 'log', topic, path }
      : { type: 'kafka', topic, bootstrapServers: bootstrap.split(',') }
  const value = given ?? { transport }
  const origin = { source: 'option "--stream"', direction: 'out', name: 'models' } as const
  const descriptor = given === null && models ? models.descriptor : normalise(value, origin, registry)
  return { ...descriptor, encoding, schema: null }
}

interface Target {
  readonly world: World
  readonly registry: Registry
  readonly descriptor: StreamDescriptor
  readonly baseFolder: string
}

async function send(
  { world, registry, descriptor, baseFolder }: Target,
  message: OutgoingMessage,
  parts: ArtifactParts | null,
): Promise<string | null> {
  readModelMessage(message.value, 'the message')
  const { transport } = descriptor
  const values = encodedMessage(descriptor, registry, baseFolder, message.value)
  const key = modelMessageKey(message)
  const batch = { ...framesOf(values), keys: columnOf([Buffer.from(key)]) }
  if (transport.type === 'log' || transport.type === 'kafka') {
    return await withTransport(world, transport, baseFolder, async (open) => {
      const { store, topic } = open
      // The engine makes it in the same way, whoever comes first.
      if (transport.type === 'log' && (await store.find(topic)) === null)
        await store.create(topic, { partitions: transport['partitions'] as number | undefined })
      const partition = await partitionFor(open, transport, message.dataType)
      const from = (await store.positions(topic, 'latest'))[partition] as number
      const chunks = parts ? chunkRecords(key, parts.bytes, parts.digest, parts.chunkBytes) : []
      await appendAll(
        store,
        topic,
        partition,
        (function* () {
          yield* chunks
          yield batch
        })(),
      )
      const position = await positionOf(store, topic, partition, from, batch)
      return position === null ? null : formatPosition(topic, partition, position)
    })
  }
  const place = 'model stream'
  const context = { clock: world.clock, baseFolder, partition: 0, group: '', place, channel: null }
  const writer = await openStreamWriter(descriptor, registry, context)
  try {
    await writer.write(batch, null)
    await writer.flush()
    return null
  } finally {
    await writer.close()
  }
}

/** The message's bytes. */
function encodedMessage(
  descriptor: StreamDescriptor,
  registry: Registry,
  baseFolder: string,
  message: RecordValue,
): BytesColumn {
  const encoding = encodingOf(descriptor, registry, 'model stream')
  const writer = new BytesWriter(1, 1024)
  encoding.openEncoder(descriptor.encoding, { schema: null, baseFolder, place: 'model stream' }).encode(message, writer)
  return writer.finish()
}

async function withTransport<T>(
  world: World,
  transport: ComponentChoice,
  baseFolder: string,
  work: (open: OpenTopic) => Promise<T>,
): Promise<T> {
  const open = await openTransport(world, transport, baseFolder, 'the model stream', { isMade: true })
  try {
    return await work(open)
  } finally {
    await open.store.close()
  }
}

/** The one partition that the descriptor names, else that of the records which the model scores. */
async function partitionFor(
  { store, topic }: OpenTopic,
  transport: ComponentChoice,
  dataType: string,
): Promise<number> {
  const count = await store.partitions(topic)
  const named = transport['partition'] as number | undefined
  if (named === undefined) return modelPartition(dataType, count)
  if (named < count) return named
  const reason = `the model stream names partition ${named}, and topic "${topic}" has ${count} of them, from 0`
  throw new MillraceError('CLI_OPTION_WRONG', { reason })
}

async function appendAll(
  store: TopicStore,
  topic: string,
  partition: number,
  batches: Iterable<FrameBatch>,
): Promise<void> {
  const writer = await store.writer({ transactionalId: null })
  try {
    for (const batch of batches) await writer.append(topic, partition, batch)
    await writer.commit()
  } finally {
    await writer.close()
  }
}

/** Empty reads in a row, of a second each, after which the position of a message is not waited for any more: an open transaction may be before it. */
const MAX_EMPTY_READS = 5

/** Where the one record of `batch` is, from position `from` on. Others may write at the same time; what is the same in key and value is the same message. */
async function positionOf(
  store: TopicStore,
  topic: string,
  partition: number,
  from: number,
  batch: FrameBatch,
): Promise<number | null> {
  const recordAt = ({ keys, values }: FrameBatch, i: number) =>
    [keys && bytesAt(keys, i), bytesAt(values, i)].map((bytes) => Buffer.from(bytes ?? []))
  const [key, value] = recordAt(batch, 0) as [Buffer, Buffer]
  const reader = await store.reader(topic, partition, from)
  try {
    for (let empty = 0; empty < MAX_EMPTY_READS; ) {
      const found = await reader.next(100, 1_000)
      if (found.length === 0) empty++
      for (let i = 0; i < found.length; i++) {
        const [foundKey, foundValue] = recordAt(found, i) as [Buffer, Buffer]
        if (key.equals(foundKey) && value.equals(foundValue)) return found.positions[i] as number
      }
    }
    return null
  } finally {
    await reader.close()
  }
}
