import { expect, test } from 'vitest'
import { followCheckpoints, Standby } from '../../src/engine/standby.ts'
import { VersionCache } from '../../src/engine/version-cache.ts'
import type { VersionReference } from '../../src/engine/versions.ts'
import { MemoryCheckpoints } from '../../src/state/memory/store.ts'
import type { CheckpointStore } from '../../src/state/state.ts'
import { prepared, reference } from './fakes.ts'

const stateOf = (...versions: string[]) => ({
  keys: versions.map((version) => ({
    key: 'iris',
    active: reference({ version }),
    activeSinceMs: 0,
    isPinned: false,
    waiting: null,
    scheduled: [{ fromMs: 5, reference: reference({ version: `${version}-later` }) }],
    candidates: [],
    shadows: [],
  })),
})

function cacheOf(missing: readonly string[] = []) {
  const reloaded: string[] = []
  const cache = new VersionCache(
    async ({ version }: VersionReference) => {
      reloaded.push(version)
      if (missing.includes(version)) throw new Error('it is gone')
      return prepared()
    },
    { maxVersions: 4 },
  )
  return { cache, reloaded }
}

test('versions that the checkpoints of an engine name are prepared, those of other engines are not', async () => {
  const { cache, reloaded } = cacheOf()
  let note = (_task: string, _state: unknown) => {}
  const store = Object.assign(new MemoryCheckpoints('test'), {
    follow: async (onState: typeof note) => {
      note = onState
      note('numbers/0/0/log', stateOf('1'))
      note('numbers/versions', { known: [] })
      note('others/0/0/log', stateOf('9'))
    },
  })
  await followCheckpoints(store, 'numbers', cache)
  expect(reloaded).toEqual(['1', '1-later'])
  await followCheckpoints(new MemoryCheckpoints('test') as CheckpointStore, 'numbers', cache) // cannot be followed
})

test('a version that is not to be had is passed over; a removed checkpoint names none', async () => {
  const { cache, reloaded } = cacheOf(['1'])
  const standby = new Standby(cache)
  standby.note('a', stateOf('1'))
  standby.note('b', null)
  await standby.settled()
  expect(reloaded).toEqual(['1', '1-later'])
  expect(cache.size).toBe(1)
})

test('what the checkpoints name stays at hand when others come; what they no longer name does not', async () => {
  const { cache, reloaded } = cacheOf()
  const standby = new Standby(cache)
  standby.note('a', stateOf('1'))
  await standby.settled()
  for (const version of ['x', 'y', 'z']) await cache.get(reference({ version }))
  await cache.get(reference({ version: '1' }))
  expect(reloaded).toEqual(['1', '1-later', 'x', 'y', 'z'])
  standby.note('a', stateOf('2'))
  standby.note('a', stateOf('3'))
  await standby.settled()
  expect(reloaded).not.toContain('2') // the state that came after it was prepared instead
  for (const version of ['x', 'y', 'z']) await cache.get(reference({ version }))
  reloaded.length = 0
  await cache.get(reference({ version: '1' }))
  expect(reloaded).toEqual(['1'])
})
