import { childAmong, type DocumentReader } from './document.ts'
import type { Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

const names: ReadonlySet<string> = new Set([
  'euclidean',
  'squaredEuclidean',
  'chebychev',
  'cityBlock',
  'minkowski',
  'simpleMatching',
  'jaccard',
  'tanimoto',
  'binarySimilarity',
])
export const compareFunctions = ['absDiff', 'gaussSim', 'delta', 'equal', 'table'] as const
export type CompareFunction = (typeof compareFunctions)[number]

/** How two records are compared: a distance (small is near) or a similarity (large is near). */
export interface MeasurePlan {
  readonly name:
    | 'euclidean'
    | 'squaredEuclidean'
    | 'chebychev'
    | 'cityBlock'
    | 'minkowski'
    | 'simpleMatching'
    | 'jaccard'
    | 'tanimoto'
    | 'binarySimilarity'
  readonly compare: CompareFunction
  readonly p: number
  readonly isSimilarity: boolean
  /** c00, c01, c10, c11, d00, d01, d10, d11 of binarySimilarity. */
  readonly weights: readonly number[]
}

/** Reads a ComparisonMeasure. */
export function planMeasure(reader: DocumentReader, element: XmlElement): MeasurePlan {
  const measure = childAmong(element, names) ?? reader.unsupported(element, 'this measure')
  const name = measure.name as MeasurePlan['name']
  const isSimilarity =
    name === 'simpleMatching' || name === 'jaccard' || name === 'tanimoto' || name === 'binarySimilarity'
  const kind = element.attributes['kind']
  if (kind !== undefined && kind !== (isSimilarity ? 'similarity' : 'distance'))
    reader.unsupported(element, `kind="${kind}" with the measure ${name}`)
  const at = (parameter: string) =>
    name === 'binarySimilarity' ? reader.number(measure, `${parameter}-parameter`, 0) : 0
  return {
    name,
    compare: reader.word(element, 'compareFunction', compareFunctions, 'absDiff'),
    p: reader.number(measure, 'p-parameter', 2),
    isSimilarity,
    weights: ['c00', 'c01', 'c10', 'c11', 'd00', 'd01', 'd10', 'd11'].map(at),
  }
}

/** Refuses a cyclic field where differences of its values count (PMML DataDictionary, isCyclic). */
export function refuseCyclic(scope: Scope, name: string): void {
  const field = scope.planner.dataFields.get(name)
  const cyclic = field?.element.attributes['isCyclic']
  if (field && cyclic !== undefined && cyclic !== '0')
    scope.reader.unsupported(field.element, `isCyclic="${cyclic}" in distances`)
}

/** Compares two values of a field; a table is not supported. */
export function comparer(compare: CompareFunction, scale: number): (x: number, y: number) => number {
  switch (compare) {
    case 'absDiff':
      return (x, y) => Math.abs(x - y)
    case 'gaussSim':
      return (x, y) => Math.exp((-Math.LN2 * (x - y) * (x - y)) / (scale * scale))
    case 'delta':
      return (x, y) => (x === y ? 0 : 1)
    default:
      return (x, y) => (x === y ? 1 : 0)
  }
}

/** Distance or similarity of `x` to row `at` of `points`; missing values (NaN) are left out, `adjust` makes up for them. */
export function measureOf(
  plan: MeasurePlan,
  compares: readonly ((x: number, y: number) => number)[],
  weights: Float64Array,
): (x: Float64Array, points: Float64Array, at: number, adjust: number) => number {
  const n = weights.length
  if (plan.isSimilarity) return (x, points, at) => similarity(plan, x, points, at, n)
  const { name, p } = plan
  return (x, points, at, adjust) => {
    let sum = 0
    for (let i = 0; i < n; i++) {
      const value = x[i] as number
      if (Number.isNaN(value)) continue
      const difference = (compares[i] as (a: number, b: number) => number)(value, points[at + i] as number)
      const weight = weights[i] as number
      if (name === 'euclidean' || name === 'squaredEuclidean') sum += weight * difference * difference
      else if (name === 'cityBlock') sum += weight * difference
      else if (name === 'chebychev') sum = Math.max(sum, weight * difference)
      else sum += weight * difference ** p
    }
    if (name === 'chebychev') return sum * adjust
    if (name === 'euclidean') return Math.sqrt(sum * adjust)
    return name === 'minkowski' ? (sum * adjust) ** (1 / p) : sum * adjust
  }
}

function similarity(plan: MeasurePlan, x: Float64Array, points: Float64Array, at: number, n: number): number {
  let [a11, a10, a01, a00] = [0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    const [one, other] = [(x[i] as number) === 1, (points[at + i] as number) === 1]
    if (one && other) a11++
    else if (one) a10++
    else if (other) a01++
    else a00++
  }
  switch (plan.name) {
    case 'simpleMatching':
      return (a11 + a00) / (a11 + a10 + a01 + a00)
    case 'jaccard':
      return a11 / (a11 + a10 + a01)
    case 'tanimoto':
      return (a11 + a00) / (a11 + 2 * (a10 + a01) + a00)
    default: {
      const [c00, c01, c10, c11, d00, d01, d10, d11] = plan.weights as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ]
      return (c11 * a11 + c10 * a10 + c01 * a01 + c00 * a00) / (d11 * a11 + d10 * a10 + d01 * a01 + d00 * a00)
    }
  }
}
