import { expect, test } from 'vitest'
import { refusal, score } from './documents.ts'
import { array, timeSeries } from './series-documents.ts'

const walk = (output: string, horizon?: string) =>
  timeSeries(
    'ARIMA',
    `<ARIMA RMSE="2" transformation="logarithmic"><NonseasonalComponent p="0" d="1" q="1"><MA><MACoefficients>${array(0)}</MACoefficients><Residuals>${array(0)}</Residuals></MA></NonseasonalComponent></ARIMA>`,
    [Math.E],
    { output, ...(horizon === undefined ? {} : { horizon }) },
  )
const bound = (side: string, level: string) =>
  `<OutputField name="${side}" feature="confidenceInterval${side}" value="${level}"/>`

test('bounds lie the quantile of standard errors about the forecast, undone like it', async () => {
  const [prediction] = await score(walk(bound('Lower', '95') + bound('Upper', '95')), [{ h: 2 }])
  const { Lower, Upper } = prediction as { Lower: number[]; Upper: number[] }
  const reach = 1.959963984540054 * 2
  expect(Lower.map(Math.log)).toEqual([1 - reach, 1 - reach * Math.SQRT2].map((x) => expect.closeTo(x, 12)))
  expect(Upper.map(Math.log)).toEqual([1 + reach, 1 + reach * Math.SQRT2].map((x) => expect.closeTo(x, 12)))
})

test('they are one number where the prediction is', async () => {
  const [prediction] = await score(walk('<OutputField name="e" feature="standardError"/>', ''), [{}])
  expect(prediction).toEqual({ y: expect.closeTo(Math.E, 12), e: 2 })
})

test('a level that is no percentage is refused', async () => {
  expect((await refusal(walk(bound('Lower', '100')))).message).toContain('attribute "value" is 100')
})
