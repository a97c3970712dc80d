import { expect, test } from 'vitest'
import {
  allVersions,
  type HeldVersion,
  isDue,
  isOutdone,
  type KeyVersions,
  leave,
  noVersions,
} from '../../src/engine/key-versions.ts'
import { recordedState } from './fakes.ts'

const versionsOf = (changes: Partial<KeyVersions>): KeyVersions => ({ ...noVersions('iris'), ...changes })

test('a version that has several places is listed once, and the active one first', () => {
  const { admit } = recordedState()
  const [a, b, c] = ['a', 'b', 'c'].map((version) => admit({ version })) as [HeldVersion, HeldVersion, HeldVersion]
  const scheduled = [{ fromMs: 1, version: c }]
  expect(allVersions(versionsOf({ active: c, waiting: b, scheduled, shadows: new Set([a, c]) }))).toEqual([c, b, a])
})

test('without the time of a message nothing is due and nothing outdone; the same time is due and not outdone', () => {
  expect([4, 5, null].map((publishedMs) => isDue({ fromMs: 5 }, publishedMs))).toEqual([false, true, false])
  const done = versionsOf({ doneMs: 5 })
  expect([4, 5, null].map((timeMs) => isOutdone(done, timeMs))).toEqual([true, false, false])
  expect(isOutdone(versionsOf({}), 4)).toBe(false)
})

test('a version that shadows no longer is a candidate; one that did not shadow stays what it is', () => {
  const { state, admit } = recordedState()
  const [shadow, active] = [admit({ version: '1' }), admit({ version: '2' })]
  state.place('shadow', shadow, null)
  state.place('activate', active, null)
  const shadows = new Set([shadow])
  leave(shadows, active)
  leave(shadows, shadow)
  expect([shadow.life.state, active.life.state, shadows.size]).toEqual(['candidate', 'active', 0])
})
