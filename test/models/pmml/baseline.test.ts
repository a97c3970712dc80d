import { expect, test } from 'vitest'
import type { PredictionBatch } from '../../../src/models/model.ts'
import { document, open, prepare, refusal, schema, score } from './documents.ts'

const normal = (mean: number, variance: number) => `<GaussianDistribution mean="${mean}" variance="${variance}"/>`

function baseline(attributes: string, inner: string, functionName = 'regression'): string {
  return document(
    { x: 'double', y: 'double' },
    `<BaselineModel functionName="${functionName}">${schema(['x'])}<TestDistributions field="x" ${attributes}>${inner}</TestDistributions></BaselineModel>`,
    '4.1',
  )
}

const cusum = (resetValue = '') =>
  baseline(
    `testStatistic="CUSUM" ${resetValue}`,
    `<Baseline>${normal(0, 1)}</Baseline><Alternate>${normal(1, 1)}</Alternate>`,
  )
const values = async (xml: string, xs: readonly (number | null)[]) =>
  (
    await score(
      xml,
      xs.map((x) => ({ x })),
    )
  ).map((result) => (result as Record<string, unknown>)['y'])

test.each([
  ['Gaussian', normal(10, 4), 13, 1.5],
  ['Any', '<AnyDistribution mean="10" variance="4"/>', 9, -0.5],
  ['Poisson', '<PoissonDistribution mean="4"/>', 10, 3],
  ['Uniform', '<UniformDistribution lower="0" upper="12"/>', 12, Math.sqrt(3)],
])('zValue of a %sDistribution: deviations from the mean', async (_, distribution, x, z) => {
  const [result, none] = await values(baseline('testStatistic="zValue"', `<Baseline>${distribution}</Baseline>`), [
    x,
    null,
  ])
  expect(result).toBeCloseTo(z, 14)
  expect(none).toBeNull()
})

test('CUSUM: logarithms of the odds add up, never below the reset value; a missing value leaves the sum alone', async () => {
  // Between two normal distributions of variance 1 and means 0 and 1 the logarithm is x - 1/2.
  expect(await values(cusum(), [2, 1, null, -1, -9, 1])).toEqual([1.5, 2, null, 0.5, 0, 0.5])
  expect(await values(cusum('resetValue="-3"'), [-1, -9, 1])).toEqual([-1.5, -3, -2.5])
})

test('CUSUM: the sum lives as long as the scorer, over its batches; a value that neither distribution allows has no result', async () => {
  const counts = (upper: number) => `<UniformDistribution lower="0" upper="${upper}"/>`
  const xml = baseline('testStatistic="CUSUM"', `<Baseline>${counts(4)}</Baseline><Alternate>${counts(2)}</Alternate>`)
  const scorer = await open(xml)
  const next = async (x: number) => ((await scorer.score([{ x }])) as PredictionBatch).predictions[0]?.['y']
  expect([await next(1), await next(9), await next(2), await next(3), await next(1)]).toEqual([
    Math.log(2),
    null,
    2 * Math.log(2),
    0,
    Math.log(2),
  ])
})

test('a CUSUM is stateful and has no samples for warming up, a zValue is not', async () => {
  const stateful = await prepare(cusum())
  const stateless = await prepare(baseline('testStatistic="zValue"', `<Baseline>${normal(0, 1)}</Baseline>`))
  expect([stateful.isStateful, stateful.samples]).toEqual([true, []])
  expect(stateless.isStateful).toBe(false)
  expect(stateless.samples.length).toBeGreaterThan(0)
})

test.each([
  [
    'chiSquareIndependence',
    baseline('testStatistic="chiSquareIndependence"', ''),
    'testStatistic="chiSquareIndependence"',
  ],
  [
    'a window',
    baseline('testStatistic="zValue" windowSize="5"', `<Baseline>${normal(0, 1)}</Baseline>`),
    'windowSize="5"',
  ],
  [
    'a weight',
    baseline('testStatistic="zValue" weightField="x"', `<Baseline>${normal(0, 1)}</Baseline>`),
    'attribute weightField',
  ],
  ['no variance', baseline('testStatistic="zValue"', `<Baseline>${normal(0, 0)}</Baseline>`), 'variance of 0'],
  [
    'an interval without width',
    baseline('testStatistic="zValue"', '<Baseline><UniformDistribution lower="3" upper="2"/></Baseline>'),
    'variance of 0',
  ],
  [
    'no alternative',
    baseline('testStatistic="CUSUM"', `<Baseline>${normal(0, 1)}</Baseline>`),
    'element Alternate is missing',
  ],
  [
    'an alternative without density',
    baseline(
      'testStatistic="CUSUM"',
      `<Baseline>${normal(0, 1)}</Baseline><Alternate><AnyDistribution mean="0" variance="1"/></Alternate>`,
    ),
    'AnyDistribution',
  ],
  [
    'a table of counts',
    baseline('testStatistic="zValue"', '<Baseline><CountTable/></Baseline>'),
    'holds no distribution',
  ],
  ['a classification', baseline('testStatistic="zValue"', '', 'classification'), 'functionName="classification"'],
])('refused: %s', async (_, xml, reason) => {
  expect((await refusal(xml)).message).toContain(reason)
})
