import { expect, test } from 'vitest'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { discardTransport } from '../../../src/transports/discard/discard.ts'
import { contextFor } from '../../support/transport-context.ts'

test('it takes any batch at once', async () => {
  const writer = await discardTransport.openWriter({}, contextFor())
  if (writer.accepts !== 'frames') throw new Error('discard takes frames')
  expect(writer.write(framesOf(columnOf([Buffer.from('x'), null])), null)).toBeUndefined()
  await writer.flush()
  await writer.close()
})

test('it cannot be read, and says where somebody tried', async () => {
  await expect(discardTransport.openReader({}, contextFor())).rejects.toThrow(
    'test.yaml: slots.0: transport "discard" cannot be used for reading',
  )
})
