import { expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { SlotQueue } from '../../../src/streams/slot-queue.ts'
import { restTransport } from '../../../src/transports/rest/rest.ts'
import { contextFor } from '../../support/transport-context.ts'

test('the mode decides between frames and chunks, in the traits as in the ends', async () => {
  for (const mode of ['simple', 'chunked'] as const) {
    const context = contextFor({ channel: new SlotQueue('slot 0', systemClock) })
    const { keepsRecords } = restTransport.traits({ mode })
    expect((await restTransport.openReader({ mode }, context)).delivers === 'frames').toBe(keepsRecords)
    expect((await restTransport.openWriter({ mode }, context)).accepts === 'frames').toBe(keepsRecords)
  }
})

test('without a process that serves HTTP it cannot be opened', async () => {
  await expect(restTransport.openReader({ mode: 'simple' }, contextFor())).rejects.toMatchObject({
    code: 'TRANSPORT_CHANNEL_MISSING',
  })
})
