import { childAmong, childOf, childrenOf, numbersOf } from './document.ts'
import { planReference } from './expression-plan.ts'
import { equalCells } from './functions.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import type { Labels } from './tree-plan.ts'
import type { Cell } from './types.ts'
import { openVectorKernel } from './vector-kernel.ts'
import type { XmlElement } from './xml.ts'

const kernels: ReadonlySet<string> = new Set([
  'LinearKernelType',
  'PolynomialKernelType',
  'RadialBasisKernelType',
  'SigmoidKernelType',
])

/** A SupportVectorMachineModel. */
export interface SupportVectorPlan {
  readonly kind: 'supportVectors'
  readonly kernel: { readonly name: string; readonly gamma: number; readonly coef0: number; readonly degree: number }
  readonly isByCoefficients: boolean
  readonly method: 'OneAgainstAll' | 'OneAgainstOne'
  readonly takesMax: boolean
  readonly threshold: number
  readonly alternateBinary: number // category index, -1 = none
  /** Fields of the vectors: a number, or 1 where a category matches (`value` not undefined). */
  readonly fields: readonly { readonly slot: number; readonly value: Cell; readonly coefficient: number }[]
  readonly vectors: Float64Array // [vectors, fields]
  readonly machines: readonly MachinePlan[]
}

interface MachinePlan {
  readonly category: number
  readonly alternate: number
  readonly threshold: number
  readonly intercept: number
  /** [coefficients], row of vectors; null where coefficients are of fields. */
  readonly vectors: Int32Array | null
  readonly coefficients: Float64Array
}

/** Plans a SupportVectorMachineModel. */
export function planSupportVectors(
  scope: Scope,
  model: XmlElement,
  labels: Labels | null,
  labelOf: (text: string) => Cell,
): SupportVectorPlan {
  const { reader } = scope
  const isByCoefficients =
    reader.word(model, 'svmRepresentation', ['SupportVectors', 'Coefficients'], 'SupportVectors') === 'Coefficients'
  const kernel = childAmong(model, kernels) ?? reader.fault(model, 'element of a kernel is missing')
  const dictionary = childOf(model, 'VectorDictionary') ?? reader.fault(model, 'element VectorDictionary is missing')
  const fieldElements = (childOf(dictionary, 'VectorFields')?.children ?? []).filter((f) => f.name !== 'Extension')
  const fields = fieldElements.map((field) => {
    const isCategory = field.name === 'CategoricalPredictor'
    if (!isCategory && field.name !== 'FieldRef') reader.unsupported(field, 'this kind of vector field')
    const slot = isCategory
      ? scope.resolve(field.attributes['field'] ?? reader.text(field, 'name'), field)
      : planReference(scope, field)
    return {
      slot,
      value: isCategory ? reader.cellOrText(reader.text(field, 'value'), scope.facts(slot).type) : undefined,
      coefficient: reader.number(field, 'coefficient', 1),
    }
  })
  if (isByCoefficients && kernel.name !== 'LinearKernelType')
    reader.unsupported(kernel, `${kernel.name} with svmRepresentation="Coefficients"`)
  reader.unique(childrenOf(dictionary, 'VectorInstance'), (instance) => reader.text(instance, 'id'))
  const ids = new Map<string, number>()
  const rows: Float64Array[] = []
  for (const instance of childrenOf(dictionary, 'VectorInstance')) {
    const array =
      instance.children.find((c) => c.name === 'Array' || c.name.endsWith('SparseArray')) ??
      reader.fault(instance, 'element Array is missing')
    const row = new Float64Array(fields.length)
    const numbers = numbersOf(reader, array)
    if (numbers.length > fields.length) reader.fault(array, `has ${numbers.length} items, expected ${fields.length}`)
    row.set(numbers)
    ids.set(reader.text(instance, 'id'), rows.length)
    rows.push(row)
  }
  const label = (element: XmlElement, attribute: string): number => {
    const text = element.attributes[attribute]
    return labels && text !== undefined ? labels.at(labelOf(text)) : -1
  }
  const threshold = reader.number(model, 'threshold', 0)
  const machines = childrenOf(model, 'SupportVectorMachine').map((element): MachinePlan => {
    const list = childOf(element, 'Coefficients') ?? reader.fault(element, 'element Coefficients is missing')
    const coefficients = Float64Array.from(childrenOf(list, 'Coefficient'), (c) => reader.number(c, 'value', 0))
    const vectors = isByCoefficients
      ? null
      : Int32Array.from(childrenOf(childOf(element, 'SupportVectors') ?? element, 'SupportVector'), (v) => {
          const row = ids.get(reader.text(v, 'vectorId'))
          return row === undefined ? reader.fault(v, `vector "${v.attributes['vectorId']}" is not declared`) : row
        })
    const expected = vectors === null ? fields.length : vectors.length
    if (coefficients.length !== expected)
      reader.fault(list, `has ${coefficients.length} coefficients, expected ${expected}`)
    return {
      category: label(element, 'targetCategory'),
      alternate: label(element, 'alternateTargetCategory'),
      threshold: reader.number(element, 'threshold', threshold),
      intercept: reader.number(list, 'absoluteValue', 0),
      vectors,
      coefficients,
    }
  })
  if (machines.length === 0) reader.fault(model, 'element SupportVectorMachine is missing')
  if (!labels && machines.length > 1)
    reader.unsupported(model, `${machines.length} SupportVectorMachines for a regression`)
  if (labels) for (const element of childrenOf(model, 'SupportVectorMachine')) reader.text(element, 'targetCategory')
  const hasAlternates = machines.some((m) => m.alternate >= 0)
  return {
    kind: 'supportVectors',
    kernel: {
      name: kernel.name,
      gamma: reader.number(kernel, 'gamma', 1),
      coef0: reader.number(kernel, 'coef0', 1),
      degree: reader.number(kernel, 'degree', 1),
    },
    isByCoefficients,
    method: reader.word(
      model,
      'classificationMethod',
      ['OneAgainstAll', 'OneAgainstOne'],
      hasAlternates ? 'OneAgainstOne' : 'OneAgainstAll',
    ),
    takesMax: reader.flag(model, 'maxWins', false),
    threshold,
    alternateBinary: label(model, 'alternateBinaryTargetCategory'),
    fields,
    vectors: Float64Array.from(rows.flatMap((row) => [...row])),
    machines,
  }
}

