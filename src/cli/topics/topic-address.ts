import { dirname, resolve } from 'node:path'
import { type KafkaClusterValues, kafkaClusterOptions } from '../../clients/kafka/options.ts'
import { EmbeddedLog } from '../../clients/log/log.ts'
import { text } from '../../config/option.ts'
import { parseOptions } from '../../config/parse.ts'
import { MillraceError } from '../../core/errors.ts'
import { type ComponentChoice, normalise } from '../../streams/descriptor.ts'
import { transportOptions } from '../../streams/stream-context.ts'
import { streamValue } from '../engine-file.ts'
import type { World } from '../verb.ts'
import { LogTopics } from './log-topics.ts'
import type { TopicStore } from './topic-store.ts'

/** A cluster that does not answer is tried for twice as long; a descriptor may say another time. */
const PATIENCE_MS = 10_000

/** Options of every verb that works on topics: where a topic is that is named without its place. */
export const placeOptions = {
  path: text({
    summary: 'File of the embedded log, for topics named without their place',
    default: 'data/millrace.db',
    examples: ['data/millrace.db'],
  }),
  bootstrap: text(
    {
      summary: 'Kafka cluster, host:port or several with commas: topics named without their place are there',
      isOptional: true,
      examples: ['127.0.0.1:9092'],
    },
    { regex: /^[^\s,/]+(?:,[^\s,/]+)*$/, form: 'host:port, several with commas' },
  ),
} as const

/** Values of `placeOptions`. */
export interface PlaceChoice {
  readonly path: string
  readonly bootstrap?: string | undefined
}

/** What the name of a topic may be, for the help of verbs. */
export const TOPIC_FORMS =
  'A topic is a name, which is looked for in the embedded log (--path) or in a Kafka cluster (--bootstrap); a literal that says its place, log:iris@data/millrace.db or kafka:127.0.0.1:9092/iris; or the path of a stream descriptor, with a slash in it, which may hold TLS and credentials too.'

/** A topic whose place is open. */
export interface OpenTopic {
  readonly store: TopicStore
  readonly topic: string
}

/** How a place is opened. */
export interface PlaceOpening {
  /** True: an embedded log that is not there is made. */
  readonly isMade?: boolean
}

/** Runs `work` with the topic that `name` means and closes its place. */
export async function withTopic<T>(
  world: World,
  name: string,
  choice: PlaceChoice,
  work: (open: OpenTopic) => T | Promise<T>,
  opening: PlaceOpening = {},
): Promise<T> {
  const open = await openTopic(world, name, choice, opening)
  try {
    return await work(open)
  } finally {
    await open.store.close()
  }
}

/** Runs `work` with the place of topics that are named without one, and closes it. */
export async function withPlace<T>(
  world: World,
  choice: PlaceChoice,
  work: (store: TopicStore) => T | Promise<T>,
  opening: PlaceOpening = {},
): Promise<T> {
  return await withTopic(world, '', choice, ({ store }) => work(store), opening)
}

/** Opens the place of the topic that `name` means. Whether there is such a topic shows at its first use. */
export async function openTopic(
  world: World,
  name: string,
  choice: PlaceChoice,
  opening: PlaceOpening = {},
): Promise<OpenTopic> {
  if (!isDescriptor(name) && choice.bootstrap === undefined) {
    return { store: openLog(resolve(world.cwd, choice.path), choice.path, world, opening), topic: name }
  }
  const { transport, folder } = await transportFor(world, name, choice)
  return openTransport(world, transport, folder, name, opening)
}

/** Opens the place of a stream's transport. */
export async function openTransport(
  world: World,
  transport: ComponentChoice,
  folder: string,
  name: string,
  opening: PlaceOpening = {},
): Promise<OpenTopic> {
  const topic = String(transport['topic'])
  if (transport.type === 'log') {
    const path = String(transport['path'])
    return { store: openLog(resolve(folder, path), path, world, opening), topic }
  }
  if (transport.type === 'kafka') {
    const { KafkaTopics } = await import('./kafka-topics.ts')
    const values = transport as unknown as KafkaClusterValues
    const onSilence = () => {
      const seconds = Math.round((2 * values.requestTimeoutMs) / 1000)
      const line = `no answer from kafka at ${values.bootstrapServers.join(',')} yet; it is tried for ${seconds} s\n`
      void world.stderr.write(line).catch(() => {})
    }
    return { store: KafkaTopics.open(values, folder, world.clock, onSilence), topic }
  }
  throw new MillraceError('CLI_TOPICS_ABSENT', { stream: name, transport: transport.type })
}

/** True for what says its place itself. */
function isDescriptor(name: string): boolean {
  return /^\s*\{/.test(name) || /^[a-z][a-z-]*:/.test(name) || /\/.*\.(?:ya?ml|json)$/.test(name)
}

async function transportFor(world: World, name: string, { bootstrap }: PlaceChoice) {
  if (!isDescriptor(name)) {
    const given = { bootstrapServers: (bootstrap as string).split(','), requestTimeoutMs: PATIENCE_MS }
    const values = parseOptions(kafkaClusterOptions, given, { source: 'option "--bootstrap"' })
    return { transport: { type: 'kafka', topic: name, ...values }, folder: world.cwd }
  }
  if (bootstrap !== undefined) {
    const reason = `option "--bootstrap" is for topics named without their place, and ${JSON.stringify(name)} says its own`
    throw new MillraceError('CLI_OPTION_WRONG', { reason })
  }
  const { registry } = await world.components()
  const isFile = !/^\s*\{/.test(name) && !/^[a-z][a-z-]*:/.test(name)
  const descriptor = normalise(streamValue(world, name), { source: isFile ? name : 'the command line' }, registry)
  const folder = isFile ? dirname(resolve(world.cwd, name)) : world.cwd
  return { transport: transportOptions(descriptor, {}), folder }
}

function openLog(full: string, path: string, world: World, { isMade = false }: PlaceOpening): TopicStore {
  if (!isMade && !EmbeddedLog.exists(full)) throw new MillraceError('CLI_LOG_MISSING', { path })
  return new LogTopics(EmbeddedLog.open(full, { clock: world.clock, isMaintained: false }), path)
}
