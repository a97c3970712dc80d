import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { type LoadedOutcome, UpdateIntake } from '../../src/engine/update-intake.ts'
import type { VersionReference } from '../../src/engine/versions.ts'
import type { Scorer } from '../../src/models/model.ts'
import { FakeScorer, loadedUpdate, prepared, recordedState, update } from './fakes.ts'

/** An intake over a recorded state; a version with samples takes several slices, because each look at the clock takes 5 ms. */
function intakeOf(open?: (outcome: LoadedOutcome) => Promise<Scorer>, isRunning = true) {
  const recorded = recordedState()
  const opened: FakeScorer[] = []
  const rejected: [string, MillraceError][] = []
  let now = 0
  const intake = new UpdateIntake({
    state: recorded.state,
    clock: { now: () => 0, monotonicMs: () => (now += 5), sleep: async () => {} },
    open:
      open ??
      (async () => {
        const scorer = new FakeScorer()
        opened.push(scorer)
        return scorer
      }),
    recent: () => [],
    onRejected: (reference: VersionReference, error) => rejected.push([reference.version, error]),
  })
  if (isRunning) intake.begin()
  return { ...recorded, intake, opened, rejected }
}

const slow = prepared({ samples: [{ x: 1 }] })

test('updates are applied in order and the position moves behind them', async () => {
  const { intake, cutOvers } = intakeOf()
  intake.push(loadedUpdate({ version: '1' }, { position: 4, end: 50 }))
  intake.push(loadedUpdate({ version: '2' }, { position: 50, end: 60 }))
  expect(intake.isBusy).toBe(true)
  expect(await intake.advance()).toBe(true)
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> tree@2'])
  expect(intake.position).toBe(60) // where the next message starts, in bytes for a file
  expect(intake.isBusy).toBe(false)
  expect(await intake.advance()).toBe(false)
})

test('a version takes its place when it is warm, and updates behind it wait', async () => {
  const { intake, cutOvers, state } = intakeOf()
  intake.push(loadedUpdate({ version: '1' }, { position: 0 }, slow))
  intake.push(update({ position: 1, action: 'retire', outcome: { type: 'none' } }))
  expect(await intake.advance()).toBe(false)
  expect(state.active('iris')).toBeNull()
  expect(intake.position).toBe(0)
  let slices = 1
  while (!(await intake.advance())) slices++
  expect(slices).toBeGreaterThan(2)
  expect(cutOvers).toEqual(['iris: none -> tree@1', 'iris: tree@1 -> none'])
  expect(intake.position).toBe(2)
})

test('updates that a checkpoint has applied are passed over', async () => {
  const { intake, cutOvers, opened } = intakeOf()
  intake.resume(5)
  intake.push(loadedUpdate({ version: '1' }, { position: 4 }))
  expect(await intake.advance()).toBe(false)
  intake.push(loadedUpdate({ version: '2' }, { position: 5 }))
  expect(await intake.advance()).toBe(true)
  expect(cutOvers).toEqual(['iris: none -> tree@2'])
  expect(opened).toHaveLength(1)
})

test('a rejected message moves the position and changes nothing', async () => {
  const { intake, cutOvers } = intakeOf()
  const error = new MillraceError('ENGINE_MESSAGE_WRONG', { position: 'models/0@3', reason: 'x' }).toReport()
  intake.push(update({ position: 3, outcome: { type: 'rejected', error } }))
  expect(await intake.advance()).toBe(true)
  expect(intake.position).toBe(4)
  expect(cutOvers).toEqual([])
})

test('a version that is held already is not opened again', async () => {
  const { intake, opened, state } = intakeOf()
  intake.push(loadedUpdate({ version: '1' }, { position: 0, action: 'publish' }))
  intake.push(loadedUpdate({ version: '1', modelPosition: 'models/0@1' }, { position: 1, action: 'activate' }))
  await intake.advance()
  expect(opened).toHaveLength(1)
  expect(state.active('iris')?.reference.modelPosition).toBe('models/0@0')
})

