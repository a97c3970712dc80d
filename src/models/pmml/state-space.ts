import { childOf, childrenOf, type DocumentReader, numbersOf } from './document.ts'
import type { XmlElement } from './xml.ts'

/**
 * A StateSpaceModel (PMML 4.4): forecast h is measurement · transition^(h−1) · state + intercept, as the state is already the
 * one predicted for the first step.
 */
export interface StateSpacePlan {
  readonly kind: 'stateSpace'
  readonly size: number
  readonly state: Float64Array // [size]
  readonly transition: Float64Array // [size, size], row-major
  readonly measurement: Float64Array // [size]
  readonly intercept: number
  /** Null when the document does not tell how sure a forecast is. */
  readonly spread: {
    readonly variance: number
    /** Covariance of the state after the last observation. */
    readonly covariance: Float64Array // [size, size], row-major
    /** Covariance that each step adds to the state. */
    readonly selected: Float64Array // [size, size], row-major
    readonly observation: number
  } | null
}

const maxSize = 1000

/** Plans a StateSpaceModel of one target. */
export function planStateSpace(reader: DocumentReader, element: XmlElement): StateSpacePlan {
  const child = (name: string) => childOf(element, name) ?? reader.fault(element, `element ${name} is missing`)
  const state = vectorOf(reader, child('StateVector'))
  const size = state.length
  if (size < 1 || size > maxSize) reader.fault(element, `has ${size} states, expected 1 to ${maxSize}`)
  const measurement = child('MeasurementMatrix')
  const rows = childOf(measurement, 'Matrix')
  if (rows && reader.number(rows, 'nbRows', 1) !== 1) reader.unsupported(measurement, 'several measurements')
  return {
    kind: 'stateSpace',
    size,
    state,
    transition: matrixOf(reader, child('TransitionMatrix'), size * size),
    measurement: matrixOf(reader, measurement, size),
    intercept: interceptOf(reader, element),
    spread: spreadOf(reader, element, size),
  }
}

function interceptOf(reader: DocumentReader, element: XmlElement): number {
  const vector = childOf(element, 'InterceptVector')
  if (!vector) return reader.number(element, 'intercept', 0)
  reader.word(vector, 'type', ['observation'], 'observation')
  const numbers = vectorOf(reader, vector)
  return numbers.length === 1 ? (numbers[0] as number) : reader.fault(vector, `has ${numbers.length} items, expected 1`)
}

function spreadOf(reader: DocumentReader, element: XmlElement, size: number): StateSpacePlan['spread'] {
  const predicted = childOf(element, 'PredictedStateCovarianceMatrix')
  const selected = childOf(element, 'SelectedStateCovarianceMatrix')
  const observation = childOf(element, 'ObservationVarianceMatrix')
  if (!predicted || !selected || element.attributes['variance'] === undefined) return null
  return {
    variance: reader.number(element, 'variance'),
    covariance: matrixOf(reader, predicted, size * size),
    selected: matrixOf(reader, selected, size * size),
    observation: observation ? (matrixOf(reader, observation, 1)[0] as number) : 0,
  }
}

function vectorOf(reader: DocumentReader, holder: XmlElement): Float64Array {
  return numbersOf(reader, childOf(holder, 'Array') ?? reader.fault(holder, 'element Array is missing'))
}

/** Numbers of a Matrix of whole rows. */
function matrixOf(reader: DocumentReader, holder: XmlElement, length: number): Float64Array {
  const matrix = childOf(holder, 'Matrix') ?? reader.fault(holder, 'element Matrix is missing')
  reader.word(matrix, 'kind', ['any'], 'any')
  if (childOf(matrix, 'MatCell')) reader.unsupported(matrix, 'a Matrix of MatCell')
  const numbers = childrenOf(matrix, 'Array').flatMap((row) => [...numbersOf(reader, row)])
  if (numbers.length !== length) reader.fault(matrix, `has ${numbers.length} numbers, expected ${length}`)
  return Float64Array.from(numbers)
}

/** Forecasts of steps 1 to `steps`, and the standard error of each (NaN when the document does not tell). */
export function forecastStateSpace(plan: StateSpacePlan, steps: number): { values: number[]; deviations: number[] } {
  const { size, transition, measurement, spread } = plan
  const values: number[] = []
  const deviations: number[] = []
  let state = plan.state
  let covariance = spread?.covariance ?? null
  for (let h = 0; h < steps; h++) {
    if (h > 0) state = product(transition, state, size, 1)
    values.push(plan.intercept + dot(measurement, state))
    if (!spread || !covariance) {
      deviations.push(Number.NaN)
      continue
    }
    covariance = carried(transition, covariance, spread.selected, size)
    const variance = dot(measurement, product(covariance, measurement, size, 1)) + spread.observation
    deviations.push(Math.sqrt(spread.variance * variance))
  }
  return { values, deviations }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** A square matrix times one of `columns` columns. */
function product(a: Float64Array, b: Float64Array, size: number, columns: number): Float64Array {
  const result = new Float64Array(size * columns)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const x = a[i * size + k] as number
      if (x === 0) continue
      for (let j = 0; j < columns; j++)
        result[i * columns + j] = (result[i * columns + j] as number) + x * (b[k * columns + j] as number)
    }
  }
  return result
}

/** T P Tᵀ + V */
function carried(t: Float64Array, p: Float64Array, v: Float64Array, size: number): Float64Array {
  // T on the left both times, (T (T P)ᵀ)ᵀ, as its many zeros are passed over there.
  const result = transposed(product(t, transposed(product(t, p, size, size), size), size, size), size)
  for (let i = 0; i < result.length; i++) result[i] = (result[i] as number) + (v[i] as number)
  return result
}

function transposed(a: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size)
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) result[j * size + i] = a[i * size + j] as number
  return result
}

const maxWork = 5e8

/** Steps that can be forecast in about a second, at least one. */
export function maxStepsOf({ transition, size, spread }: StateSpacePlan): number {
  const present = transition.reduce((count, x) => (x === 0 ? count : count + 1), 0)
  return Math.max(1, Math.floor(maxWork / (present + size + (spread ? 2 * present * size + 3 * size * size : 0))))
}
