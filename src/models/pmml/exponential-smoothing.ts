import { childOf, type DocumentReader, numbersOf } from './document.ts'
import type { XmlElement } from './xml.ts'

/** An ExponentialSmoothing (PMML 4.0 on): the smoothed level, trend and seasons at the end of the series. */
export interface SmoothingPlan {
  readonly kind: 'smoothing'
  readonly level: number
  readonly trend: 'none' | 'additive' | 'damped_additive' | 'multiplicative' | 'damped_multiplicative'
  readonly slope: number
  /** Damping, 1 for none. */
  readonly phi: number
  readonly season: 'none' | 'additive' | 'multiplicative'
  /** By step: the first is the one of the first forecast. */
  readonly seasons: Float64Array // [period]
}

const trends = [
  'additive',
  'damped_additive',
  'multiplicative',
  'damped_multiplicative',
  'double_exponential',
  'polynomial_exponential',
] as const

/** Plans an ExponentialSmoothing; `observed` is how many values the document's series has, or null. */
export function planSmoothing(reader: DocumentReader, element: XmlElement, observed: number | null): SmoothingPlan {
  const level = childOf(element, 'Level') ?? reader.fault(element, 'element Level is missing')
  return {
    kind: 'smoothing',
    level: reader.number(level, 'smoothedValue'),
    ...planTrend(reader, childOf(element, 'Trend_ExpoSmooth') ?? childOf(element, 'Trend')),
    ...planSeasons(reader, childOf(element, 'Seasonality_ExpoSmooth') ?? childOf(element, 'Seasonality'), observed),
  }
}

function planTrend(reader: DocumentReader, element: XmlElement | null): Pick<SmoothingPlan, 'trend' | 'slope' | 'phi'> {
  if (!element) return { trend: 'none', slope: 0, phi: 1 }
  const name = reader.word(element, 'trend', trends, 'additive')
  const phi = reader.number(element, 'phi', 1)
  switch (name) {
    case 'polynomial_exponential':
    case 'double_exponential':
      return reader.unsupported(element, `trend="${name}"`)
    default: {
      const isDamped = name.startsWith('damped')
      if (!isDamped && phi !== 1) reader.unsupported(element, `phi="${phi}" of a trend that is not damped`)
      return { trend: name, slope: reader.number(element, 'smoothedValue'), phi }
    }
  }
}

function planSeasons(
  reader: DocumentReader,
  element: XmlElement | null,
  observed: number | null,
): Pick<SmoothingPlan, 'season' | 'seasons'> {
  if (!element) return { season: 'none', seasons: new Float64Array(0) }
  const season = reader.word(element, 'type', ['additive', 'multiplicative'])
  const period = reader.number(element, 'period')
  const array = childOf(element, 'Array') ?? reader.fault(element, 'element Array is missing')
  const seasons = numbersOf(reader, array)
  if (seasons.length !== period || period < 1)
    reader.fault(array, `has ${seasons.length} items, expected the period ${period}`)
  // PMML does not say which season a phase counts from: only where every reading begins with the first item is it clear.
  const phase = reader.optionalNumber(element, 'phase')
  if (phase !== null && phase !== 0 && phase !== period) reader.unsupported(element, `phase="${phase}"`)
  if (phase === null && observed !== null && observed % period !== 0)
    reader.unsupported(element, `no phase for a series of ${observed} values, which end within a period`)
  return { season, seasons }
}

/** Forecast of step `h`, from 1 on (table of PMML-TimeSeriesModel). */
export function smoothed(plan: SmoothingPlan, h: number): number {
  const value = trended(plan, h)
  const season = plan.season === 'none' ? 0 : (plan.seasons[(h - 1) % plan.seasons.length] as number)
  return plan.season === 'multiplicative' ? value * season : value + season
}

function trended({ trend, level, slope, phi }: SmoothingPlan, h: number): number {
  switch (trend) {
    case 'none':
      return level
    case 'additive':
    case 'damped_additive':
      return level + damped(phi, h) * slope
    case 'multiplicative':
    case 'damped_multiplicative':
      return level * slope ** damped(phi, h)
  }
}

/** φ + φ² + … + φ^h, which is h without damping. */
function damped(phi: number, h: number): number {
  if (phi === 1) return h
  let sum = 0
  let power = 1
  for (let i = 0; i < h; i++) sum += power *= phi
  return sum
}
