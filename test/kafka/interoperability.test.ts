import { afterAll, describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/clients/kafka/cluster.ts'
import { compressions } from '../../src/clients/kafka/compression.ts'
import { PartitionFetcher } from '../../src/clients/kafka/fetcher.ts'
import { kafkaSettings } from '../../src/clients/kafka/settings.ts'
import { parseOptions } from '../../src/config/parse.ts'
import { bytesAt, columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { type FrameBatch, framesOf } from '../../src/core/frames.ts'
import { decodeHeaders, encodeHeaders } from '../../src/core/headers.ts'
import { kafkaTransport } from '../../src/transports/kafka/kafka.ts'
import { inputOf, run } from '../support/command-line.ts'
import { kafkaService } from '../support/kafka.ts'
import { produceFrames } from '../support/kafka-produce.ts'
import { consoleTool, kcatService } from '../support/kafka-tools.ts'
import { contextFor } from '../support/transport-context.ts'

const kafka = await kafkaService()
const { run: kcat, reason: kcatReason } = await kcatService()
const server = kafka.bootstrapServers[0] as string
const cluster = new KafkaCluster(kafkaSettings(kafka.bootstrapServers))
afterAll(() => cluster.close())

/** A record as every side is told it. */
interface Told {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string])[]
  readonly timestampMs?: number
}

/** Long enough to be compressed, with text beyond ASCII, nulls, empty texts and a header twice. */
const records: readonly Told[] = [
  { key: 'first', value: 'one', headers: [['a', '1']] },
  { key: null, value: 'no key', headers: [] },
  { key: 'no value', value: null, headers: [['a', '']] },
  { key: 'größe ✓', value: 'wärme ☀ '.repeat(200), headers: [['ö', 'ü']] },
  {
    key: 'twice',
    value: '',
    headers: [
      ['h', '1'],
      ['h', '2'],
    ],
  },
  ...Array.from({ length: 200 }, (_, i) => ({
    key: `k${i % 7}`,
    value: `{"n":${i}}`,
    headers: [['n', `${i}`]] as const,
  })),
]
const startMs = 1_700_000_000_000

/** The records as frames, each a millisecond after the one before. */
function frames(): FrameBatch {
  const column = (texts: readonly (string | null)[]) =>
    columnOf(texts.map((text) => (text === null ? null : Buffer.from(text))))
  return {
    ...framesOf(column(records.map(({ value }) => value))),
    keys: column(records.map(({ key }) => key)),
    headers: columnOf(records.map(({ headers }) => encodeHeaders(headers))),
    timestampsMs: Float64Array.from(records, (_, i) => startMs + i),
  }
}

/** Reads `count` records of partition 0. */
async function read(topic: string, count: number): Promise<Told[]> {
  const fetcher = new PartitionFetcher(cluster, {
    topic,
    partition: 0,
    offset: 0,
    isCommittedOnly: true,
    maxBytes: 1 << 20,
    maxWaitMs: 200,
    gone: 'error',
  })
  const found: Told[] = []
  try {
    while (found.length < count) {
      const batch = await fetcher.next(1_000, 1_000)
      for (let i = 0; i < batch.length; i++) {
        const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString())
        found.push({
          key: batch.keys && text(bytesAt(batch.keys, i)),
          value: text(bytesAt(batch.values, i)),
          headers: [...decodeHeaders(batch.headers && bytesAt(batch.headers, i))].map(([name, value]) => [
            name,
            value.toString(),
          ]),
          timestampMs: batch.timestampsMs?.[i] ?? Number.NaN,
        })
      }
    }
    return found
  } finally {
    await fetcher.close()
  }
}

/** What a record is read as: of a header that is there twice the last one. */
function asRead({ key, value, headers }: Told): Told {
  return { key, value, headers: [...new Map(headers)] }
}

