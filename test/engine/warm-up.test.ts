import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { openWarmUp } from '../../src/engine/warm-up.ts'
import type { PreparedModel } from '../../src/models/model.ts'
import type { RecordValue } from '../../src/schema/value.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { FakeScorer, prepared, reference } from './fakes.ts'

const wrong = () => {
  throw new MillraceError('MODEL_INPUT_MISSING', { field: 'x' })
}

/** A clock on which every look takes a while. */
function slowClock(stepMs: number) {
  let now = 0
  return { ...systemClock, monotonicMs: () => (now += stepMs) }
}

test('a model without samples is warm at once', () => {
  const warmUp = openWarmUp({ reference: reference(), prepared: prepared() }, new FakeScorer(), [], new ManualClock())
  expect(warmUp.isDone).toBe(true)
})

test('a slice ends when its time is up, a warm-up after some slices; a fast model after enough records', async () => {
  const slow = new FakeScorer()
  const samples = [{ x: 1 }]
  const warmUp = openWarmUp({ reference: reference(), prepared: prepared({ samples }) }, slow, [], slowClock(5))
  await warmUp.slice()
  expect(slow.asked).toHaveLength(1)
  let slices = 1
  for (; !warmUp.isDone; slices++) await warmUp.slice()
  expect(slices).toBe(5)

  const fast = new FakeScorer()
  const quick = openWarmUp({ reference: reference(), prepared: prepared({ samples }) }, fast, [], new ManualClock())
  await quick.slice() // no time passes on this clock
  expect(quick.isDone).toBe(true)
  expect(fast.asked).toHaveLength(20_000)
})

test('live records warm too, unless the model remembers what it scores', async () => {
  for (const isStateful of [false, true]) {
    const scorer = new FakeScorer()
    const model = prepared({ samples: [{ x: 1 }], isStateful })
    const warmUp = openWarmUp({ reference: reference(), prepared: model }, scorer, [{ live: 1 }], slowClock(9))
    for (let i = 0; i < 2; i++) await warmUp.slice()
    expect(scorer.asked.flat()).toEqual(isStateful ? [{ x: 1 }, { x: 1 }] : [{ x: 1 }, { live: 1 }])
  }
})

test('a version that scores none of its own samples is refused with the reason', async () => {
  const model = prepared({ samples: [{ x: 1 }, { x: 2 }] })
  const warmUp = openWarmUp({ reference: reference(), prepared: model }, new FakeScorer(wrong), [], slowClock(9))
  await warmUp.slice()
  await expect(warmUp.slice()).rejects.toMatchObject({
    code: 'ENGINE_WARM_UP_ERROR',
    message: expect.stringContaining('field "x" is missing'),
  })
})

test('errors on some samples or on live records only do not refuse a version', async () => {
  const onOdd = new FakeScorer((record) => ((record?.['x'] as number) % 2 ? wrong() : {}))
  const some = prepared({ samples: [{ x: 1 }, { x: 2 }] })
  const warm = async (model: PreparedModel, recent: RecordValue[]) => {
    const warmUp = openWarmUp({ reference: reference(), prepared: model }, onOdd, recent, slowClock(9))
    while (!warmUp.isDone) await warmUp.slice()
  }
  await warm(some, [])
  await warm(prepared({ samples: [{ x: 2 }] }), [{ x: 1 }, { x: 3 }])
  expect(onOdd.asked.flat()).toContainEqual({ x: 3 })
})

test('a model that is slow at first scores one record at a time, a fast one more and more', async () => {
  const samples = Array.from({ length: 8 }, (_, i) => ({ x: i }))
  const slow = new FakeScorer()
  const slowly = openWarmUp({ reference: reference(), prepared: prepared({ samples }) }, slow, [], slowClock(30))
  let slices = 0
  for (; !slowly.isDone; slices++) await slowly.slice()
  expect(slices).toBe(8) // its time is up at once, but every sample has to be scored
  expect(slow.asked.map((part) => part.length)).toEqual(Array(8).fill(1))

  const fast = new FakeScorer()
  await openWarmUp({ reference: reference(), prepared: prepared({ samples }) }, fast, [], new ManualClock()).slice()
  expect(fast.asked.slice(0, 5).map((part) => part.length)).toEqual([1, 2, 4, 1, 8])
})
