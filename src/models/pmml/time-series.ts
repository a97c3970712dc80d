import { type ArimaPlan, forecastArima, planArima } from './arima.ts'
import { childOf, childrenOf } from './document.ts'
import { planSmoothing, type SmoothingPlan, smoothed } from './exponential-smoothing.ts'
import { numberFrom, typeFault } from './faults.ts'
import { planInput } from './fields.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { type Forecast, Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import { forecastStateSpace, maxStepsOf, planStateSpace, type StateSpacePlan } from './state-space.ts'
import { isNumeric } from './types.ts'
import type { XmlElement } from './xml.ts'

/** A TimeSeriesModel: what it forecasts, and which field asks how far. */
export interface TimeSeriesPlan {
  readonly kind: 'timeSeries'
  readonly algorithm: SmoothingPlan | ArimaPlan | StateSpacePlan
  readonly transformation: 'none' | 'logarithmic' | 'squareroot'
  /**
   * `horizon`: a field holds the number of steps, the prediction lists all of them. `time`: a field holds a time after `end`, the
   * prediction is the value then. `next`: nothing asks, the prediction is the next value.
   */
  readonly ask:
    | { readonly kind: 'horizon' | 'time'; readonly slot: number; readonly end: number }
    | { readonly kind: 'next' }
}

const algorithms = ['ExponentialSmoothing', 'ARIMA', 'StateSpaceModel'] as const
const others = ['SpectralAnalysis', 'SeasonalTrendDecomposition', 'GARCH'] as const
const maxSteps = 10_000

/** Plans a TimeSeriesModel. */
export function planTimeSeries(scope: Scope, model: XmlElement, targets: readonly string[]): TimeSeriesPlan {
  const { reader } = scope
  const best = reader.word(model, 'bestFit', [...algorithms, ...others])
  const element = childOf(model, best) ?? reader.fault(model, `element ${best} is missing`)
  if (!algorithms.some((name) => name === best)) reader.unsupported(element, best)
  const targetsElement = childOf(model, 'Targets')
  if (targetsElement) reader.unsupported(targetsElement, 'Targets of a time series')
  const transformation = reader.word(element, 'transformation', ['none', 'logarithmic', 'squareroot'], 'none')
  const series = seriesOf(scope, model)
  const forward = transformation === 'none' ? (x: number) => x : transformation === 'squareroot' ? Math.sqrt : Math.log
  return {
    kind: 'timeSeries',
    algorithm:
      best === 'ExponentialSmoothing'
        ? planSmoothing(reader, element, series.values.length > 0 ? series.values.length : null)
        : best === 'ARIMA'
          ? planArima(reader, element, series.values.map(forward))
          : planStateSpace(reader, element),
    transformation,
    ask: askOf(scope, targets, series.end),
  }
}

/** Observed values in the order of their times, and the time of the last one (NaN without any). */
function seriesOf(scope: Scope, model: XmlElement): { values: Float64Array; end: number } {
  const { reader } = scope
  const element = childrenOf(model, 'TimeSeries').find((t) => (t.attributes['usage'] ?? 'original') === 'original')
  if (!element) return { values: new Float64Array(0), end: Number.NaN }
  const points = childrenOf(element, 'TimeValue')
    .map((value, i) => ({
      index: reader.number(value, 'index', i + 1),
      value: reader.number(value, 'value'),
    }))
    .sort((a, b) => a.index - b.index)
  points.forEach(({ index }, i) => {
    if (i > 0 && index !== (points[i - 1]?.index as number) + 1)
      reader.unsupported(element, `a TimeSeries with a gap before index ${index}`)
  })
  const end = points.at(-1)?.index ?? reader.number(element, 'endTime', Number.NaN)
  return { values: Float64Array.from(points, (point) => point.value), end }
}