describe.skipIf(kafka.reason !== null || kcatReason !== null)(`kcat${kcatReason ? `: ${kcatReason}` : ''}`, () => {
  test.each(compressions)('reads what we write with compression %s', async (compression) => {
    const topic = await kafka.topic(`kcat-reads-${compression}`)
    await produceFrames(cluster, topic, 0, frames(), { compression })
    const args = ['-C', '-b', server, '-t', topic, '-p', '0', '-o', 'beginning', '-e', '-q', '-J']
    const printed = (await kcat(args)).trim().split('\n').map(fromKcat)
    const sent = records.map(({ key, value, headers }, i) => ({ key, value, headers, timestampMs: startMs + i }))
    expect(printed).toEqual(sent)
  })

  test.each(compressions)('writes with compression %s what we read', async (compression) => {
    const topic = await kafka.topic(`kcat-writes-${compression}`)
    const before = systemClock.now() - 60_000
    for (const { key, value, headers } of records.slice(0, 4)) {
      const more = headers.flatMap(([name, text]) => ['-H', `${name}=${text}`])
      const line = `${key ?? ''}\u0001${value ?? ''}`
      await kcat(['-P', '-b', server, '-t', topic, '-p', '0', '-z', compression, '-K', '\u0001', '-Z', ...more], line)
    }
    const many = records.slice(5).map(({ key, value }) => `${key}\u0001${value}`)
    await kcat(
      ['-P', '-b', server, '-t', topic, '-p', '0', '-z', compression, '-K', '\u0001', '-H', 'all=same'],
      many.join('\n'),
    )
    const found = await read(topic, 4 + many.length)
    const times = found.map(({ timestampMs = 0 }) => timestampMs)
    expect(times.every((time) => time > before)).toBe(true)
    expect(found.slice(0, 4).map(asRead)).toEqual(records.slice(0, 4).map(asRead))
    const sent = records.slice(5).map(({ key, value }) => ({ key, value, headers: [['all', 'same']] }))
    expect(found.slice(4).map(asRead)).toEqual(sent)
  })
})

/** A line of `kcat -J`. */
function fromKcat(line: string): Told {
  const { key, payload, headers, ts } = JSON.parse(line) as {
    key: string | null
    payload: string | null
    headers?: string[]
    ts: number
  }
  const pairs = Array.from({ length: (headers?.length ?? 0) / 2 }, (_, i) => [headers![2 * i], headers![2 * i + 1]])
  return { key, value: payload, headers: pairs as [string, string][], timestampMs: ts }
}

