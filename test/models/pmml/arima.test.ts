import { expect, test } from 'vitest'
import { refusal, score } from './documents.ts'
import { array, timeSeries } from './series-documents.ts'

const ma = (factors: readonly number[], residuals: readonly number[]) =>
  `<MA><MACoefficients>${array(...factors)}</MACoefficients>${residuals.length > 0 ? `<Residuals>${array(...residuals)}</Residuals>` : ''}</MA>`
const ar = (...factors: number[]) => `<AR>${array(...factors)}</AR>`
const forecast = async (body: string, series: readonly number[], attributes = '') => {
  const error = '<OutputField name="error" feature="standardError" dataType="double"/>'
  const output = attributes.includes('RMSE') ? error : ''
  const [prediction] = await score(timeSeries('ARIMA', `<ARIMA ${attributes}>${body}</ARIMA>`, series, { output }), [
    { h: 3 },
  ])
  return prediction as { y: number[]; error: number[] }
}
const plain = (p: number, d: number, q: number, inner = '') =>
  `<NonseasonalComponent p="${p}" d="${d}" q="${q}">${inner}</NonseasonalComponent>`

test('autoregression runs on from the last values', async () => {
  expect((await forecast(plain(2, 0, 0, ar(0.5, 0.25)), [8, 4])).y).toEqual([4, 3, 2.5])
})

test('the constant is the mean that the series returns to', async () => {
  expect((await forecast(plain(1, 0, 0, ar(0.5)), [14], 'constantTerm="10"')).y).toEqual([12, 11, 10.5])
})

test('differences are summed up again', async () => {
  expect((await forecast(plain(0, 1, 0), [1, 5], 'constantTerm="2"')).y).toEqual([7, 9, 11])
  expect((await forecast(plain(0, 2, 0), [1, 5])).y).toEqual([9, 13, 17])
  const seasonal = '<SeasonalComponent P="0" D="1" Q="0" period="2"/>'
  expect((await forecast(seasonal, [1, 2, 3, 5])).y).toEqual([3, 5, 3])
})

test('moving averages take the last residuals, the latest one at the end, and their sign is plus', async () => {
  expect((await forecast(plain(0, 0, 2, ma([0.5, 0.25], [4, 8])), [1])).y).toEqual([5, 2, 0])
})

test('without residuals they are those of one-step forecasts over the series', async () => {
  // errors: 2, then 3 - 0.5·2 = 2
  expect((await forecast(plain(0, 0, 1, ma([0.5], [])), [2, 3])).y).toEqual([1, 0, 0])
})

test('seasonal and other factors multiply', async () => {
  const seasonal = `<SeasonalComponent P="1" D="0" Q="0" period="2">${ar(0.5)}</SeasonalComponent>`
  // y[t] = 0.5 y[t-1] + 0.5 y[t-2] - 0.25 y[t-3]
  expect((await forecast(plain(1, 0, 0, ar(0.5)) + seasonal, [4, 8, 16])).y).toEqual([11, 11.5, 7.25])
})

test('standard errors grow by the psi weights', async () => {
  const { error } = await forecast(plain(1, 0, 0, ar(0.5)), [1], 'RMSE="2"')
  expect(error.map((e) => e ** 2)).toEqual([4, 5, 5.25].map((e) => expect.closeTo(e, 10)))
})

test('a logarithmic series is forecast in logarithms', async () => {
  const { y } = await forecast(plain(1, 0, 0, ar(0.5)), [Math.exp(2)], 'transformation="logarithmic"')
  expect(y[0]).toBeCloseTo(Math.E, 12)
})

test('other methods, regressors and outliers are refused; counts must agree', async () => {
  const refused = async (body: string, attributes = '') =>
    (await refusal(timeSeries('ARIMA', `<ARIMA ${attributes}>${body}</ARIMA>`, [1, 2]))).message
  expect(await refused(plain(0, 0, 0), 'predictionMethod="exactLeastSquares"')).toContain('exactLeastSquares')
  expect(await refused('<OutlierEffect type="LevelShift"/>')).toContain('OutlierEffect')
  expect(await refused('<DynamicRegressor/>')).toContain('DynamicRegressor')
  expect(await refused(plain(2, 0, 0, ar(0.5)))).toContain('has 1 coefficients, expected 2')
  expect(await refused(plain(0, 3, 0))).toContain('needs the last 3 values')
  const bounds = '<OutputField name="error" feature="standardError" dataType="double"/>'
  const unsure = timeSeries('ARIMA', `<ARIMA>${plain(0, 0, 0)}</ARIMA>`, [1, 2], { output: bounds })
  expect((await refusal(unsure)).message).toContain('standardError')
})
