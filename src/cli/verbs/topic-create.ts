import { boolean, decimal, integer, map, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { placeOptions, TOPIC_FORMS, withTopic } from '../topics/topic-address.ts'
import type { MadeTopic, NewTopic, TopicStore } from '../topics/topic-store.ts'
import { defineVerb } from '../verb.ts'

const HOUR_MS = 3_600_000

const options = {
  ...placeOptions,
  partitions: integer(
    { summary: 'Number of partitions; by default 1, or what the cluster takes', isOptional: true },
    { min: 1, max: 10_000 },
  ),
  replication: integer(
    { summary: 'Copies of each partition; by default what the cluster takes', isOptional: true },
    { min: 1, max: 32_767 },
  ),
  config: map(text({ summary: 'Value of the setting' }), {
    summary: 'Setting of a topic of Kafka',
    default: {},
    examples: [{ 'max.message.bytes': '8388608' }],
  }),
  retentionHours: decimal(
    {
      summary: 'Age at which records may be removed; by default they stay, or what the cluster takes',
      unit: 'hours',
      isOptional: true,
    },
    { min: 0 },
  ),
  compact: boolean({ summary: 'Keep only the last record of each key', default: false }),
  model: text({ summary: 'Make the topics of this model: inputs, outputs and errors', isOptional: true }),
  version: text(
    { summary: 'Version of the model', default: '0.1', examples: ['0.1'] },
    { regex: /^\d+\.\d+$/, form: 'text of the form <major>.<minor>' },
  ),
  app: text({ summary: "Start of the names of a model's topics", default: 'model_stream_processor' }),
}

/** Makes a topic, or the three of a model stream processor. */
export const topicCreateVerb = defineVerb({
  name: 'topic create',
  summary: 'Make a topic, or the three topics of a model',
  description: `A topic that exists already keeps its partitions: asking for another number of them is an error. Of the embedded log, it gets the other settings that are given; of Kafka, it is left as it is. With --model, the topics are named <app>.<model>.<version>.inputs, .outputs and .errors.\n\n${TOPIC_FORMS}`,
  operands: [{ name: 'topic', summary: 'Name of the topic; not needed with --model', isOptional: true }],
  options,
  examples: [
    {
      command: 'millrace topic create iris --partitions 4',
      summary: 'a topic of the embedded log with four partitions',
    },
    {
      command: 'millrace topic create models --bootstrap 127.0.0.1:9092 --compact --config max.message.bytes=8388608',
      summary: 'a compacted topic of a Kafka cluster, for models of up to 8 MiB',
    },
    {
      command: 'millrace topic create --model iris_model --version 0.1',
      summary: 'model_stream_processor.iris_model.0.1.inputs, .outputs and .errors',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const names = namesOf(operands[0], options)
    const settings: NewTopic = {
      partitions: options.partitions,
      replication: options.replication,
      retentionMs: options.retentionHours === undefined ? undefined : options.retentionHours * HOUR_MS,
      isCompacted: options.compact ? true : undefined,
      configs: options.config,
    }
    const create = async (store: TopicStore, topics: readonly string[]) => {
      const made: MadeTopic[] = []
      for (const topic of topics) made.push(await store.create(topic, settings))
      return made
    }
    const [first = ''] = names
    const made = await withTopic(
      world,
      first,
      options,
      ({ store, topic }) => create(store, options.model === undefined ? [topic] : names),
      { isMade: true },
    )
    if (print.isJson) await print.json(made)
    else
      for (const { name, partitions, isNew } of made)
        await print.line(`${name} (${partitionsText(partitions)}${isNew ? '' : ', was there'})`)
    return 0
  },
})

/** `3 partitions`. */
function partitionsText(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`
}

function namesOf(
  topic: string | undefined,
  { model, app, version }: { readonly model?: string | undefined; readonly app: string; readonly version: string },
): readonly string[] {
  const usage = topicCreateVerb.usage
  if (model === undefined) {
    if (topic === undefined) throw new MillraceError('CLI_OPERAND_MISSING', { operand: '<topic> or --model', usage })
    return [topic]
  }
  if (topic !== undefined) throw new MillraceError('CLI_OPERAND_UNEXPECTED', { operand: topic, usage })
  return ['inputs', 'outputs', 'errors'].map((end) => `${app}.${model}.${version}.${end}`)
}
