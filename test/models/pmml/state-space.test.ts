import { expect, test } from 'vitest'
import { refusal, score } from './documents.ts'
import { array, timeSeries } from './series-documents.ts'

const matrix = (name: string, rows: readonly (readonly number[])[]) =>
  `<${name}><Matrix nbRows="${rows.length}" nbCols="${rows[0]?.length}">${rows.map((row) => array(...row)).join('')}</Matrix></${name}>`
const base = `<StateVector>${array(10, 3)}</StateVector>${matrix('TransitionMatrix', [
  [0.5, 1],
  [0, 0.25],
])}${matrix('MeasurementMatrix', [[1, 0]])}`
const of = (inner: string, output = '', attributes = 'variance="4"') =>
  timeSeries('StateSpaceModel', `<StateSpaceModel ${attributes}>${inner}</StateSpaceModel>`, [], { output })

test('the state is the one of the first forecast; the intercept is added to each', async () => {
  const intercept = `<InterceptVector type="observation">${array(0.5)}</InterceptVector>`
  expect(await score(of(base + intercept), [{ h: 3 }, { h: 1 }])).toEqual([{ y: [10.5, 8.5, 5.25] }, { y: [10.5] }])
})

test('bounds come from the covariance of the state, carried on and added to by each step', async () => {
  const nothing = [
    [0, 0],
    [0, 0],
  ]
  const spread =
    matrix('PredictedStateCovarianceMatrix', nothing) +
    matrix('SelectedStateCovarianceMatrix', [
      [1, 0.5],
      [0.5, 0.25],
    ]) +
    matrix('ObservationVarianceMatrix', [[0]])
  const output =
    '<OutputField name="error" feature="standardError"/><OutputField name="low" feature="confidenceIntervalLower" value="95"/>'
  const [prediction] = await score(of(base + spread, output), [{ h: 2 }])
  const { error, low } = prediction as { error: number[]; low: number[] }
  // T V Tᵀ + V at its first item: 0.25 + 2·0.5·0.5 + 0.25 + 1 = 2
  expect(error).toEqual([2, Math.sqrt(8)])
  expect(low[0]).toBeCloseTo(10 - 2 * 1.959963984540054, 12)
})

test('bounds that the document cannot give are refused, and so are sizes that do not fit', async () => {
  const bound = '<OutputField name="low" feature="confidenceIntervalLower" value="95"/>'
  expect((await refusal(of(base, bound))).message).toContain('confidenceIntervalLower')
  expect((await refusal(of(base.replace('0.5 1', '0.5 1 2').replace('n="2">0.5', 'n="3">0.5')))).message).toContain(
    'has 5 numbers, expected 4',
  )
  expect((await refusal(of(`${base}<InterceptVector type="state">${array(1, 1)}</InterceptVector>`))).code).toBe(
    'MODEL_PMML_UNSUPPORTED',
  )
})

test('several measurements and matrices of cells are refused', async () => {
  const two = base.replace(/(<MeasurementMatrix>\s*<Matrix)[^>]*/, '$1 nbRows="2"')
  expect((await refusal(of(two))).message).toContain('several measurements')
  const cells = base.replace(
    /(<TransitionMatrix>\s*<Matrix[^>]*>).*?(<\/Matrix>)/s,
    '$1<MatCell row="1" col="1">1</MatCell>$2',
  )
  expect((await refusal(of(cells))).message).toContain('MatCell')
})

test('a large state limits how far a record may ask', async () => {
  const size = 100
  const row = array(...new Array<number>(size).fill(0.001))
  const full = (name: string) =>
    `<${name}><Matrix nbRows="${size}" nbCols="${size}">${row.repeat(size)}</Matrix></${name}>`
  const xml = of(
    `<StateVector>${row}</StateVector>${full('TransitionMatrix')}<MeasurementMatrix><Matrix nbRows="1">${row}</Matrix></MeasurementMatrix>${full('PredictedStateCovarianceMatrix')}${full('SelectedStateCovarianceMatrix')}`,
  )
  const [far] = await score(xml, [{ h: 10_000 }])
  expect(String(far)).toContain('whole number from 1 to 245')
})
