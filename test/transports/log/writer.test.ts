import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { LogWriter } from '../../../src/transports/log/writer.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

it('commits each batch by itself, in the order of the calls, or leaves it to the transaction', async () => {
  const path = join(temporaryFolder(), 'log.db')
  const log = EmbeddedLog.open(path)
  onTestFinished(() => log.close())
  log.createTopic('t', { partitions: 2 })
  const writer = new LogWriter(EmbeddedLog.open(path), { topic: 't', partition: 1, place: 'here' })
  const writes = ['a', 'b', 'c'].map((text) => writer.write(framesOf(columnOf([Buffer.from(text)])), null))
  await Promise.all(writes)
  const { values } = log.read('t', 1, 0, 10)
  expect(Buffer.from(values.bytes).subarray(values.starts[0], values.ends[2]).toString()).toBe('abc')
  const transaction = log.begin()
  writer.write(framesOf(columnOf([Buffer.from('d')])), transaction)
  await writer.flush()
  expect(log.endPosition('t', 1)).toBe(3)
  await transaction.commit()
  expect(log.endPosition('t', 1)).toBe(4)
  await writer.close()
})
