import type { EmbeddedLog, GroupPosition } from '../../clients/log/log.ts'
import { logOptions, withLog } from '../log-file.ts'
import { defineVerb } from '../verb.ts'

/** A partition of a topic as it stands now. */
interface PartitionRow {
  readonly topic: string
  readonly partition: number
  readonly start: number
  readonly end: number
  readonly groups: readonly { readonly group: string; readonly position: number; readonly lag: number }[]
}

/** Lists the topics of a log. */
export const topicListVerb = defineVerb({
  name: 'topic list',
  summary: 'List the topics of the embedded log with their ends, and the consumer groups with their lag',
  operands: [],
  options: { ...logOptions },
  examples: [
    { command: 'millrace topic list', summary: 'every partition with its first and its next position' },
    { command: 'millrace topic list --json --path data/millrace.db', summary: 'the same for programs' },
  ],
  run: async ({ world, options, print }) => {
    await withLog(world, options.path, false, async (log) => {
      if (print.isJson) return print.json(topicsOf(log))
      const groups = log.groups()
      const rows = log.topics().flatMap((topic) => rowsOf(log, topic.name, topic.partitions, groups))
      await print.table(rows, [
        { title: 'TOPIC', of: (row) => row.topic },
        { title: 'PARTITION', of: (row) => row.partition },
        { title: 'START', of: (row) => row.start },
        { title: 'END', of: (row) => row.end },
        { title: 'RECORDS', of: (row) => row.end - row.start },
        {
          title: 'GROUPS',
          of: (row) => row.groups.map(({ group, position, lag }) => `${group}@${position} (lag ${lag})`).join(', '),
          color: (row) => (row.groups.some((group) => group.lag > 0) ? 'yellow' : null),
        },
      ])
      const { fileBytes, walBytes } = log.stats()
      await print.note(`${rows.length} partitions in ${options.path}, ${fileBytes + walBytes} bytes`)
    })
    return 0
  },
})

function rowsOf(log: EmbeddedLog, topic: string, partitions: number, groups: readonly GroupPosition[]): PartitionRow[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const end = log.endPosition(topic, partition)
    const here = groups.filter((entry) => entry.topic === topic && entry.partition === partition)
    return {
      topic,
      partition,
      start: log.startPosition(topic, partition),
      end,
      groups: here.map(({ group, position }) => ({ group, position, lag: Math.max(0, end - position) })),
    }
  })
}

/** Topics with their settings and partitions, for programs. */
function topicsOf(log: EmbeddedLog) {
  const groups = log.groups()
  return log.topics().map(({ partitions, ...settings }) => ({
    ...settings,
    partitions: rowsOf(log, settings.name, partitions, groups).map(({ topic: _topic, ...row }) => row),
  }))
}
