import { expect, test } from 'vitest'
import { LocalCheckpoints } from '../../../src/state/kafka/local-checkpoints.ts'

test('values are kept at the commit, and not when the transaction is dropped', async () => {
  const local = new LocalCheckpoints('kafka:a')
  const transaction = local.begin()
  transaction.save('versions', 'state', '{"known":[]}')
  expect(local.get('versions')).toBeNull()
  await transaction.commit()
  expect(local.get('versions')).toEqual({ positions: {}, state: { known: [] }, statistics: null })
  expect(local.tasks()).toEqual(['versions'])
  const dropped = local.begin()
  dropped.save('versions', 'state', 'null')
  dropped.abort()
  await expect(dropped.commit()).rejects.toThrow('is closed')
  expect(() => dropped.save('versions', 'state', null)).toThrow('is closed')
  const removal = local.begin()
  removal.save('versions', 'state', null)
  await removal.commit()
  expect([local.get('versions'), local.tasks()]).toEqual([null, []])
})
