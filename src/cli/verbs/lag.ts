import { integer, text } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { transportOptions } from '../../streams/stream-context.ts'
import { readEngineFile } from '../engine-file.ts'
import {
  openTransport,
  type PlaceChoice,
  placeOptions,
  TOPIC_FORMS,
  withPlace,
  withTopic,
} from '../topics/topic-address.ts'
import type { TopicStore } from '../topics/topic-store.ts'
import { defineVerb, type World } from '../verb.ts'

interface Row {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Null where the group has committed nothing: then everything that is there counts. */
  readonly position: number | null
  readonly end: number
  readonly lag: number
}

/** Tells how far behind a group is. */
export const lagVerb = defineVerb({
  name: 'lag',
  summary: 'Tell how many records an engine, or any consumer group, still has to do, by partition and in total',
  description: `With --max, the exit status is 3 when the total is above it: a check for scripts. Where a group has committed nothing, everything that is there counts.\n\n${TOPIC_FORMS}`,
  operands: [{ name: 'engine file', summary: 'Its input streams and its group', isOptional: true }],
  options: {
    ...placeOptions,
    group: text({ summary: 'Consumer group, in place of an engine file', isOptional: true, examples: ['iris'] }),
    topic: text({ summary: 'Only this topic; by default all that the group has committed in', isOptional: true }),
    max: integer({ summary: 'Greatest lag in total that is well', unit: 'records', isOptional: true }, { min: 0 }),
  },
  examples: [
    { command: 'millrace lag engine.yaml', summary: 'of the inputs of an engine' },
    {
      command: 'millrace lag engine.yaml --max 1000 --quiet',
      summary: 'exit status 0 while at most a thousand are left',
    },
    { command: 'millrace lag --group script --bootstrap 127.0.0.1:9092', summary: 'of any group of a Kafka cluster' },
  ],
  run: async ({ world, options, operands, print }) => {
    const rows =
      operands[0] === undefined
        ? await rowsOfGroup(world, options)
        : await rowsOfEngine(world, operands[0], options, (sentence) => print.note(sentence))
    const total = rows.reduce((sum, { lag }) => sum + lag, 0)
    if (print.isJson) await print.json({ total, partitions: rows })
    else {
      await print.table(rows, [
        { title: 'GROUP', of: (row) => row.group },
        { title: 'TOPIC', of: (row) => row.topic },
        { title: 'PARTITION', of: (row) => row.partition },
        { title: 'POSITION', of: (row) => row.position },
        { title: 'END', of: (row) => row.end },
        { title: 'LAG', of: (row) => row.lag, color: (row) => (row.lag > 0 ? 'yellow' : null) },
      ])
      await print.note(`lag in total: ${total}`)
    }
    return options.max !== undefined && total > options.max ? 3 : 0
  },
})

interface LagChoice extends PlaceChoice {
  readonly group?: string | undefined
  readonly topic?: string | undefined
}

async function rowsOfGroup(world: World, { group, topic, ...place }: LagChoice): Promise<Row[]> {
  if (group === undefined) {
    throw new MillraceError('CLI_OPERAND_MISSING', { operand: '<engine file> or --group', usage: lagVerb.usage })
  }
  if (topic !== undefined) {
    return await withTopic(world, topic, place, (open) => rowsIn(open.store, group, open.topic))
  }
  return await withPlace(world, place, async (store) => {
    const rows: Row[] = []
    for (const one of await store.topicsOf(group)) rows.push(...(await rowsIn(store, group, one)))
    if (rows.length > 0) return rows
    throw new MillraceError('CLI_GROUP_UNKNOWN', { group, place: store.name })
  })
}

/** Rows of the partitions that the engine reads, with the groups that its inputs commit for. */
async function rowsOfEngine(
  world: World,
  path: string,
  choice: LagChoice,
  note: (sentence: string) => Promise<void>,
): Promise<Row[]> {
  const { registry } = await world.components()
  const { plan } = readEngineFile(world, path, registry)
  const rows: Row[] = []
  const without: string[] = []
  for (const { descriptor, place } of plan.inputs) {
    if (descriptor.transport.type !== 'log' && descriptor.transport.type !== 'kafka') continue
    const transport = transportOptions(descriptor, {})
    if (choice.topic !== undefined && choice.topic !== transport['topic']) continue
    const group = choice.group ?? (transport['group'] as string | undefined) ?? plan.group
    if (group === '') {
      without.push(place)
      continue
    }
    const { store, topic } = await openTransport(world, transport, plan.baseFolder, place)
    try {
      const all = await rowsIn(store, group, topic)
      const only = transport['partition']
      rows.push(...(only === undefined ? all : all.filter(({ partition }) => partition === only)))
    } finally {
      await store.close()
    }
  }
  if (rows.length === 0 && without.length > 0) throw new MillraceError('CLI_GROUP_NONE', { stream: without.join(', ') })
  for (const place of without) await note(`${place} commits nothing, as its group is empty: it is left out`)
  if (rows.length > 0) return rows
  throw new MillraceError('CLI_TOPICS_ABSENT', { stream: `every input of ${path}`, transport: 'another kind' })
}

async function rowsIn(store: TopicStore, group: string, topic: string): Promise<Row[]> {
  const committed = await store.committed(group, topic)
  const starts = await store.positions(topic, 'earliest')
  const ends = await store.positions(topic, 'latest')
  return ends.map((end, partition) => {
    const position = committed[partition] ?? null
    const from = Math.max(position ?? 0, starts[partition] as number)
    return { group, topic, partition, position, end, lag: Math.max(0, end - from) }
  })
}
