import { childOf, type DocumentReader, numbersOf } from './document.ts'
import type { XmlElement } from './xml.ts'

/**
 * An ARIMA model as one recursion on the series: y[t] = constant + Σ ar[i] y[t−1−i] + e[t] + Σ ma[j] e[t−1−j], differences and
 * seasons multiplied out. Moving averages enter with the sign that R and statsmodels give them, as the producers write them.
 */
export interface ArimaPlan {
  readonly kind: 'arima'
  readonly constant: number
  readonly ar: Float64Array // [lags]
  readonly ma: Float64Array // [lags]
  /** Last values of the series, the latest one last. */
  readonly values: Float64Array // [ar lags]
  /** Last one-step errors, the latest one last. */
  readonly errors: Float64Array // [ma lags]
  /** Standard deviation of an error, or NaN. */
  readonly deviation: number
}

interface Component {
  readonly ar: Float64Array
  readonly ma: Float64Array
  readonly differences: number
  readonly residuals: Float64Array | null
}

const maxLags = 10_000
/** Products in computing the errors of a series: about a second. */
const maxWork = 5e8

/** Plans an ARIMA; `series` holds the observed values, transformed. */
export function planArima(reader: DocumentReader, element: XmlElement, series: Float64Array): ArimaPlan {
  reader.word(element, 'predictionMethod', ['conditionalLeastSquares'], 'conditionalLeastSquares')
  const plain = childOf(element, 'NonseasonalComponent')
  const seasonal = childOf(element, 'SeasonalComponent')
  const period = seasonal ? wholeOf(reader, seasonal, 'period', 1) : 1
  const near = plain ? planComponent(reader, plain, ['p', 'd', 'q']) : none
  const far = seasonal ? planComponent(reader, seasonal, ['P', 'D', 'Q']) : none
  const lags = near.ar.length + near.differences + period * (far.ar.length + far.differences)
  if (lags > maxLags || period * far.ma.length > maxLags) reader.fault(element, `has lags above ${maxLags}`)
  // The polynomials of the backward shift, their constant 1 in front.
  const arma = times(polynomial(near.ar, 1, -1), polynomial(far.ar, period, -1))
  let full = arma
  for (let i = 0; i < near.differences; i++) full = times(full, [1, -1])
  for (let i = 0; i < far.differences; i++) full = times(full, polynomial([1], period, -1))
  const ar = Float64Array.from(full.slice(1), (x) => -x)
  const ma = Float64Array.from(times(polynomial(near.ma, 1, 1), polynomial(far.ma, period, 1)).slice(1))
  // The constant is the mean of the differenced series, as R and SPSS have it.
  const constant = reader.number(element, 'constantTerm', 0) * arma.reduce((sum, x) => sum + x, 0)
  if (series.length < ar.length)
    reader.fault(element, `needs the last ${ar.length} values of a TimeSeries, which has ${series.length}`)
  const given = [near.residuals, far.residuals].find((list) => list !== null && list.length >= ma.length)
  return {
    kind: 'arima',
    constant,
    ar,
    ma,
    values: series.slice(series.length - ar.length),
    errors: given ? given.slice(given.length - ma.length) : errorsOf(reader, element, { series, ar, ma, constant }),
    deviation: reader.number(element, 'RMSE', Number.NaN),
  }
}

const none: Component = { ar: new Float64Array(0), ma: new Float64Array(0), differences: 0, residuals: null }

function planComponent(
  reader: DocumentReader,
  element: XmlElement,
  [p, d, q]: readonly [string, string, string],
): Component {
  const [ar, ma] = [childOf(element, 'AR'), childOf(element, 'MA')]
  const factors = (holder: XmlElement | null, order: string): Float64Array => {
    const expected = wholeOf(reader, element, order, 0)
    const array = holder && childOf(holder, 'Array')
    const numbers = array ? numbersOf(reader, array) : new Float64Array(0)
    if (numbers.length !== expected)
      reader.fault(holder ?? element, `has ${numbers.length} coefficients, expected ${expected}`)
    return numbers
  }
  const residuals = ma && childOf(ma, 'Residuals')
  const array = residuals && childOf(residuals, 'Array')
  return {
    ar: factors(ar, p),
    ma: factors(ma && childOf(ma, 'MACoefficients'), q),
    differences: wholeOf(reader, element, d, 0),
    residuals: array ? numbersOf(reader, array) : null,
  }
}

