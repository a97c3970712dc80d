import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EmbeddedLog } from '../../../src/clients/log/log.ts'
import { LogCheckpoints } from '../../../src/state/log/store.ts'
import { MemoryCheckpoints } from '../../../src/state/memory/store.ts'
import type { CheckpointStore } from '../../../src/state/state.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A store, and a second owner of the same checkpoints where there can be one. */
const stores: readonly [string, () => { store: CheckpointStore; rival: CheckpointStore | null }][] = [
  [
    'in a log',
    () => {
      const path = join(temporaryFolder(), 'log.db')
      const open = () => {
        const store = new LogCheckpoints(EmbeddedLog.open(path))
        onTestFinished(() => store.close())
        return store
      }
      return { store: open(), rival: open() }
    },
  ],
  ['in memory', () => ({ store: new MemoryCheckpoints('test'), rival: null })],
]

async function commit(store: CheckpointStore, save: (transaction: ReturnType<CheckpointStore['begin']>) => void) {
  const transaction = store.begin('a')
  save(transaction)
  await transaction.commit()
}

describe.each(stores)('checkpoints %s', (_name, open) => {
  it('come back as last committed, positions and state apart', async () => {
    const { store } = open()
    expect(await store.load('a')).toBeNull()
    await commit(store, (t) => store.savePositions('a', { data: 3 }, t))
    expect(await store.load('a')).toEqual({ positions: { data: 3 }, state: null, statistics: null })
    await commit(store, (t) => store.saveState('a', { keys: ['ü'] }, t))
    await commit(store, (t) => store.saveState('b', [1, null], t))
    await commit(store, (t) => store.saveStatistics('a', { usage: 7 }, t))
    await commit(store, (t) => store.savePositions('a', { data: 4, models: 2 ** 50 }, t))
    expect(await store.load('a')).toEqual({
      positions: { data: 4, models: 2 ** 50 },
      state: { keys: ['ü'] },
      statistics: { usage: 7 },
    })
    expect(await store.load('b')).toEqual({ positions: {}, state: [1, null], statistics: null })
    expect(await store.tasks()).toEqual(['a', 'b'])
    await commit(store, (t) => store.remove('a', t))
    expect(await store.load('a')).toBeNull()
  })

  it('are written down when saved: later changes of the value do not count', async () => {
    const { store } = open()
    const state = { count: 1 }
    await commit(store, (t) => {
      store.saveState('a', state, t)
      state.count = 2
    })
    expect((await store.load('a'))?.state).toEqual({ count: 1 })
  })

  it('stay as they were when the transaction is dropped', async () => {
    const { store } = open()
    const transaction = store.begin('a')
    store.savePositions('a', { data: 1 }, transaction)
    transaction.abort()
    await expect(transaction.commit()).rejects.toThrow(/is closed/)
    expect(await store.load('a')).toBeNull()
  })

  it('belong to the last who acquired the task', async () => {
    const { store, rival } = open()
    await store.acquire('a', { partition: 0 })
    const late = store.begin('a')
    store.savePositions('a', { data: 9 }, late)
    await (rival ?? store).acquire('a', { partition: 0 })
    await expect(late.commit()).rejects.toMatchObject({ scope: 'server', code: expect.stringMatching(/_FENCED$/) })
    expect(await store.load('a')).toBeNull()
    const good = (rival ?? store).begin('a')
    ;(rival ?? store).savePositions('a', { data: 1 }, good)
    await good.commit()
    expect(await store.load('a')).toEqual({ positions: { data: 1 }, state: null, statistics: null })
  })

  it('refuse a transaction of another domain', () => {
    const { store } = open()
    const foreign = new MemoryCheckpoints('other').begin('a')
    expect(() => store.savePositions('a', {}, foreign)).toThrow(
      `a transaction of "memory:other" cannot save a checkpoint in "${store.domain}"`,
    )
  })
})

it('a damaged checkpoint in a log names task and file', async () => {
  const path = join(temporaryFolder(), 'log.db')
  const log = EmbeddedLog.open(path)
  const store = new LogCheckpoints(log)
  onTestFinished(() => store.close())
  const transaction = log.begin()
  transaction.putState('checkpoint/state', 'a', Buffer.from('{"half":'))
  await transaction.commit()
  await expect(store.load('a')).rejects.toThrow(`the checkpoint of task "a" in ${path} is damaged: `)
})
