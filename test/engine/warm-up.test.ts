import { expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { openWarmUp } from '../../src/engine/warm-up.ts'
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
    await openWarmUp({ reference: reference(), prepared: model }, scorer, [{ live: 1 }], slowClock(9)).slice()
    expect(scorer.asked[0]).toEqual(isStateful ? [{ x: 1 }] : [{ x: 1 }, { live: 1 }])
  }
})

test('a version that scores none of its own samples is refused with the reason', async () => {
  const model = prepared({ samples: [{ x: 1 }, { x: 2 }] })
  const warmUp = openWarmUp({ reference: reference(), prepared: model }, new FakeScorer(wrong), [], slowClock(9))
  await expect(warmUp.slice()).rejects.toMatchObject({
    code: 'ENGINE_WARM_UP_ERROR',
    message: expect.stringContaining('field "x" is missing'),
  })
})

test('errors on some samples or on live records only do not refuse a version', async () => {
  const onOdd = new FakeScorer((record) => ((record?.['x'] as number) % 2 ? wrong() : {}))
  const some = prepared({ samples: [{ x: 1 }, { x: 2 }] })
  await openWarmUp({ reference: reference(), prepared: some }, onOdd, [], slowClock(9)).slice()
  const good = prepared({ samples: [{ x: 2 }] })
  await openWarmUp({ reference: reference(), prepared: good }, onOdd, [{ x: 1 }, { x: 3 }], slowClock(9)).slice()
  expect(onOdd.asked).toHaveLength(2)
})
