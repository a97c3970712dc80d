import { expect, test } from 'vitest'
import { refusal, score } from './documents.ts'
import { array, timeSeries } from './series-documents.ts'

const level = '<Level alpha="0.5" smoothedValue="100"/>'
const of = (parts: string, series: readonly number[] = []) =>
  timeSeries('ExponentialSmoothing', `<ExponentialSmoothing>${level}${parts}</ExponentialSmoothing>`, series)
const trend = (name: string, inner = 'smoothedValue="2"') => `<Trend_ExpoSmooth trend="${name}" ${inner}/>`
const first3 = async (xml: string) => {
  const [prediction] = await score(xml, [{ h: 3 }])
  return (prediction as { y: number[] }).y
}

test.each([
  ['no trend stays at the level', '', [100, 100, 100]],
  ['an additive trend adds its slope per step', trend('additive'), [102, 104, 106]],
  ['a damped one adds less and less', trend('damped_additive', 'phi="0.5" smoothedValue="8"'), [104, 106, 107]],
  ['a multiplicative one multiplies', trend('multiplicative'), [200, 400, 800]],
  [
    'a damped multiplicative one by a root of it',
    trend('damped_multiplicative', 'phi="0.5" smoothedValue="16"'),
    [400, 800, 100 * 16 ** 0.875],
  ],
  [
    'seasons come round',
    `<Seasonality_ExpoSmooth type="additive" period="2" phase="2">${array(1, -1)}</Seasonality_ExpoSmooth>`,
    [101, 99, 101],
  ],
  [
    'multiplicative seasons scale the trend',
    `${trend('additive')}<Seasonality_ExpoSmooth type="multiplicative" period="2">${array(2, 0.5)}</Seasonality_ExpoSmooth>`,
    [204, 52, 212],
  ],
])('%s', async (_, parts, expected) => {
  const got = await first3(of(parts))
  expect(got).toEqual(expected.map((value) => expect.closeTo(value, 10)))
})

test('what PMML leaves open is refused', async () => {
  const season = (phase: string) =>
    `<Seasonality_ExpoSmooth type="additive" period="2" ${phase}>${array(1, -1)}</Seasonality_ExpoSmooth>`
  expect((await refusal(of(season('phase="1"')))).message).toContain('phase="1"')
  expect((await refusal(of(season(''), [1, 2, 3]))).message).toContain('no phase for a series of 3 values')
  expect((await refusal(of(trend('double_exponential')))).message).toContain('trend="double_exponential"')
  expect((await refusal(of(trend('polynomial_exponential')))).message).toContain('trend="polynomial_exponential"')
  expect((await refusal(of(trend('additive', 'phi="0.9" smoothedValue="2"')))).message).toContain('phi="0.9"')
})