function wholeOf(reader: DocumentReader, element: XmlElement, attribute: string, least: number): number {
  const value = reader.number(element, attribute, least)
  if (!Number.isInteger(value) || value < least || value > maxLags)
    reader.fault(element, `attribute "${attribute}" is ${value}, expected a whole number from ${least}`)
  return value
}

/** 1 ± c₁ B^period ± c₂ B^(2 period) … */
function polynomial(factors: ArrayLike<number>, period: number, sign: 1 | -1): number[] {
  const terms = new Array<number>(factors.length * period + 1).fill(0)
  terms[0] = 1
  for (let i = 0; i < factors.length; i++) terms[(i + 1) * period] = sign * (factors[i] as number)
  return terms
}

function times(a: readonly number[], b: readonly number[]): number[] {
  const product = new Array<number>(a.length + b.length - 1).fill(0)
  a.forEach((x, i) => {
    if (x !== 0) b.forEach((y, j) => void (product[i + j] = (product[i + j] as number) + x * y))
  })
  return product
}

/** Errors of one-step forecasts over the series, those before it being 0: conditional least squares. */
function errorsOf(
  reader: DocumentReader,
  element: XmlElement,
  { series, ar, ma, constant }: Pick<ArimaPlan, 'ar' | 'ma' | 'constant'> & { readonly series: Float64Array },
): Float64Array {
  if (ma.length === 0) return new Float64Array(0)
  if (series.length <= ar.length) reader.fault(element, 'has no Residuals and no TimeSeries to compute them from')
  if (series.length * (ar.length + ma.length) > maxWork)
    reader.unsupported(element, `no Residuals for ${series.length} values and ${ar.length + ma.length} lags`)
  const errors = new Float64Array(series.length)
  for (let t = ar.length; t < series.length; t++) {
    let value = constant
    for (let i = 0; i < ar.length; i++) value += (ar[i] as number) * (series[t - 1 - i] as number)
    for (let j = 0; j < ma.length && j < t; j++) value += (ma[j] as number) * (errors[t - 1 - j] as number)
    errors[t] = (series[t] as number) - value
  }
  const last = new Float64Array(ma.length)
  for (let j = 0; j < Math.min(ma.length, errors.length); j++)
    last[ma.length - 1 - j] = errors[errors.length - 1 - j] as number
  return last
}

/** Forecasts of steps 1 to `steps`, and the standard error of each (NaN when the document has no RMSE). */
export function forecastArima(plan: ArimaPlan, steps: number): { values: number[]; deviations: number[] } {
  const { ar, ma, constant, deviation } = plan
  const past = [...plan.values]
  const errors = [...plan.errors]
  const start = past.length
  const weights: number[] = []
  const deviations: number[] = []
  let variance = 0
  for (let h = 0; h < steps; h++) {
    let value = constant
    for (let i = 0; i < ar.length; i++) value += (ar[i] as number) * (past[past.length - 1 - i] as number)
    for (let j = h; j < ma.length; j++) value += (ma[j] as number) * (errors[errors.length - 1 - j + h] as number)
    past.push(value)
    // ψ weights of the moving average of infinite order: the variance is σ² Σ ψ².
    let weight = h === 0 ? 1 : ((ma[h - 1] as number | undefined) ?? 0)
    for (let i = 0; i < ar.length && i < h; i++) weight += (ar[i] as number) * (weights[h - 1 - i] as number)
    weights.push(weight)
    variance += weight * weight
    deviations.push(deviation * Math.sqrt(variance))
  }
  return { values: past.slice(start), deviations }
}
