import { expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { SlotQueue } from '../../../src/streams/slot-queue.ts'
import { openChunkWriter, openFrameWriter } from '../../../src/transports/rest/writer.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { contextFor } from '../../support/transport-context.ts'

test('frames are answers, one each, in order', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 1', clock)
  const writer = openFrameWriter(slot, contextFor({ clock }))
  await writer.write(framesOf(columnOf([Buffer.from('a'), Buffer.from('b')])), null)
  await writer.write(framesOf(columnOf([null])), null)
  const records = await slot.pull(10, 0)
  expect(records?.map((record) => Buffer.from(record.bytes).toString())).toEqual(['a', 'b', ''])
})

test('the writer waits while the slot is full', async () => {
  const clock = new ManualClock()
  const slot = new SlotQueue('slot 1', clock, { maxRecords: 1 })
  const writer = openChunkWriter(slot, contextFor({ clock }))
  let isDone = false
  const writing = Promise.resolve(writer.write(Buffer.from('a'))).then(() => {
    isDone = true
  })
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(isDone).toBe(false)
  await slot.pull(1, 0)
  await writing
})
