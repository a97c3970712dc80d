import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { columnOf } from '../../../src/core/bytes.ts'
import { framesOf } from '../../../src/core/frames.ts'
import { LogReader, ownTransaction } from '../../../src/transports/log/reader.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function openReader() {
  const log = EmbeddedLog.open(join(temporaryFolder(), 'log.db'))
  log.createTopic('t')
  const place = { topic: 't', partition: 0, group: '', fence: null, place: 'here' }
  const reader = new LogReader(log, log.cursor('t', 0, 0), place)
  onTestFinished(() => reader.close())
  return { log, reader }
}

it('without a group commits nothing', async () => {
  const { log, reader } = openReader()
  log.append('t', 0, framesOf(columnOf([Buffer.from('a')])))
  await reader.commit(1, null)
  expect(log.groups()).toEqual([])
})

it('ends a wait when it is closed', async () => {
  const { reader } = openReader()
  const waiting = reader.next(10, Number.POSITIVE_INFINITY)
  await reader.close()
  expect((await waiting)?.length).toBe(0)
})

it('takes part in transactions of its own file only', () => {
  const { log } = openReader()
  const transaction = log.begin()
  expect(ownTransaction(transaction, log.domain, 'here')).toBe(transaction)
  expect(() => ownTransaction(transaction, 'log:/other', 'here')).toThrow(/here: a transaction of .* cannot take part/)
})