test('a version that cannot be opened is rejected with the reason; the one before stays', async () => {
  let isGood = true
  const { intake, rejected, state } = intakeOf(async () => {
    if (isGood) return new FakeScorer()
    throw new Error('no session')
  })
  intake.push(loadedUpdate({ version: '1' }, { position: 0 }))
  await intake.advance()
  isGood = false
  intake.push(loadedUpdate({ version: '2' }, { position: 1 }))
  expect(await intake.advance()).toBe(true)
  expect(state.active('iris')?.reference.version).toBe('1')
  expect(rejected[0]?.[0]).toBe('2')
  expect(rejected[0]?.[1]).toMatchObject({
    code: 'ENGINE_WARM_UP_ERROR',
    message: expect.stringContaining('no session'),
  })
  expect(intake.position).toBe(2)
})

test('a version that scores none of its samples is rejected and closed', async () => {
  const scorer = new FakeScorer(() => {
    throw new MillraceError('MODEL_INPUT_MISSING', { field: 'x' })
  })
  const { intake, rejected, cutOvers } = intakeOf(async () => scorer)
  intake.push(loadedUpdate({ version: '1' }, { position: 0 }, slow))
  while (!(await intake.advance()));
  expect(rejected).toHaveLength(1)
  expect(scorer.closed).toBe(1)
  expect(cutOvers).toEqual([])
})

test('closing in the middle of a warm-up closes the scorer', async () => {
  const { intake, opened } = intakeOf()
  intake.push(loadedUpdate({ version: '1' }, { position: 0 }, slow))
  await intake.advance()
  intake.close()
  intake.close()
  expect(opened[0]?.closed).toBe(1)
})

test('before the first record only the last version of each key is opened, and what stands between two versions keeps both', async () => {
  const { intake, cutOvers, opened } = intakeOf(undefined, false)
  for (let i = 0; i < 50; i++) intake.push(loadedUpdate({ version: String(i) }, { position: i, end: i + 1 }))
  intake.push(loadedUpdate({ version: 'other', key: 'wine' }, { position: 50, end: 51, key: 'wine' }))
  while (intake.isBusy) await intake.advance()
  expect(opened).toHaveLength(2)
  expect(cutOvers).toEqual(['iris: none -> tree@49', 'wine: none -> tree@other'])
  expect(intake.position).toBe(51)

  const second = intakeOf(undefined, false)
  second.intake.push(loadedUpdate({ version: '1' }, { position: 0 }))
  second.intake.push(update({ position: 1, action: 'pin', model: 'tree', version: '1', outcome: { type: 'none' } }))
  second.intake.push(loadedUpdate({ version: '2' }, { position: 2 }))
  while (second.intake.isBusy) await second.intake.advance()
  expect(second.state.active('iris')?.reference.version).toBe('1')
})

test('before the first record a version is only tried, with each of its samples; one that scores none is still rejected', async () => {
  const { intake, opened, rejected, state } = intakeOf(undefined, false)
  const samples = prepared({ samples: [{ x: 1 }, { x: 2 }, { x: 3 }] })
  intake.push(loadedUpdate({ version: '1' }, { position: 0 }, samples))
  while (intake.isBusy) await intake.advance()
  expect(opened[0]?.asked.flat()).toHaveLength(3)
  expect(state.active('iris')?.reference.version).toBe('1')
  const bad = intakeOf(async () => {
    return new FakeScorer(() => {
      throw new MillraceError('MODEL_INPUT_MISSING', { field: 'x' })
    })
  }, false)
  bad.intake.push(loadedUpdate({ version: '1' }, { position: 0 }, slow))
  while (bad.intake.isBusy) await bad.intake.advance()
  expect(bad.rejected).toHaveLength(1)
  expect(rejected).toEqual([])
})

test('a publisher that is faster than warming makes no queue, and versions still take their place', async () => {
  const { intake, opened, cutOvers } = intakeOf()
  for (let i = 0; i < 200; i++) {
    intake.push(loadedUpdate({ version: String(i) }, { position: i }, slow))
    await intake.advance()
  }
  while (intake.isBusy) await intake.advance()
  expect(opened.length).toBeLessThan(50)
  expect(cutOvers.length).toBe(opened.length)
  expect(cutOvers.at(-1)).toContain('-> tree@199')
  expect(intake.position).toBe(200)
})
