import { expect, test } from 'vitest'
import { inlineTransport } from '../../../src/transports/inline/inline.ts'
import { contextFor } from '../../support/transport-context.ts'

test('a list keeps records and a text does not, in the traits as in the reader', async () => {
  for (const options of [{ records: ['1'] }, { binaryRecords: ['MQ=='] }, { text: '1' }, { binary: 'MQ==' }]) {
    const reader = await inlineTransport.openReader(options, contextFor())
    expect(reader.delivers === 'frames').toBe(inlineTransport.traits(options).keepsRecords)
    await reader.close()
  }
})

test('it cannot be written', async () => {
  await expect(inlineTransport.openWriter({ text: '' }, contextFor())).rejects.toMatchObject({
    code: 'TRANSPORT_WRONG_DIRECTION',
  })
})
