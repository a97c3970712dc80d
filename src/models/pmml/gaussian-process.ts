import { sharedArray } from '../trees/trees.ts'
import { childAmong, childOf, childrenOf, columnNamed, numbersOf, type TableRow, tableRows } from './document.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

const kernels: ReadonlySet<string> = new Set([
  'RadialBasisKernel',
  'ARDSquaredExponentialKernel',
  'AbsoluteExponentialKernel',
  'GeneralizedExponentialKernel',
])

/** Instances at the most: the decomposition costs n³/6 multiplications, about ten seconds then. */
const maxInstances = 4000

/**
 * A GaussianProcessModel, solved for its training instances (PMML 4.3, Gaussian Process).
 *
 * mean = kᵀ·weights with weights = (K + noise·I)⁻¹·y, variance = gamma − |L⁻¹k|² + noise, where L·Lᵀ = K + noise·I.
 */
export interface GaussianProcessPlan {
  readonly kind: 'gaussianProcess'
  readonly kernel: 'squared' | 'absolute' | 'powered'
  readonly gamma: number
  readonly noise: number
  readonly degree: number
  readonly slots: readonly number[]
  /** What a difference of two values is multiplied by. */
  readonly scales: Float64Array // [fields], 1 / lambda
  readonly points: Float64Array // [instances, fields], row-major
  readonly weights: Float64Array // [instances]
  /** Rows of the lower triangle L, or null when no output asks for the deviation. */
  readonly factor: Float64Array | null // [instances * (instances + 1) / 2]
}

/** Plans a GaussianProcessModel; `hasDeviation` tells whether an output asks for the standard deviation. */
export function planGaussianProcess(
  scope: Scope,
  model: XmlElement,
  targets: readonly string[],
  hasDeviation: boolean,
): GaussianProcessPlan {
  const { reader } = scope
  if (model.attributes['functionName'] !== 'regression')
    reader.unsupported(model, `functionName="${model.attributes['functionName']}" of a Gaussian process`)
  if (targets.length !== 1) reader.unsupported(model, `a Gaussian process with ${targets.length} target fields`)
  const { slots, points, values } = planInstances(scope, model, targets[0] as string)
  const kernel = planKernel(scope, model, slots.length)
  const covariance = openCovariance({ ...kernel, points }, slots.length)
  const n = values.length
  const factor =
    decompose(n, covariance, points, slots.length, kernel.noise) ??
    reader.fault(
      kernel.element,
      'gives a covariance matrix of the training instances that is not positive definite; raise noiseVariance',
    )
  const { element: _, ...plan } = kernel
  return {
    kind: 'gaussianProcess',
    ...plan,
    slots,
    points: sharedArray(Float64Array, points),
    weights: sharedArray(Float64Array, solveTransposed(factor, solve(factor, values))),
    factor: hasDeviation ? sharedArray(Float64Array, factor) : null,
  }
}

type KernelPlan = Pick<GaussianProcessPlan, 'kernel' | 'gamma' | 'noise' | 'degree' | 'scales'> & {
  readonly element: XmlElement
}

function planKernel(scope: Scope, model: XmlElement, fields: number): KernelPlan {
  const { reader } = scope
  const element = childAmong(model, kernels) ?? reader.fault(model, 'element of a kernel is missing')
  const lambda =
    element.name === 'RadialBasisKernel'
      ? new Float64Array(fields).fill(reader.number(element, 'lambda', 1))
      : lambdaOf(scope, element, fields)
  const gamma = reader.number(element, 'gamma', 1)
  const noise = reader.number(element, 'noiseVariance', 1)
  const degree = element.name === 'GeneralizedExponentialKernel' ? reader.number(element, 'degree', 1) : 1
  if (!(gamma > 0)) reader.fault(element, `attribute "gamma" is ${gamma}, expected a number above 0`)
  if (!(noise >= 0)) reader.fault(element, `attribute "noiseVariance" is ${noise}, expected 0 or more`)
  if (!(degree > 0)) reader.fault(element, `attribute "degree" is ${degree}, expected a number above 0`)
  for (const value of lambda)
    if (!(value > 0)) reader.fault(element, `has a lambda of ${value}, expected a number above 0`)
  const kernel =
    element.name === 'AbsoluteExponentialKernel'
      ? 'absolute'
      : element.name === 'GeneralizedExponentialKernel'
        ? 'powered'
        : 'squared'
  return { element, kernel, gamma, noise, degree, scales: lambda.map((value) => 1 / value) }
}

