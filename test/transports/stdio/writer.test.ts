import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDescriptorWriter } from '../../../src/transports/stdio/writer.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contextFor } from '../../support/transport-context.ts'

test('what was written is there after flush, and close leaves the descriptor open', async () => {
  const path = join(temporaryFolder(), 'out')
  const descriptor = openSync(path, 'w')
  const writer = openDescriptorWriter(descriptor, contextFor())
  writer.write(Buffer.from('a'))
  writer.write(Buffer.from('b'))
  await writer.flush()
  expect(readFileSync(path, 'utf8')).toBe('ab')
  await writer.close()
  await writer.close()
  expect(() => writer.write(Buffer.from('c'))).toThrow('standard output is closed')
  closeSync(descriptor)
})

test('a descriptor that cannot be written is an error of writing', async () => {
  const path = join(temporaryFolder(), 'out')
  closeSync(openSync(path, 'w'))
  const descriptor = openSync(path, 'r')
  const writer = openDescriptorWriter(descriptor, contextFor())
  writer.write(Buffer.from('a'))
  await expect(writer.flush()).rejects.toMatchObject({ code: 'TRANSPORT_IO' })
  closeSync(descriptor)
})
