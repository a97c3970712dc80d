import { expect, it } from 'vitest'
import { MemoryArtifacts, MemoryCheckpoints } from '../../../src/state/memory/store.ts'

// What it shares with the store in a log is tested with that one (test/state/log/store.test.ts, test/state/artifacts.test.ts).

it('commits all of a transaction or nothing', async () => {
  const store = new MemoryCheckpoints('test')
  const transaction = store.begin('a')
  store.savePositions('a', { data: 1 }, transaction)
  store.savePositions('b', { data: 1 }, transaction)
  await store.acquire('b', { partition: 0 }) // fences the transaction off, after "a" was saved in it
  await expect(transaction.commit()).rejects.toThrow(/task "b" was taken over by another owner/)
  expect(await store.tasks()).toEqual([])
})

it('keeps its own copy of an artifact', async () => {
  const store = new MemoryArtifacts()
  const bytes = Buffer.from('model')
  const digest = await store.put(bytes)
  bytes.fill(0)
  expect(Buffer.from((await store.get(digest)) as Uint8Array).toString()).toBe('model')
})
