import { resolve } from 'node:path'
import { durabilities, EmbeddedLog } from '../../clients/log/log.ts'
import { choice, integer, type OptionValues, text } from '../../config/option.ts'
import type { Transport, TransportContext } from '../transport.ts'
import { LogReader } from './reader.ts'
import { LogWriter } from './writer.ts'

const options = {
  path: text({
    summary: 'file of the log, relative to the document; made when there is none',
    default: 'data/millrace.db',
    since: '0.1.0',
  }),
  topic: text({ summary: 'topic to read or to write; made when there is none', since: '0.1.0', examples: ['iris'] }),
  partitions: integer(
    {
      summary: 'number of partitions of a topic that is made; an existing one keeps its own',
      default: 1,
      since: '0.1.0',
    },
    { min: 1, max: 10_000 },
  ),
  durability: choice(durabilities, {
    summary: 'what a commit survives: the end of the process in any way, or also the end of power',
    default: 'process',
    since: '0.1.0',
  }),
  gone: choice(['error', 'earliest', 'latest'], {
    summary: 'what a reader does when retention has removed the records at its position: stop, or go on at either end',
    default: 'error',
    since: '0.1.0',
  }),
}

type LogTransportOptions = OptionValues<typeof options>

/** Topics of an embedded log. */
export const logTransport: Transport<typeof options> = {
  kind: 'transport',
  name: 'log',
  summary: 'topics with partitions in one file, shared by the threads and processes of a machine',
  stability: 'beta',
  since: '0.1.0',
  guarantee: {
    level: 'exactly-once',
    condition: 'input, outputs and checkpoints are in the same file; at-least-once otherwise',
  },
  options,
  traits: () => ({ canRead: true, canWrite: true, keepsRecords: true, isSeekable: true, carriesHeaders: true }),
  partitions: async (values, { baseFolder }) => {
    const path = resolve(baseFolder, values.path)
    if (!EmbeddedLog.exists(path)) return values.partitions
    const log = EmbeddedLog.open(path, { durability: values.durability })
    try {
      return log.topic(values.topic)?.partitions ?? values.partitions
    } finally {
      log.close()
    }
  },
  source: ({ path, topic }) => `${path}/${topic}`,
  domain: (values, { baseFolder }) => EmbeddedLog.domainOf(resolve(baseFolder, values.path)),

  openReader: async (values, context) => {
    const log = openLog(values, context)
    try {
      const { topic, gone } = values
      const { partition, group, place } = context
      const fence = group === '' ? null : await log.acquire(`group ${group} ${topic}/${partition}`)
      const position = startOf(log, topic, context)
      return new LogReader(log, log.cursor(topic, partition, position, gone), { topic, partition, group, fence, place })
    } catch (error) {
      log.close()
      throw error
    }
  },

  openWriter: async (values, context) => {
    const log = openLog(values, context)
    const partitions = log.topic(values.topic)?.partitions ?? 1
    return new LogWriter(log, {
      topic: values.topic,
      partition: context.partition % partitions,
      place: context.place,
    })
  },
}

/** The log with the topic in it. */
function openLog(values: LogTransportOptions, { baseFolder, clock }: TransportContext): EmbeddedLog {
  const log = EmbeddedLog.open(resolve(baseFolder, values.path), { clock, durability: values.durability })
  try {
    if (log.topic(values.topic) === null) log.createTopic(values.topic, { partitions: values.partitions })
    return log
  } catch (error) {
    log.close()
    throw error
  }
}

/** The group's committed position, else where the descriptor says. */
function startOf(log: EmbeddedLog, topic: string, { group, partition, start }: TransportContext): number {
  const committed = group === '' ? null : log.committed(group, topic, partition)
  if (committed !== null) return committed
  if (typeof start === 'number') return start
  return start === 'earliest' ? log.startPosition(topic, partition) : log.endPosition(topic, partition)
}
