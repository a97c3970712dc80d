import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { framesOf } from '../../src/core/frames.ts'
import { MODEL_MESSAGE, modelProto, openModelDecoder } from '../../src/engine/model-decoder.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { jsonMessage, protobufMessage } from './model-messages.ts'

const context = { clock: systemClock, baseFolder: '/', partition: 0, group: '', place: 'models', channel: null }
const decode = openModelDecoder(normalise('log:models', { source: 'test' }, registry), registry, context)
const message = { name: 'tree', data: Buffer.from('{"looks":"like JSON"}') }

test('each message is told by its first byte, whatever came before', () => {
  const bytes = [jsonMessage(message), protobufMessage(message), protobufMessage(message), jsonMessage(message)]
  const { values, errors } = decode(framesOf(columnOf(bytes)))
  expect(errors).toBeNull()
  expect(values.map((value) => (value as { name: string }).name)).toEqual(['tree', 'tree', 'tree', 'tree'])
  expect((values[1] as { data: Uint8Array }).data).toEqual(new Uint8Array(message.data))
})

test('what is neither is an error of that message with its position; the others are decoded', () => {
  const bytes = [Buffer.from('{"name":'), jsonMessage(message), Buffer.from([0xff, 0xff, 0xff]), null]
  const { values, errors } = decode(framesOf(columnOf(bytes), 40))
  expect([...(errors?.keys() ?? [])]).toEqual([0, 2, 3])
  expect(values[1]).toMatchObject({ name: 'tree' })
  for (const [i, error] of errors ?? []) expect(error.parameters['place']).toBe(`models/0@${40 + i}`)
})

test('the document is the one in proto/ and declares the message', () => {
  expect(modelProto()).toBe(readFileSync(new URL('../../proto/model.proto', import.meta.url), 'utf8'))
  expect(modelProto()).toContain(`message ${MODEL_MESSAGE} {`)
})
