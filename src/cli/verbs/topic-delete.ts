import { boolean } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { placeOptions, TOPIC_FORMS, withTopic } from '../topics/topic-address.ts'
import { defineVerb } from '../verb.ts'

/** Removes topics. */
export const topicDeleteVerb = defineVerb({
  name: 'topic delete',
  summary: 'Remove topics with their records, for good',
  description: `Without --yes, what would be removed is told and nothing is done. Stop the engines that use a topic first.\n\n${TOPIC_FORMS}`,
  operands: [{ name: 'topic', summary: 'Name of the topic', isRepeated: true }],
  options: {
    ...placeOptions,
    yes: boolean({ summary: 'Do it', default: false }),
  },
  examples: [
    { command: 'millrace topic delete iris', summary: 'tells how much would be lost' },
    {
      command: 'millrace topic delete iris --yes --bootstrap 127.0.0.1:9092',
      summary: 'removes it from a Kafka cluster',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const deleted: { readonly name: string; readonly records: number }[] = []
    for (const name of operands) {
      await withTopic(world, name, options, async ({ store, topic }) => {
        const [starts, ends] = [await store.positions(topic, 'earliest'), await store.positions(topic, 'latest')]
        const records = ends.reduce((sum, end, partition) => sum + end - (starts[partition] as number), 0)
        if (options.yes) await store.delete(topic)
        deleted.push({ name: topic, records })
      })
    }
    if (!options.yes) {
      const topics = deleted.map(({ name, records }) => `${name} (${records} records)`).join(', ')
      throw new MillraceError('CLI_NOT_CONFIRMED', { what: `removes ${topics}` })
    }
    if (print.isJson) await print.json(deleted)
    else for (const { name, records } of deleted) await print.line(`${name} (${records} records) is removed`)
    return 0
  },
})
