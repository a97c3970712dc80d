import { join } from 'node:path'
import { expect, test } from 'vitest'
import { actionValue, modelTarget } from '../../src/cli/model-target.ts'
import { partitionOfKey } from '../../src/clients/kafka/partition-of-key.ts'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { bytesAt } from '../../src/core/bytes.ts'
import { modelActions, readModelMessage } from '../../src/engine/model-message.ts'
import { testWorld } from '../support/command-line.ts'
import { engineFolder } from '../support/engine-folder.ts'
import { kafkaService } from '../support/kafka.ts'

const message = { name: 'm', version: '1', dataType: 'k', action: 'retire' }
const subject = { ...message, action: 'retire' } as const
const outgoing = { ...subject, value: message }
const defaults = { topic: 'models', path: 'data/millrace.db', encoding: 'json' } as const

function sent(path: string, topic: string): unknown[] {
  const log = EmbeddedLog.open(path, { isMaintained: false })
  try {
    const { values, length } = log.read(topic, 0, 0, 100)
    return Array.from({ length }, (_, i) => JSON.parse(Buffer.from(bytesAt(values, i) as Uint8Array).toString()))
  } finally {
    log.close()
  }
}

test('by default messages go to a topic of the log, and their position is told', async () => {
  const cwd = engineFolder()
  const target = await modelTarget(testWorld({ cwd }), { ...defaults, key: 'k' })
  expect(await target.send(outgoing)).toBe('models/0@0')
  expect(await target.send(outgoing)).toBe('models/0@1')
  expect(sent(join(cwd, 'data/millrace.db'), 'models')).toEqual([message, message])
})

test("an engine file says where its model stream is and what its records' key is", async () => {
  const cwd = engineFolder({ models: { transport: { type: 'log', topic: 'mm', path: 'm.db' }, encoding: 'json' } })
  const target = await modelTarget(testWorld({ cwd }), { ...defaults, engine: 'engine.json' })
  expect(target.key).toBe('double')
  expect(await target.send(outgoing)).toBe('mm/0@0')
  expect(sent(join(cwd, 'm.db'), 'mm')).toHaveLength(1)
  const other = await modelTarget(testWorld({ cwd }), { ...defaults, engine: 'engine.json', key: 'x' })
  expect(other.key).toBe('x')
})

test('a literal names any stream', async () => {
  const cwd = engineFolder()
  const target = await modelTarget(testWorld({ cwd }), { ...defaults, stream: 'log:elsewhere@x.db' })
  expect(target.key).toBe('')
  expect(await target.send(outgoing)).toBe('elsewhere/0@0')
})

test('a topic of the log that is not there is made as the descriptor says, for a message and for parts alike', async () => {
  const cwd = engineFolder()
  const stream = JSON.stringify({ transport: { type: 'log', topic: 'mm', path: 'x.db', partitions: 3 } })
  const parts = { bytes: Buffer.from('an artifact'), digest: 'a'.repeat(64), chunkBytes: 6 }
  const places = []
  for (const [path, given] of [
    ['x.db', undefined],
    ['y.db', parts],
  ] as const) {
    const target = await modelTarget(testWorld({ cwd }), {
      ...defaults,
      stream: stream.replace('x.db', path),
      key: 'k',
    })
    places.push(await target.send(outgoing, given))
    const log = EmbeddedLog.open(join(cwd, path), { isMaintained: false })
    expect(log.topic('mm')?.partitions).toBe(3)
    log.close()
  }
  // Where the records of the model are, so that a keyed join finds it.
  const partition = partitionOfKey(Buffer.from('k'), 3)
  expect(places).toEqual([`mm/${partition}@0`, `mm/${partition}@2`])
})

const kafka = await kafkaService()

test.skipIf(kafka.reason !== null)(
  'a partition that the descriptor names is where messages go, and must be there',
  async () => {
    const cwd = engineFolder()
    const topic = await kafka.topic('model-target', { partitions: 3 })
    const streamOf = (partition: number) =>
      JSON.stringify({ transport: { type: 'kafka', bootstrapServers: kafka.bootstrapServers, topic, partition } })
    for (const partition of [0, 1, 2]) {
      const target = await modelTarget(testWorld({ cwd }), { ...defaults, stream: streamOf(partition), key: 'k' })
      expect(await target.send(outgoing)).toBe(`${topic}/${partition}@0`)
    }
    const beyond = await modelTarget(testWorld({ cwd }), { ...defaults, stream: streamOf(3), key: 'k' })
    await expect(beyond.send(outgoing)).rejects.toThrow(`names partition 3, and topic "${topic}" has 3 of them`)
    await expect(beyond.erase(subject)).rejects.toThrow('names partition 3')
  },
)

test('what no engine would take is not sent', async () => {
  const cwd = engineFolder()
  const target = await modelTarget(testWorld({ cwd }), defaults)
  await expect(target.send({ ...outgoing, value: { ...message, digest: 'abc' } })).rejects.toThrow(
    '64 hexadecimal digits',
  )
  expect(EmbeddedLog.exists(join(cwd, 'data/millrace.db'))).toBe(false)
})

test('a list of models in the engine file is no stream', async () => {
  const cwd = engineFolder({ models: [{ name: 'rules', location: 'rules.js' }] })
  await expect(modelTarget(testWorld({ cwd }), { ...defaults, engine: 'engine.json' })).rejects.toThrow(
    'are a list in the file',
  )
})

test.each(modelActions)('action %s is read back from either form', (action) => {
  for (const encoding of ['json', 'protobuf'] as const) {
    const value = { ...message, action: actionValue(action, encoding) }
    expect(readModelMessage(value, 'x').action).toBe(action)
  }
})