describe.skipIf(kafka.reason !== null)("Java's console tools", () => {
  test('the consumer reads what we write, with every compression', async () => {
    const topic = await kafka.topic('console-reads')
    for (const compression of compressions) await produceFrames(cluster, topic, 0, frames(), { compression })
    const print = ['key', 'value', 'headers', 'timestamp'].map((part) => `print.${part}=true`)
    const properties = [...print, 'null.literal=<null>', 'headers.separator=;', 'key.separator=\u0001']
    const count = String(compressions.length * records.length)
    const args = ['--bootstrap-server', server, '--topic', topic, '--partition', '0', '--offset', 'earliest']
    const printed = await consoleTool('consumer', [
      ...args,
      ...['--max-messages', count, '--isolation-level', 'read_committed'],
      ...properties.flatMap((property) => ['--formatter-property', property]),
    ])
    // CreateTime:1700000000000 ^A a:1 ^A first ^A one
    const lines = records.map(({ key, value, headers }, i) => {
      const pairs = headers.map(([name, text]) => `${name}:${text}`).join(';')
      return [`CreateTime:${startMs + i}`, pairs || 'NO_HEADERS', key ?? '<null>', value ?? '<null>'].join('\u0001')
    })
    expect(printed.trimEnd().split('\n')).toEqual(compressions.flatMap(() => lines))
  }, 120_000)

  test.each(compressions)(
    'the producer writes with compression %s what we read',
    async (compression) => {
      const topic = await kafka.topic(`console-writes-${compression}`)
      const lines = records.map(({ key, value, headers }) => {
        const pairs = headers.map(([name, text]) => `${name}:${text}`).join(';')
        return [pairs || '<null>', key ?? '<null>', value ?? '<null>'].join('\u0001')
      })
      const properties = ['parse.key=true', 'parse.headers=true', 'null.marker=<null>', 'headers.separator=;']
      const separators = ['key.separator=\u0001', 'headers.delimiter=\u0001']
      const args = ['--bootstrap-server', server, '--topic', topic, '--compression-codec', compression]
      await consoleTool(
        'producer',
        [...args, ...[...properties, ...separators].flatMap((property) => ['--reader-property', property])],
        lines.join('\n'),
      )
      const found = await read(topic, records.length)
      expect(found.map(asRead)).toEqual(records.map(asRead))
    },
    120_000,
  )

  test('keys are in the partitions where Java puts them, whoever writes', async () => {
    const count = 5
    const texts = ['', 'a', 'ab', 'abc', 'größe ✓', ...Array.from({ length: 40 }, (_, i) => `customer-${i * 7919}`)]
    const lines = texts.map((key) => JSON.stringify({ key }))
    const topics = await Promise.all(
      ['java', 'send', 'writer'].map((name) => kafka.topic(`partitions-${name}`, { partitions: count })),
    )
    const [java, sent, written] = topics as [string, string, string]
    const properties = ['parse.key=true', 'key.separator=\u0001', 'null.marker=<null>']
    await consoleTool(
      'producer',
      ['--bootstrap-server', server, '--topic', java, ...properties.flatMap((one) => ['--reader-property', one])],
      [...lines.map((line, i) => `${texts[i]}\u0001${line}`), '<null>\u0001"none"'].join('\n'),
    )
    const place = ['--topic', `kafka:${server}/${sent}`]
    const stdin = inputOf(`${lines.join('\n')}\n`)
    expect((await run(['send', ...place, '--key-field', 'key', '--header', 'by=send'], { stdin })).status).toBe(0)
    expect((await run(['send', ...place], { stdin: inputOf('"none"\n') })).status).toBe(0)

    const values = parseOptions(kafkaTransport.options, { bootstrapServers: [server], topic: written }, { source: 't' })
    const writer = await kafkaTransport.openWriter(values, contextFor({ partition: 3 }))
    const column = (all: readonly (string | null)[]) =>
      columnOf(all.map((text) => (text === null ? null : Buffer.from(text))))
    const headers = columnOf([...texts, null].map(() => encodeHeaders([['by', 'writer']])))
    const batch = { ...framesOf(column([...lines, '"none"'])), keys: column([...texts, null]), headers }
    await writer.write(batch as never, null)
    await writer.flush()
    await writer.close()

    const [expected, ...ours] = await Promise.all(topics.map((topic) => consumed(topic, texts.length + 1)))
    const keyed = (found: readonly Consumed[] = []) =>
      found.flatMap(({ partition, key, value }) => (key === null ? [] : [`${value} ${partition}`])).sort()
    expect(new Set(keyed(expected).map((line) => line.split(' ').at(-1))).size).toBe(count)
    for (const [i, by] of ['send', 'writer'].entries()) {
      expect(keyed(ours[i]), by).toEqual(keyed(expected))
      const without = ours[i]?.filter(({ key }) => key === null)
      // Java sticks to a partition of its choice, a task's writer to that of its task.
      expect(without, by).toMatchObject([{ value: '"none"', ...(by === 'writer' ? { partition: 3 } : {}) }])
      expect(ours[i]?.find(({ key }) => key === 'a')?.headers).toBe(`by:${by}`)
    }
  }, 240_000)
})

/** A record as Java's console consumer tells it. */
interface Consumed {
  readonly partition: number
  readonly headers: string
  readonly key: string | null
  readonly value: string
}

/** Records of all partitions as Java's console consumer reads them. */
async function consumed(topic: string, count: number): Promise<Consumed[]> {
  const print = ['partition', 'key', 'value', 'headers'].map((part) => `print.${part}=true`)
  const properties = [...print, 'null.literal=<null>', 'key.separator=\u0001']
  const printed = await consoleTool('consumer', [
    ...['--bootstrap-server', server, '--topic', topic, '--from-beginning', '--max-messages', String(count)],
    ...properties.flatMap((property) => ['--formatter-property', property]),
  ])
  // Partition:3 ^A by:send ^A key ^A value
  return printed
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [partition = '', headers = '', key = '', value = ''] = line.split('\u0001')
      return { partition: Number(partition.split(':')[1]), headers, key: key === '<null>' ? null : key, value }
    })
}
