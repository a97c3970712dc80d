import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { openFeatures, planFeatures } from '../../../src/models/tensors/feature-mapping.ts'
import { openPredictions, planPredictions } from '../../../src/models/tensors/predictions.ts'
import { type RunTensors, scoreTensors } from '../../../src/models/tensors/score-tensors.ts'

const { plan } = planFeatures(undefined, [{ name: 'x', dtype: 'float32', shape: [null, 1] }], 'm')
const features = openFeatures(plan)
const writer = openPredictions(
  planPredictions(undefined, [{ name: 'y', dtype: 'float32', shape: [null, 1] }], 'm').plan,
)

/** Doubles its input; rejects batches that hold a number above 100. */
const double: RunTensors = ({ x }) => {
  const data = x?.data as Float32Array
  if (data.some((value) => value > 100)) throw new MillraceError('MODEL_RUN_ERROR', { reason: 'above 100' })
  return { y: { dtype: 'float32', shape: x?.shape ?? [], data: data.map((value) => value * 2) } }
}

test('a model is scored over tensors that are reused', () => {
  const model = { features: openFeatures(plan, { isReused: true }), writer, run: double }
  for (const count of [3, 3, 1, 5, 3]) {
    const records = Array.from({ length: count }, (_, i) => ({ x: i === 1 ? 1000 : i + count }))
    const { predictions, errors } = scoreTensors(records, model)
    expect(predictions).toEqual(records.map(({ x }, i) => (i === 1 ? null : { y: x * 2 })))
    expect([...(errors?.keys() ?? [])]).toEqual(count > 1 ? [1] : [])
  }
  expect(scoreTensors([{ x: 1 }, { x: 1000 }], { ...model, isStateful: true }).errors?.size).toBe(2)
})

test('records are scored in their order, those at fault have errors', () => {
  const { predictions, errors } = scoreTensors([{ x: 1 }, { x: 'a' }, null, { x: 3 }], {
    features,
    writer,
    run: double,
  })
  expect(predictions).toEqual([{ y: 2 }, null, null, { y: 6 }])
  expect([...(errors ?? [])].map(([i, { code }]) => [i, code])).toEqual([
    [1, 'MODEL_INPUT_INVALID'],
    [2, 'MODEL_RECORD_ABSENT'],
  ])
})

test('a record that the model rejects does not cost the others', () => {
  const records = Array.from({ length: 9 }, (_, i) => ({ x: i === 4 || i === 7 ? 1000 : i }))
  const { predictions, errors } = scoreTensors(records, { features, writer, run: double })
  expect(predictions.map((p) => p?.['y'] ?? null)).toEqual([0, 2, 4, 6, null, 10, 12, null, 16])
  expect([...(errors?.keys() ?? [])]).toEqual([4, 7])
})

test('a stateful model is not run twice on a record', () => {
  let runs = 0
  const run: RunTensors = (feeds) => {
    runs++
    return double(feeds)
  }
  const { errors } = scoreTensors([{ x: 1 }, { x: 1000 }], { features, writer, run, isStateful: true })
  expect([runs, errors?.size]).toEqual([1, 2])
})

test('a batch without a good record runs nothing', () => {
  const never: RunTensors = () => {
    throw new Error('the model ran')
  }
  expect(scoreTensors([{}], { features, writer, run: never }).errors?.get(0)?.code).toBe('MODEL_INPUT_MISSING')
  expect(scoreTensors([], { features, writer, run: never })).toEqual({ predictions: [], errors: null })
})
