import { expect, test } from 'vitest'
import { Publisher } from '../../../src/cli/demo/publisher.ts'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { bytesAt } from '../../../src/core/bytes.ts'
import { readModelMessage } from '../../../src/engine/model-message.ts'
import type { Value } from '../../../src/schema/value.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const messages = new URL('../../../examples/iris/models.jsonl', import.meta.url)

test('every model of the demo is published as a message that the engine reads, and then they come again as the next version', async () => {
  const log = EmbeddedLog.open(`${temporaryFolder()}/log.db`)
  log.createTopic('models')
  const publisher = await Publisher.open(log, 'models', messages)
  const { size } = publisher.formats
  const names = Array.from({ length: size + 1 }, () => publisher.next())
  expect(names.slice(0, size).every((name) => name.endsWith('@1'))).toBe(true)
  expect(names[size]).toBe(names[0]?.replace('@1', '@2'))
  expect([...new Set(publisher.formats.values())].sort()).toEqual([
    'javascript',
    'lightgbm',
    'onnx',
    'pmml',
    'tensorflow',
    'xgboost',
  ])
  expect(names).toContain('broken@1')
  const batch = log.read('models', 0, 0, 100)
  for (let i = 0; i < batch.length; i++) {
    const text = Buffer.from(bytesAt(batch.values, i) as Uint8Array).toString()
    const command = readModelMessage(JSON.parse(text) as Value, `models/0@${i}`)
    expect(command).toMatchObject({ action: 'activate', key: 'iris' })
    expect(`${command.model}@${command.version}`).toBe(names[i])
    expect(command.data?.length).toBeGreaterThan(100)
  }
})
