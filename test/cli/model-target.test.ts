import { join } from 'node:path'
import { expect, test } from 'vitest'
import { actionValue, modelTarget } from '../../src/cli/model-target.ts'
import { EmbeddedLog } from '../../src/clients/log/log.ts'
import { bytesAt } from '../../src/core/bytes.ts'
import { modelActions, readModelMessage } from '../../src/engine/model-message.ts'
import { testWorld } from '../support/command-line.ts'
import { engineFolder } from '../support/engine-folder.ts'

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
