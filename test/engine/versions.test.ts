import { expect, test } from 'vitest'
import { isSameVersion, type VersionState, versionMoves, versionName } from '../../src/engine/versions.ts'
import { reference } from './fakes.ts'

const states = Object.keys(versionMoves) as VersionState[]

function reachable(from: VersionState): Set<VersionState> {
  const found = new Set<VersionState>()
  const walk = (state: VersionState) => {
    for (const next of versionMoves[state] as readonly VersionState[]) {
      if (found.has(next)) continue
      found.add(next)
      walk(next)
    }
  }
  walk(from)
  return found
}

test('every state is reached from published, and from every state a version can end', () => {
  expect([...reachable('published'), 'published'].sort()).toEqual([...states].sort())
  for (const state of states)
    expect([...reachable(state), state].some((s) => s === 'retired' || s === 'rejected')).toBe(true)
})

test('nothing scores without having been a candidate', () => {
  const before = (to: VersionState) => states.filter((s) => (versionMoves[s] as readonly string[]).includes(to))
  expect(before('active')).toEqual(['candidate', 'shadow'])
  expect(before('shadow')).toEqual(['candidate'])
})

test('a version is written as name@version', () => {
  expect(versionName(reference({ model: 'tree', version: '3' }))).toBe('tree@3')
})

test('versions are the same when key, name, version, bytes and options are', () => {
  const one = reference()
  expect(isSameVersion(one, { ...one, modelPosition: 'models/0@7', description: 'again' })).toBe(true)
  for (const change of [
    { key: 'wine' },
    { model: 'forest' },
    { version: '2' },
    { digest: 'f'.repeat(64) },
    { options: { a: 1 } },
  ])
    expect(isSameVersion(one, { ...one, ...change })).toBe(false)
})