function lambdaOf(scope: Scope, kernel: XmlElement, fields: number): Float64Array {
  const { reader } = scope
  const lambda = childOf(kernel, 'Lambda')
  if (!lambda) return new Float64Array(fields).fill(1)
  const array =
    lambda.children.find((c) => c.name === 'Array' || c.name.endsWith('SparseArray')) ??
    reader.fault(lambda, 'element Array is missing')
  const values = numbersOf(reader, array)
  if (values.length !== fields) reader.fault(array, `has ${values.length} items, expected ${fields}`)
  return values
}

interface Instances {
  readonly slots: readonly number[]
  readonly points: Float64Array // [instances, fields], row-major
  readonly values: Float64Array // [instances]
}

/** The training instances; fields are in the order of InstanceFields, which is the order of lambda. */
function planInstances(scope: Scope, model: XmlElement, target: string): Instances {
  const { reader } = scope
  const training = childOf(model, 'TrainingInstances') ?? reader.fault(model, 'element TrainingInstances is missing')
  const holder = childOf(training, 'InstanceFields') ?? reader.fault(training, 'element InstanceFields is missing')
  const all = childrenOf(holder, 'InstanceField').map((element) => {
    const field = reader.text(element, 'field')
    return { element, field, column: columnNamed(element.attributes['column'] ?? field) }
  })
  const own =
    all.find(({ field }) => field === target) ??
    reader.fault(holder, `target field "${target}" is not an InstanceField`)
  const inputs = all.filter(({ field }) => field !== target)
  if (inputs.length === 0) reader.fault(holder, 'names no input field')
  const rows = tableRows(reader, training)
  const n = rows.length
  if (n === 0) reader.fault(training, 'holds no training instances')
  if (n > maxInstances) reader.unsupported(training, `a Gaussian process of ${n} instances (at most ${maxInstances})`)
  const number = (row: TableRow, at: number, column: string): number => {
    const text = row.get(column) ?? reader.fault(training, `instance ${at + 1} has no cell "${column}"`)
    const value = reader.numberIn(training, text, `cell "${column}" of instance ${at + 1}`)
    if (!Number.isFinite(value)) reader.fault(training, `cell "${column}" of instance ${at + 1} is ${text}`)
    return value
  }
  const points = new Float64Array(n * inputs.length)
  rows.forEach((row, r) => {
    inputs.forEach(({ column }, i) => {
      points[r * inputs.length + i] = number(row, r, column)
    })
  })
  return {
    slots: inputs.map(({ element, field }) => scope.resolve(field, element)),
    points,
    values: Float64Array.from(rows, (row, r) => number(row, r, own.column)),
  }
}

/** Covariance of `x` with row `at` of the points. */
function openCovariance(
  plan: Pick<GaussianProcessPlan, 'kernel' | 'gamma' | 'degree' | 'scales' | 'points'>,
  fields: number,
): (x: Float64Array, at: number) => number {
  const { gamma, degree, scales, points } = plan
  if (plan.kernel === 'squared') {
    return (x, at) => {
      let sum = 0
      for (let i = 0; i < fields; i++) {
        const difference = ((x[i] as number) - (points[at + i] as number)) * (scales[i] as number)
        sum += difference * difference
      }
      return gamma * Math.exp(-0.5 * sum)
    }
  }
  if (plan.kernel === 'absolute') {
    return (x, at) => {
      let sum = 0
      for (let i = 0; i < fields; i++)
        sum += Math.abs((x[i] as number) - (points[at + i] as number)) * (scales[i] as number)
      return gamma * Math.exp(-sum)
    }
  }
  return (x, at) => {
    let sum = 0
    for (let i = 0; i < fields; i++)
      sum += (Math.abs((x[i] as number) - (points[at + i] as number)) * (scales[i] as number)) ** degree
    return gamma * Math.exp(-sum)
  }
}