/** Opens a SupportVectorMachineModel. */
export function openSupportVectors(model: ModelPlan, plan: SupportVectorPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const { x, fill } = plan.isByCoefficients ? openPoint(plan, machine) : openSimilarities(plan, machine)
  const votes = new Float64Array(outcome.probabilities.length)
  const decide = ({ intercept, coefficients, vectors }: MachinePlan): number => {
    let sum = intercept
    if (vectors !== null) return sum + weighted(coefficients, vectors, x)
    for (let i = 0; i < x.length; i++) sum += (coefficients[i] as number) * (x[i] as number)
    return sum
  }
  const run = (): void => {
    outcome.clear()
    if (!fill()) return
    if (outcome.kind === 'number') outcome.number = decide(plan.machines[0] as MachinePlan)
    else {
      outcome.category = classify(plan, decide, votes)
      if (plan.method === 'OneAgainstOne') {
        for (let i = 0; i < votes.length; i++) outcome.probabilities[i] = (votes[i] as number) / plan.machines.length
        outcome.hasProbabilities = true
      }
    }
  }
  return { outcome, run }
}

/** Four sums side by side, as each addition waits for the one before. */
function weighted(coefficients: Float64Array, vectors: Int32Array, x: Float64Array): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 3 < vectors.length; i += 4) {
    a += (coefficients[i] as number) * (x[vectors[i] as number] as number)
    b += (coefficients[i + 1] as number) * (x[vectors[i + 1] as number] as number)
    c += (coefficients[i + 2] as number) * (x[vectors[i + 2] as number] as number)
    d += (coefficients[i + 3] as number) * (x[vectors[i + 3] as number] as number)
  }
  for (; i < vectors.length; i++) a += (coefficients[i] as number) * (x[vectors[i] as number] as number)
  return a + b + (c + d)
}

/** What a machine's coefficients multiply: the record's fields, or its similarity with every vector. `fill` is false when a field is missing. */
interface Factors {
  readonly x: Float64Array
  readonly fill: () => boolean
}

function openSimilarities(plan: SupportVectorPlan, machine: Machine): Factors {
  const { similarities, fill } = openVectorKernel(plan, machine)
  return { x: similarities, fill }
}

function openPoint(plan: SupportVectorPlan, machine: Machine): Factors {
  const getters = plan.fields.map(({ slot, value, coefficient }) => {
    if (value === undefined) return machine.number(slot, 'element VectorFields')
    const get = machine.getter(slot)
    return () => {
      const x = get()
      return x === undefined ? Number.NaN : equalCells(x, value) ? coefficient : 0
    }
  })
  const x = new Float64Array(getters.length)
  const fill = (): boolean => {
    for (let i = 0; i < x.length; i++) {
      const value = (getters[i] as () => number)()
      if (Number.isNaN(value)) return false
      x[i] = value
    }
    return true
  }
  return { x, fill }
}

function classify(plan: SupportVectorPlan, decide: (m: MachinePlan) => number, votes: Float64Array): number {
  const first = plan.machines[0] as MachinePlan
  if (plan.alternateBinary >= 0 && plan.machines.length === 1) {
    return decide(first) > first.threshold ? first.category : plan.alternateBinary
  }
  if (plan.method === 'OneAgainstOne') {
    votes.fill(0)
    for (const m of plan.machines) {
      const winner = decide(m) < m.threshold ? m.category : m.alternate
      if (winner >= 0) votes[winner] = (votes[winner] as number) + 1
    }
    let best = 0
    for (let i = 1; i < votes.length; i++) if ((votes[i] as number) > (votes[best] as number)) best = i
    return best
  }
  let best = -1
  let bestValue = 0
  for (const m of plan.machines) {
    const value = decide(m)
    if (best < 0 || (plan.takesMax ? value > bestValue : value < bestValue)) {
      best = m.category
      bestValue = value
    }
  }
  return best
}
