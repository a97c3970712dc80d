import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileTransport } from '../../../src/transports/file/file.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contextFor } from '../../support/transport-context.ts'

test('a relative path starts from the folder of the document, in both directions', async () => {
  const context = contextFor({ baseFolder: temporaryFolder() })
  const options = { path: join('out', 'x.txt'), follow: false, mode: 'append' } as const
  const writer = await fileTransport.openWriter(options, context)
  if (writer.accepts !== 'chunks') throw new Error('a file takes bytes')
  await writer.write(Buffer.from('hello'))
  await writer.close()
  const reader = await fileTransport.openReader(options, context)
  if (reader.delivers !== 'chunks') throw new Error('a file gives bytes')
  expect(Buffer.from((await reader.next(0))?.bytes ?? []).toString()).toBe('hello')
  await reader.close()
})
