import { boolean } from '../../config/option.ts'
import { placeOptions, TOPIC_FORMS, withPlace, withTopic } from '../topics/topic-address.ts'
import type { PartitionView, TopicView } from '../topics/topic-store.ts'
import { defineVerb } from '../verb.ts'

interface PartitionRow extends PartitionView {
  readonly topic: string
}

/** Lists topics. */
export const topicListVerb = defineVerb({
  name: 'topic list',
  summary: 'List topics with their ends and sizes, and the consumer groups with their lag',
  description: TOPIC_FORMS,
  operands: [{ name: 'topic', summary: 'Only this one; by default all of the place', isOptional: true }],
  options: {
    ...placeOptions,
    all: boolean({ summary: 'All topics of the place of <topic>, when that is a stream', default: false }),
  },
  examples: [
    { command: 'millrace topic list', summary: 'every partition with its first and its next position' },
    { command: 'millrace topic list --json --path data/millrace.db', summary: 'the same for programs' },
    { command: 'millrace topic list --bootstrap 127.0.0.1:9092', summary: 'the topics of a Kafka cluster' },
    {
      command: 'millrace topic list --all streams/orders.yaml',
      summary: 'of the cluster of a stream, with its credentials',
    },
  ],
  run: async ({ world, options, operands, print }) => {
    const [topic] = operands
    const { views, place } =
      topic === undefined
        ? await withPlace(world, options, async (store) => ({ views: await store.view(null), place: store.name }))
        : await withTopic(world, topic, options, async (open) => ({
            views: await open.store.view(options.all ? null : open.topic),
            place: open.store.name,
          }))
    if (print.isJson) {
      await print.json(views.map(({ name, facts, partitions }) => ({ name, ...facts, partitions })))
      return 0
    }
    const rows = views.flatMap(rowsOf)
    const hasBytes = rows.some(({ bytes }) => bytes !== null)
    await print.table(rows, [
      { title: 'TOPIC', of: (row) => row.topic },
      { title: 'PARTITION', of: (row) => row.partition },
      { title: 'START', of: (row) => row.start },
      { title: 'END', of: (row) => row.end },
      { title: 'RECORDS', of: (row) => row.end - row.start },
      ...(hasBytes ? [{ title: 'BYTES', of: (row: PartitionRow) => row.bytes }] : []),
      {
        title: 'GROUPS',
        of: (row) => row.groups.map(({ group, position, lag }) => `${group}@${position} (lag ${lag})`).join(', '),
        color: (row) => (row.groups.some((group) => group.lag > 0) ? 'yellow' : null),
      },
    ])
    await print.note(`${rows.length} partitions in ${place}`)
    return 0
  },
})

function rowsOf({ name, partitions }: TopicView): PartitionRow[] {
  return partitions.map((partition) => ({ topic: name, ...partition }))
}