function askOf(scope: Scope, targets: readonly string[], end: number): TimeSeriesPlan['ask'] {
  const { planner } = scope
  const usable = [...scope.mining].filter(([name]) => {
    const type = planner.dataFields.get(name)?.facts.type
    return !targets.includes(name) && type !== undefined && isNumeric(type.type)
  })
  const usage = (field: XmlElement) => field.attributes['usageType'] ?? 'active'
  const horizon =
    usable.find(([name]) => /^(h|horizon|steps)$/i.test(name)) ??
    usable.find(([, field]) => usage(field).startsWith('suppl'))
  if (horizon) return { kind: 'horizon', slot: inputOf(scope, horizon), end }
  const time = usable.find(([, field]) => usage(field) === 'order')
  if (time && !Number.isNaN(end)) return { kind: 'time', slot: inputOf(scope, time), end }
  return { kind: 'next' }
}

/** A supplementary field is an input here, so that a wrong one refuses the record. */
function inputOf(scope: Scope, [name, mining]: readonly [string, XmlElement]): number {
  const { planner, reader } = scope
  const known = planner.inputs.find((input) => input.name === name && input.isActive)
  const field = planner.dataFields.get(name)
  if (known || !field) return known?.slot ?? scope.resolve(name, mining)
  const slot = planner.slot({ kind: 'given' }, field.facts)
  planner.inputs.push(planInput(reader, field, mining, slot, { isActive: true }))
  return slot
}

/** Opens a TimeSeriesModel: the forecast depends on the number of steps alone, so it is computed once as far as asked. */
export function openTimeSeries(model: ModelPlan, plan: TimeSeriesPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const { ask } = plan
  const get = ask.kind === 'next' ? null : machine.getter(ask.slot)
  const most = plan.algorithm.kind === 'stateSpace' ? Math.min(maxSteps, maxStepsOf(plan.algorithm)) : maxSteps
  let known = forecast(plan, 1)
  const upTo = (steps: number): Forecast => {
    if (steps > known.values.length) known = forecast(plan, Math.min(most, Math.max(steps, 2 * known.values.length)))
    return known
  }
  const run = (): void => {
    outcome.clear()
    const value = get === null ? 1 : numberFrom(get(), 'the horizon')
    if (ask.kind === 'horizon') {
      const steps = stepsOf(Number.isNaN(value) ? 1 : value, 0, most)
      const all = upTo(steps)
      outcome.forecast = { ...all, from: 0, to: steps }
      outcome.cell = all.values.slice(0, steps)
      return
    }
    if (Number.isNaN(value)) return
    const step = ask.kind === 'time' ? stepsOf(value, ask.end, most) : 1
    outcome.forecast = { ...upTo(step), from: step - 1, to: step }
    outcome.number = outcome.forecast.values[step - 1] as number
  }
  return { outcome, run }
}

function stepsOf(value: number, end: number, most: number): number {
  const steps = value - end
  if (!Number.isInteger(steps) || steps < 1 || steps > most)
    typeFault(value, 'the horizon', `whole number from ${end + 1} to ${end + most}`)
  return steps
}

function forecast(plan: TimeSeriesPlan, steps: number): Forecast {
  const { algorithm, transformation } = plan
  const back =
    transformation === 'none'
      ? (x: number) => x
      : transformation === 'squareroot'
        ? (x: number) => x * x
        : (x: number) => Math.exp(x)
  const { values, deviations } =
    algorithm.kind === 'smoothing'
      ? { values: Array.from({ length: steps }, (_, i) => smoothed(algorithm, i + 1)), deviations: [] }
      : algorithm.kind === 'arima'
        ? forecastArima(algorithm, steps)
        : forecastStateSpace(algorithm, steps)
  return { values: values.map(back), means: values, deviations, back, from: 0, to: 1 }
}

/** True when the document tells how sure a forecast is. */
export function hasSpread({ algorithm }: TimeSeriesPlan): boolean {
  if (algorithm.kind === 'smoothing') return false
  return algorithm.kind === 'arima' ? !Number.isNaN(algorithm.deviation) : algorithm.spread !== null
}
