import { expect, test } from 'vitest'
import { parseOptions } from '../../../src/config/parse.ts'
import { kafkaState } from '../../../src/state/kafka/kafka.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const parse = (value: unknown) => parseOptions(kafkaState.options, value, { source: 'test' })

test('says what it promises, and which streams take part in its commits', () => {
  const once = parse({ bootstrapServers: ['b:9092', 'a:9092'] })
  expect(kafkaState.domain(once, { baseFolder: '/' })).toBe('kafka:a:9092,b:9092')
  expect(kafkaState.promise?.(once).level).toBe('exactly-once')
  expect(kafkaState.promise?.(parse({ guarantee: 'at-least-once' }))).toEqual({
    level: 'at-least-once',
    condition: 'state has "guarantee: at-least-once"',
  })
})

test('streams beside it are reached as it is, and nothing that was not said is made up', () => {
  const values = parse({ bootstrapServers: ['a:9092'], clientId: 'iris', topic: 'state' })
  expect(kafkaState.beside?.(values, 'iris.dead-letters')).toEqual({
    type: 'kafka',
    bootstrapServers: ['a:9092'],
    clientId: 'iris',
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 30_000,
    topic: 'iris.dead-letters',
    partitions: 16,
  })
  const others = parse({ createTopic: false })
  expect(kafkaState.beside?.(others, 'iris.dead-letters')).not.toHaveProperty('partitions')
})

test('artifacts are files beside the engine document; opening connects to nothing', async () => {
  const folder = temporaryFolder()
  const artifacts = await kafkaState.openArtifacts(parse({}), { baseFolder: folder, place: 'state' })
  const digest = await artifacts.put(Buffer.from('tree'))
  expect(await artifacts.list()).toEqual([digest])
  const store = await kafkaState.open(parse({ bootstrapServers: ['127.0.0.1:1'] }), {
    baseFolder: folder,
    place: 'state',
  })
  expect([store.domain, store.commitIntervalMs]).toEqual(['kafka:127.0.0.1:1', 100])
  await store.close()
})
