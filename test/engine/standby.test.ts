import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { Telemetry } from '../../src/core/telemetry.ts'
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

function cacheOf(missing: readonly string[] = [], limits: { maxKept?: number } = {}) {
  const reloaded: string[] = []
  const cache = new VersionCache(
    async ({ version }: VersionReference) => {
      reloaded.push(version)
      if (missing.includes(version)) throw new MillraceError('ENGINE_ARTIFACT_MISSING', { digest: 'a', model: 'tree' })
      return prepared()
    },
    { maxVersions: 3, ...limits },
  )
  const told: string[] = []
  const fetched: string[] = []
  const telemetry = new Telemetry()
  telemetry.listen((name, payload) => {
    if (name === 'standbyVersionError') told.push((payload as { version: string }).version)
  })
  const fetch = async (wanted: VersionReference) => {
    fetched.push(wanted.version)
    return wanted.version === 'located' ? prepared() : null
  }
  return { cache, reloaded, told, fetched, parts: { engine: 'numbers', versions: cache, fetch, telemetry } }
}

test('versions that the checkpoints of an engine name are prepared, those of other engines are not', async () => {
  const { reloaded, parts } = cacheOf()
  let note = (_task: string, _state: unknown) => {}
  const store = Object.assign(new MemoryCheckpoints('test'), {
    follow: async (onState: typeof note) => {
      note = onState
      note('numbers/0/0/log', stateOf('1'))
      note('numbers/versions', { known: [] })
      note('others/0/0/log', stateOf('9'))
    },
  })
  await followCheckpoints(store, parts)
  expect(reloaded).toEqual(['1', '1-later'])
  await followCheckpoints(new MemoryCheckpoints('test') as CheckpointStore, parts) // cannot be followed
})

test('a version that is not to be had is passed over; a removed checkpoint names none', async () => {
  const { cache, reloaded, told, fetched, parts } = cacheOf(['1'])
  const standby = new Standby(parts)
  standby.note('a', '0/0', stateOf('1'))
  standby.note('b', '0/1', null)
  await standby.settled()
  expect(reloaded).toEqual(['1', '1-later'])
  expect(cache.size).toBe(1)
  standby.note('a', '0/0', stateOf('1', '2'))
  await standby.settled()
  // It is tried again, and told once; what is at hand is not prepared again.
  expect([reloaded.slice(2), told, fetched]).toEqual([['1', '2', '2-later'], ['1'], ['1', '1']])
})

test('a version that is not to be had is told again when a checkpoint names it anew', async () => {
  const { told, parts } = cacheOf(['1'])
  const standby = new Standby(parts)
  for (const state of [stateOf('1'), stateOf('2'), stateOf('1')]) {
    standby.note('a', '0/0', state)
    await standby.settled()
  }
  expect(told).toEqual(['1', '1'])
})

test('what the checkpoints name stays at hand when others come; what they no longer name does not', async () => {
  const { cache, reloaded, parts } = cacheOf()
  const standby = new Standby(parts)
  standby.note('a', '0/0', stateOf('1'))
  await standby.settled()
  for (const version of ['x', 'y', 'z']) await cache.get(reference({ version }))
  await cache.get(reference({ version: '1' }))
  expect(reloaded).toEqual(['1', '1-later', 'x', 'y', 'z'])
  standby.note('a', '0/0', stateOf('2'))
  standby.note('a', '0/0', stateOf('3'))
  await standby.settled()
  expect(reloaded).not.toContain('2') // the state that came after it was prepared instead
  for (const version of ['x', 'y', 'z']) await cache.get(reference({ version }))
  reloaded.length = 0
  await cache.get(reference({ version: '1' }))
  expect(reloaded).toEqual(['1'])
})

test('a version whose artifact is not here is fetched from where its message said', async () => {
  const { told, fetched, parts } = cacheOf(['located'])
  const standby = new Standby(parts)
  standby.note('a', '0/0', stateOf('located'))
  await standby.settled()
  expect([fetched, told]).toEqual([['located'], []])
})

test('no more is prepared than fits, and nothing twice, however often states change', async () => {
  const { reloaded, parts } = cacheOf([], { maxKept: 4 })
  const standby = new Standby(parts)
  for (let change = 0; change < 3; change++) {
    standby.note('a', '0/0', stateOf('1', '2'))
    standby.note('b', '0/1', stateOf('3', '4'))
    await standby.settled()
  }
  expect(reloaded).toEqual(
    ['1', '2', '1-later', '2-later'].toSorted((x, y) => reloaded.indexOf(x) - reloaded.indexOf(y)),
  )
})
