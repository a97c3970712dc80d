import type { DocumentReader } from './document.ts'
import type { Getter } from './machine.ts'
import type { Outcome } from './outcome.ts'
import { normalQuantile } from './special.ts'
import type { XmlElement } from './xml.ts'

/** An output about how sure the forecast of a time series is (PMML 4.4). */
export interface ForecastOutput {
  readonly kind: 'forecast'
  /** Standard errors to add to the forecast, or null for the standard error itself. */
  readonly errors: number | null
}

/** Plans features standardError and confidenceIntervalLower and Upper, whose `value` is the level in percent. */
export function planForecastOutput(
  reader: DocumentReader,
  field: XmlElement,
  name: string,
  hasSpread: boolean,
): ForecastOutput {
  if (!hasSpread || name === 'standardDeviation') return reader.unsupported(field, `feature="${name}"`)
  if (name === 'standardError') return { kind: 'forecast', errors: null }
  const level = reader.number(field, 'value')
  if (!(level > 0 && level < 100))
    reader.fault(field, `attribute "value" is ${level}, expected a percentage within 0 and 100`)
  const errors = normalQuantile(0.5 + level / 200)
  return { kind: 'forecast', errors: name === 'confidenceIntervalLower' ? -errors : errors }
}

/** Opens such an output: a list where the prediction is one. */
export function openForecastOutput(errors: number | null, outcome: Outcome): Getter {
  return () => {
    const { forecast } = outcome
    if (!forecast) return undefined
    const { means, deviations, back, from, to } = forecast
    const bounds = deviations
      .slice(from, to)
      .map((deviation, i) => (errors === null ? deviation : back((means[from + i] as number) + errors * deviation)))
    return outcome.kind === 'number' ? bounds[0] : bounds
  }
}