/** Rows that are decomposed together: each earlier row is fetched from memory once for all of them. */
const blockRows = 16

/** Cholesky decomposition of the covariance matrix, rows of the lower triangle; null when it has none. */
function decompose(
  n: number,
  covariance: (x: Float64Array, at: number) => number,
  points: Float64Array,
  fields: number,
  noise: number,
): Float64Array | null {
  const factor = new Float64Array((n * (n + 1)) / 2)
  for (let start = 0; start < n; start += blockRows) {
    const end = Math.min(n, start + blockRows)
    const own = Array.from({ length: end - start }, (_, i) =>
      points.subarray((start + i) * fields, (start + i + 1) * fields),
    )
    for (let j = 0; j < end; j++) {
      const other = (j * (j + 1)) / 2
      for (let i = Math.max(start, j); i < end; i++) {
        const row = (i * (i + 1)) / 2
        const entry = covariance(own[i - start] as Float64Array, j * fields) + (i === j ? noise : 0)
        const sum = entry - dot(factor, row, factor, other, j)
        if (i !== j) factor[row + j] = sum / (factor[other + j] as number)
        else if (sum > 0) factor[row + j] = Math.sqrt(sum)
        else return null
      }
    }
  }
  return factor
}

/** Sum of the products of `n` numbers from `i` and from `j` on; four sums at a time, as one would wait for itself. */
function dot(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  let k = 0
  for (; k + 3 < n; k += 4) {
    s0 += (a[i + k] as number) * (b[j + k] as number)
    s1 += (a[i + k + 1] as number) * (b[j + k + 1] as number)
    s2 += (a[i + k + 2] as number) * (b[j + k + 2] as number)
    s3 += (a[i + k + 3] as number) * (b[j + k + 3] as number)
  }
  for (; k < n; k++) s0 += (a[i + k] as number) * (b[j + k] as number)
  return s0 + s1 + (s2 + s3)
}

/** Solves L·v = b in place. */
function solve(factor: Float64Array, b: Float64Array): Float64Array {
  for (let i = 0; i < b.length; i++) {
    const row = (i * (i + 1)) / 2
    b[i] = ((b[i] as number) - dot(factor, row, b, 0, i)) / (factor[row + i] as number)
  }
  return b
}

/** Solves Lᵀ·v = b in place. */
function solveTransposed(factor: Float64Array, b: Float64Array): Float64Array {
  for (let i = b.length - 1; i >= 0; i--) {
    const row = (i * (i + 1)) / 2
    const value = (b[i] as number) / (factor[row + i] as number)
    b[i] = value
    for (let k = 0; k < i; k++) b[k] = (b[k] as number) - (factor[row + k] as number) * value
  }
  return b
}

/** Opens a GaussianProcessModel; a record with a missing input has no result. */
export function openGaussianProcess(model: ModelPlan, plan: GaussianProcessPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const getters = plan.slots.map((slot) => machine.number(slot, 'element InstanceFields'))
  const fields = getters.length
  const x = new Float64Array(fields)
  const { weights, factor, gamma, noise } = plan
  const covariance = openCovariance(plan, fields)
  const k = new Float64Array(weights.length)
  const run = (): void => {
    outcome.clear()
    for (let i = 0; i < fields; i++) {
      const value = (getters[i] as () => number)()
      if (Number.isNaN(value)) return
      x[i] = value
    }
    let mean = 0
    for (let r = 0; r < k.length; r++) {
      const value = covariance(x, r * fields)
      k[r] = value
      mean += value * (weights[r] as number)
    }
    outcome.number = mean
    if (factor === null) return
    solve(factor, k)
    let explained = 0
    for (let r = 0; r < k.length; r++) explained += (k[r] as number) * (k[r] as number)
    // Rounding may take what is left of the variance below zero.
    outcome.deviation = Math.sqrt(Math.max(0, gamma - explained) + noise)
  }
  return { outcome, run }
}
