import { expect, test } from 'vitest'
import { VersionCache } from '../../src/engine/version-cache.ts'
import { referenceId, type VersionReference } from '../../src/engine/versions.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import { prepared, reference } from './fakes.ts'

function cacheOf(limits: { maxBytes?: number; maxVersions?: number; maxKept?: number } = {}, bytes = 10) {
  const reloaded: string[] = []
  let fail: Error | null = null
  const cache = new VersionCache(async ({ version }: VersionReference): Promise<PreparedModel> => {
    reloaded.push(version)
    if (fail) throw fail
    return prepared({ residentBytes: bytes })
  }, limits)
  return { cache, reloaded, failWith: (error: Error | null) => (fail = error) }
}
const version = (name: string) => reference({ version: name })

test('however many tasks want a version, it is prepared once', async () => {
  const { cache, reloaded } = cacheOf()
  const [a, b] = await Promise.all([cache.get(version('1')), cache.get(version('1'))])
  expect(await cache.get(version('1'))).toBe(a)
  expect(b).toBe(a)
  expect(reloaded).toEqual(['1'])
})

test('what was prepared already is not prepared again; an error is not kept', async () => {
  const { cache, reloaded, failWith } = cacheOf()
  const model = prepared()
  cache.put(version('1'), model)
  expect(await cache.get(version('1'))).toBe(model)
  failWith(new Error('it is away'))
  await expect(cache.get(version('2'))).rejects.toThrow('it is away')
  failWith(null)
  await cache.get(version('2'))
  expect(reloaded).toEqual(['2', '2'])
})

test('it is known by name what is at hand, and found by all that identifies it', () => {
  const { cache } = cacheOf()
  const model = prepared()
  const held = reference({ key: 'a', model: 'm', version: '1', options: { x: 1 } })
  cache.put(held, model)
  const named = { key: 'a', model: 'm' }
  expect(cache.hasNamed({ ...named, version: '1' })).toBe(true)
  expect(cache.hasNamed({ ...named, version: '' })).toBe(true)
  for (const other of [{ version: '10' }, { version: '1', key: 'b' }, { version: '', model: 'm2' }])
    expect(cache.hasNamed({ ...named, ...other })).toBe(false)
  expect(cache.find(held)).toBe(model)
  for (const other of [{ digest: 'other' }, { format: 'other' }, { options: {} }, { version: '2' }])
    expect(cache.find({ ...held, ...other })).toBe(null)
})

test('the least recently used go first, by bytes and by number; the newest stays, however large', async () => {
  const { cache, reloaded } = cacheOf({ maxBytes: 30, maxVersions: 3 })
  for (const name of ['1', '2', '3', '1', '4', '1', '2']) await cache.get(version(name))
  expect(reloaded).toEqual(['1', '2', '3', '4', '2'])
  cache.put(version('large'), prepared({ residentBytes: 100 }))
  expect(cache.size).toBe(1)
  await cache.get(version('large'))
  expect(reloaded).toHaveLength(5)
})

test('versions that shall stay go last', async () => {
  const { cache, reloaded } = cacheOf({ maxVersions: 2 })
  cache.keep('test', new Set([referenceId(version('1'))]))
  for (const name of ['1', '2', '3', '4', '1']) await cache.get(version(name))
  expect(reloaded).toEqual(['1', '2', '3', '4'])
})

test('a closed cache keeps nothing', async () => {
  const { cache, reloaded } = cacheOf()
  await cache.get(version('1'))
  cache.close()
  await cache.get(version('1'))
  expect([cache.size, reloaded]).toEqual([0, ['1', '1']])
})

test('what several asked to keep stays beside the others until they let go; full is what only they fill', async () => {
  const { cache, reloaded } = cacheOf({ maxVersions: 1, maxKept: 3, maxBytes: 1_000 })
  const ids = (...names: string[]) => new Set(names.map((name) => referenceId(version(name))))
  cache.keep('a', ids('1', '2'))
  cache.keep('b', ids('3', '4'))
  for (const name of ['1', '2', 'x', '3']) {
    expect(cache.isFull).toBe(false)
    await cache.get(version(name))
  }
  expect(cache.isFull).toBe(true)
  for (const name of ['1', '2', '3', 'x']) await cache.get(version(name))
  expect(reloaded).toEqual(['1', '2', 'x', '3'])
  cache.release('a')
  await cache.get(version('y'))
  expect(cache.size).toBe(2) // 3 is kept, and y is the one other
})
