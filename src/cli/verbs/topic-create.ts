import type { EmbeddedLog, Topic, TopicSettings } from '../../clients/log/log.ts'
import { boolean, decimal, integer, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { logOptions, withLog } from '../log-file.ts'
import { defineVerb } from '../verb.ts'

const HOUR_MS = 3_600_000

const options = {
  ...logOptions,
  partitions: integer({ summary: 'Number of partitions', default: 1 }, { min: 1, max: 10_000 }),
  retentionHours: decimal(
    { summary: 'Age at which records may be removed; by default they stay', unit: 'hours', isOptional: true },
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
  summary: 'Make a topic of the embedded log, or the three topics of a model',
  description:
    'A topic that exists already gets the settings that are given; its number of partitions stays. With --model, the topics are named <app>.<model>.<version>.inputs, .outputs and .errors.',
  operands: [{ name: 'topic', summary: 'Name of the topic; not needed with --model', isOptional: true }],
  options,
  examples: [
    { command: 'millrace topic create iris --partitions 4', summary: 'a topic with four partitions' },
    {
      command: 'millrace topic create --model iris_model --version 0.1',
      summary: 'model_stream_processor.iris_model.0.1.inputs, .outputs and .errors',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const names = namesOf(operands[0], options)
    const made = await withLog(world, options.path, true, (log) => names.map((name) => create(log, name, options)))
    if (print.isJson) await print.json(made)
    else for (const { name, partitions } of made) await print.line(`${name} (${partitionsText(partitions)})`)
    return 0
  },
})

/** `3 partitions`. */
export function partitionsText(partitions: number): string {
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

/** Settings that the command line does not give stay as they are. */
function create(
  log: EmbeddedLog,
  name: string,
  given: { readonly partitions: number; readonly retentionHours?: number | undefined; readonly compact: boolean },
): Topic {
  const settings: TopicSettings = {
    partitions: given.partitions,
    ...(given.retentionHours === undefined ? {} : { retentionMs: given.retentionHours * HOUR_MS }),
    ...(given.compact ? { isCompacted: true } : {}),
  }
  return log.createTopic(name, settings)
}
