import { resolve } from 'node:path'
import { EmbeddedLog } from '../clients/log/log.ts'
import { choice, text } from '../config/option.ts'
import { parseOptions } from '../config/parse.ts'
import type { Registry } from '../config/registry.ts'
import type { BytesColumn } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'
import { framesOf } from '../core/frames.ts'
import { modelEncoding } from '../engine/model-decoder.ts'
import { type ModelAction, modelActions, readModelMessage } from '../engine/model-message.ts'
import type { RecordValue } from '../schema/value.ts'
import { normalise, type StreamDescriptor } from '../streams/descriptor.ts'
import { formatPosition } from '../streams/position-text.ts'
import { openStreamWriter } from '../streams/stream-writer.ts'
import { readEngineFile, streamValue } from './engine-file.ts'
import { placeOptions } from './topics/topic-address.ts'
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
    examples: ['log:models', 'log:models@data/millrace.db'],
  }),
  topic: text({ summary: 'Topic of the model stream, when neither --stream nor --engine is given', default: 'models' }),
  path: placeOptions.path,
  encoding: choice(['protobuf', 'json'], { summary: 'Encoding of the message', default: 'protobuf' }),
  key: text({
    summary:
      'Key of the records that the model scores (the seeds call it dataType); an engine with one key says it itself',
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
  readonly encoding: 'protobuf' | 'json'
  readonly key?: string | undefined
}

/** A model stream that is open for one message after another. */
export interface ModelTarget {
  /** Key for messages; empty when nothing says one. */
  readonly key: string
  /** Checks and appends a message; returns its position where the stream has positions. */
  send(message: RecordValue): Promise<string | null>
}

/** Finds the model stream that the options mean. */
export async function modelTarget(world: World, choice: ModelTargetChoice): Promise<ModelTarget> {
  const { registry } = await world.components()
  const plan = choice.engine === undefined ? null : readEngineFile(world, choice.engine, registry).plan
  const baseFolder = plan ? plan.baseFolder : world.cwd
  const descriptor = descriptorOf(world, choice, registry, plan?.models ?? null)
  const source = plan?.join.source
  const key = choice.key ?? (source?.type === 'constant' ? source.value : '')
  return { key, send: (message) => send(world, registry, descriptor, baseFolder, message) }
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
  const value = given ?? { transport: { type: 'log', topic: choice.topic, path: choice.path } }
  const origin = { source: 'option "--stream"', direction: 'out', name: 'models' } as const
  const descriptor = given === null && models ? models.descriptor : normalise(value, origin, registry)
  return { ...descriptor, encoding, schema: null }
}

async function send(
  world: World,
  registry: Registry,
  descriptor: StreamDescriptor,
  baseFolder: string,
  message: RecordValue,
): Promise<string | null> {
  readModelMessage(message, 'the message')
  const place = 'model stream'
  const context = { clock: world.clock, baseFolder, partition: 0, group: '', place, channel: null }
  const writer = await openStreamWriter(descriptor, registry, context)
  try {
    const { values, errors } = writer.encode([message])
    const error = errors?.get(0)
    if (error) throw error
    if (descriptor.transport.type === 'log') return appended(world, descriptor, baseFolder, values)
    await writer.write(framesOf(values), null)
    await writer.flush()
    return null
  } finally {
    await writer.close()
  }
}

/** The embedded log tells the position of what is appended. */
function appended(world: World, { transport }: StreamDescriptor, baseFolder: string, values: BytesColumn): string {
  const topic = String(transport['topic'])
  const log = EmbeddedLog.open(resolve(baseFolder, String(transport['path'])), {
    clock: world.clock,
    isMaintained: false,
  })
  try {
    return formatPosition(topic, 0, log.append(topic, 0, framesOf(values)))
  } finally {
    log.close()
  }
}
