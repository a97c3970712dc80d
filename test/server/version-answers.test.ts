import { expect, test } from 'vitest'
import { activeVersions, keyAnswer, keysOf, versionAnswers } from '../../src/server/version-answers.ts'
import { known, reference, reportOf, snapshot } from './fake-engine.ts'

const [one, two, three, four, five] = ['1', '2', '3', '4', '5'].map((v) => reference('wine', 'tree', v)) as [
  ReturnType<typeof reference>,
  ReturnType<typeof reference>,
  ReturnType<typeof reference>,
  ReturnType<typeof reference>,
  ReturnType<typeof reference>,
]

test('every version stands where the tasks have it; one that no task has is retired or rejected', () => {
  const report = reportOf(
    [
      [snapshot('wine', two, { shadows: [three], candidates: [four] })],
      [snapshot('wine', two, { scheduled: [{ fromMs: 9, reference: three }] })],
    ],
    { versions: [known(one, 0), known(two, 1), known(three, 2), known(four, 3), known(five, 4, 'it is no tree')] },
  )
  const states = versionAnswers(report).map(({ version, state, tasks }) => [version, state, tasks])
  expect(states).toEqual([
    ['5', 'rejected', 0],
    ['4', 'held', 1],
    ['3', 'shadow', 1],
    ['2', 'active', 2],
    ['1', 'retired', 0],
  ])
  expect(versionAnswers(report)[0]?.rejection).toMatchObject({ code: 'ENGINE_MESSAGE_WRONG' })
})

test('a version with several messages stands once, at the latest', () => {
  const report = reportOf([[snapshot('wine', one)]], { versions: [known(one, 0), known(two, 1), known(one, 2)] })
  expect(versionAnswers(report).map(({ version, position }) => [version, position])).toEqual([
    ['1', 'models/0@2'],
    ['2', 'models/0@1'],
  ])
})

test('while a swap is under way the newer version is named', () => {
  const report = reportOf([[snapshot('wine', one)], [snapshot('wine', two, { activeSinceMs: 6000 })]])
  expect(activeVersions(report)).toEqual({ wine: 'tree@2' })
  expect(keyAnswer(report, 'wine')).toMatchObject({ active: 'tree@2', isPinned: false })
})

test('a key is known by its versions alone, and what is not known is null', () => {
  const report = reportOf([[snapshot('iris', null)]], { versions: [known(one, 0, 'it is no tree')] })
  expect(keysOf(report)).toEqual(['iris'])
  expect(keyAnswer(report, 'wine')).toMatchObject({ active: null, versions: [{ state: 'rejected' }] })
  expect(keyAnswer(report, 'iris')).toMatchObject({ active: null, versions: [] })
  expect(keyAnswer(report, 'beer')).toBeNull()
})
