import { childOf, childrenOf } from './document.ts'
import { planReference } from './expression-plan.ts'
import { equalCells } from './functions.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { literal, NumberWriter } from './number-text.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import type { Scope } from './scope.ts'
import { normalCumulative } from './special.ts'
import type { Labels } from './tree-plan.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

export const normalizations = [
  'none',
  'simplemax',
  'softmax',
  'logit',
  'probit',
  'cloglog',
  'exp',
  'loglog',
  'cauchit',
] as const
export type Normalization = (typeof normalizations)[number]

/** A RegressionModel: one table for a number, one per category for a classification. */
export interface RegressionPlan {
  readonly kind: 'regression'
  readonly normalization: Normalization
  readonly isOrdinal: boolean
  readonly tables: readonly RegressionTablePlan[]
}

export interface RegressionTablePlan {
  readonly intercept: number
  /** Category index, or -1. */
  readonly category: number
  readonly slots: Int32Array // [numeric predictors]
  readonly coefficients: Float64Array // [numeric predictors]
  readonly exponents: Float64Array // [numeric predictors]
  readonly categorical: readonly { readonly slot: number; readonly value: Cell; readonly coefficient: number }[]
  readonly terms: readonly { readonly coefficient: number; readonly slots: readonly number[] }[]
}

/** Plans the tables of a RegressionModel. */
export function planRegression(
  scope: Scope,
  model: XmlElement,
  labels: Labels | null,
  labelOf: (text: string, at: XmlElement) => Cell,
  isOrdinal: boolean,
): RegressionPlan {
  const { reader } = scope
  const tables = childrenOf(model, 'RegressionTable')
  if (tables.length === 0) reader.fault(model, 'element RegressionTable is missing')
  const normalization = reader.word(model, 'normalizationMethod', normalizations, 'none')
  if (labels && normalization === 'exp') reader.unsupported(model, 'normalizationMethod="exp" for a classification')
  if (!labels && normalization === 'simplemax')
    reader.unsupported(model, 'normalizationMethod="simplemax" for a regression')
  if (!labels && tables.length > 1) reader.unsupported(model, `${tables.length} RegressionTables for a regression`)
  if (labels && tables.length === 1)
    reader.fault(model, 'has one RegressionTable, a classification needs one per category')
  if (labels) reader.unique(tables, (table) => reader.text(table, 'targetCategory'))
  return {
    kind: 'regression',
    normalization,
    isOrdinal,
    tables: tables.map((table) => {
      const category = labels ? labels.at(labelOf(reader.text(table, 'targetCategory'), table)) : -1
      return planTable(scope, table, category)
    }),
  }
}

function planTable(scope: Scope, table: XmlElement, category: number): RegressionTablePlan {
  const { reader } = scope
  const slotNamed = (element: XmlElement) =>
    scope.resolve(element.attributes['name'] ?? reader.text(element, 'field'), element)
  const numeric = childrenOf(table, 'NumericPredictor')
  return {
    intercept: reader.number(table, 'intercept', 0),
    category,
    slots: Int32Array.from(numeric, slotNamed),
    coefficients: Float64Array.from(numeric, (p) => reader.number(p, 'coefficient')),
    exponents: Float64Array.from(numeric, (p) => reader.number(p, 'exponent', 1)),
    categorical: childrenOf(table, 'CategoricalPredictor').map((p) => {
      const slot = slotNamed(p)
      const value = reader.cellOrText(reader.text(p, 'value'), scope.facts(slot).type)
      return { slot, value, coefficient: reader.number(p, 'coefficient') }
    }),
    terms: childrenOf(table, 'PredictorTerm').map((term) => ({
      coefficient: reader.number(term, 'coefficient'),
      slots: childrenOf(term, 'FieldRef').map((ref) => planReference(scope, ref)),
    })),
  }
}

/** Opens a RegressionModel. */
export function openRegression(model: ModelPlan, plan: RegressionPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const { isFloat } = model
  const isNumber = model.result === 'number'
  const used = isNumber ? plan.tables.slice(0, 1) : plan.tables
  const scores = new Float64Array(used.length)
  const fill = openTables(used, scores, machine, isFloat)
  if (isNumber) {
    const link = inverseLink(plan.normalization === 'softmax' ? 'logit' : plan.normalization, isFloat)
    const run = (): void => {
      outcome.number = fill() ? link(scores[0] as number) : Number.NaN
    }
    return { outcome, run }
  }
  const order = Int32Array.from(plan.tables, (table) => table.category)
  const normalize = plan.isOrdinal ? ordinal(plan.normalization, isFloat) : nominal(plan.normalization, isFloat)
  const run = (): void => {
    outcome.clear()
    if (!fill()) return
    normalize(scores)
    outcome.probabilities.fill(0)
    for (let i = 0; i < scores.length; i++) outcome.probabilities[order[i] as number] = scores[i] as number
    outcome.hasProbabilities = true
    outcome.chooseLargest()
  }
  return { outcome, run }
}

const identity = (x: number): number => x

/** Makes the function that fills the scores of all tables; false when one has none. */
function openTables(
  plans: readonly RegressionTablePlan[],
  scores: Float64Array,
  machine: Machine,
  isFloat: boolean,
): () => boolean {
  const compiled = machine.isInterpreted ? null : compileTables(plans, machine, isFloat)
  const tables = plans.map((table) => openTable(table, machine, isFloat))
  return () => {
    if (compiled?.(scores)) return true
    for (let i = 0; i < scores.length; i++) {
      const score = (tables[i] as () => number)()
      if (Number.isNaN(score)) return false
      scores[i] = score
    }
    return true
  }
}

const maxCompiled = 5000

/**
 * Makes the function that fills the scores of records with all numbers, and is false for other records. Its text holds numbers, slot
 * numbers and positions; a category's coefficient is looked up in an array. Null for tables that are too large.
 */
function compileTables(
  plans: readonly RegressionTablePlan[],
  machine: Machine,
  isFloat: boolean,
): ((scores: Float64Array) => boolean) | null {
  const count = plans.reduce((sum, plan) => sum + plan.slots.length + plan.categorical.length + plan.terms.length, 0)
  if (count > maxCompiled) return null
  const writer = new NumberWriter(machine, 'return false')
  const sums = plans.map((plan, i) => sumText(plan, writer, isFloat, plans, i))
  if (sums.includes(null) || writer.isTooLong) return null
  const body = [...sums, 'return true'].join('\n')
  return writer.compile('scores', `let s\n${body}`) as (scores: Float64Array) => boolean
}

/** Statements that add up one table in the order of openTable. */
function sumText(
  plan: RegressionTablePlan,
  writer: NumberWriter,
  isFloat: boolean,
  plans: readonly RegressionTablePlan[],
  at: number,
): string | null {
  const round = isFloat ? Math.fround : identity
  const rounded = (text: string): string => (isFloat ? `f(${text})` : text)
  const lines = ['s = 0']
  const numbers = [
    round(plan.intercept),
    ...plan.coefficients,
    ...plan.exponents,
    ...plan.terms.map((t) => t.coefficient),
  ]
  // NaN ** 0 is 1, but a missing number leaves no result whatever its exponent.
  if (!numbers.every(Number.isFinite) || plan.exponents.includes(0)) return null
  const isLinear = plan.exponents.every((e) => e === 1)
  for (const [i, slot] of plan.slots.entries()) {
    const x = writer.number(slot)
    const power = isLinear ? x : `(${x} ** ${literal(plan.exponents[i] as number)})`
    const product = `${literal(round(plan.coefficients[i] as number))} * ${rounded(power)}`
    lines.push(`s = ${rounded(`s + ${rounded(product)}`)}`)
  }
  for (const [slot, own] of coefficientsBySlot(plan, round)) {
    const values = valuesOf(plans, slot)
    const position = writer.category(slot, values)
    const coefficients = writer.table(Float64Array.from([...values, undefined], (value) => own.get(value) ?? 0))
    lines.push(`s = ${rounded(`s + ${coefficients}[${position}]`)}`)
  }
  for (const { coefficient, slots } of plan.terms) {
    const product = slots.reduce(
      (text, slot) => rounded(`${text} * ${writer.number(slot)}`),
      `${literal(round(coefficient))}`,
    )
    lines.push(`s = ${rounded(`s + (${product})`)}`)
  }
  lines.push(`s = ${rounded(`s + ${literal(round(plan.intercept))}`)}; if (s !== s) return false; scores[${at}] = s`)
  return lines.join('\n')
}

/** Every value of a slot that some table has a coefficient for. */
function valuesOf(plans: readonly RegressionTablePlan[], slot: number): Cell[] {
  const all = plans.flatMap((plan) => plan.categorical.filter((one) => one.slot === slot).map((one) => one.value))
  return [...new Set(all)]
}

function openTable(plan: RegressionTablePlan, machine: Machine, isFloat: boolean): () => number {
  const round = isFloat ? Math.fround : identity
  const numeric = Array.from(plan.slots, (slot) => machine.number(slot, 'element NumericPredictor'))
  const coefficients = Float64Array.from(plan.coefficients, round)
  const { exponents } = plan
  const isLinear = exponents.every((e) => e === 1)
  const categorical = openCategorical(plan, machine, round)
  const terms = plan.terms.map(({ coefficient, slots }) => {
    const getters = slots.map((slot) => machine.number(slot, 'element PredictorTerm'))
    return () => getters.reduce((product, get) => round(product * get()), round(coefficient))
  })
  const intercept = round(plan.intercept)
  return () => {
    let sum = 0
    for (let i = 0; i < numeric.length; i++) {
      const x = (numeric[i] as () => number)()
      if (Number.isNaN(x)) return Number.NaN
      const power = isLinear ? x : x ** (exponents[i] as number)
      sum = isFloat
        ? Math.fround(sum + Math.fround((coefficients[i] as number) * Math.fround(power)))
        : sum + (coefficients[i] as number) * power
    }
    for (let i = 0; i < categorical.length; i++) sum = round(sum + (categorical[i] as () => number)())
    for (let i = 0; i < terms.length; i++) sum = round(sum + (terms[i] as () => number)())
    return round(sum + intercept)
  }
}

/** Coefficients by slot and value. */
function coefficientsBySlot(plan: RegressionTablePlan, round: (x: number) => number): Map<number, Map<Cell, number>> {
  const bySlot = new Map<number, Map<Cell, number>>()
  for (const { slot, value, coefficient } of plan.categorical) {
    let values = bySlot.get(slot)
    if (!values) bySlot.set(slot, (values = new Map()))
    values.set(value, round((values.get(value) ?? 0) + coefficient))
  }
  return bySlot
}

/** One look-up per field; a missing or unknown category adds nothing. */
function openCategorical(plan: RegressionTablePlan, machine: Machine, round: (x: number) => number): (() => number)[] {
  return [...coefficientsBySlot(plan, round)].map(([slot, values]) => {
    const get = machine.getter(slot)
    return () => {
      const value = get()
      if (value === undefined) return 0
      const found = values.get(value)
      if (found !== undefined) return found
      for (const [known, coefficient] of values)
        if (typeof known !== typeof value && equalCells(known, value)) return coefficient
      return 0
    }
  })
}

/** The inverse of a link function. */
function inverseLink(name: Normalization, isFloat: boolean): (x: number) => number {
  const round = isFloat ? Math.fround : identity
  switch (name) {
    case 'logit':
      return (x) => round(1 / round(1 + round(Math.exp(-x))))
    case 'probit':
      return (x) => round(normalCumulative(x))
    case 'cloglog':
      return (x) => round(1 - round(Math.exp(-Math.exp(x))))
    case 'loglog':
      return (x) => round(Math.exp(-Math.exp(-x)))
    case 'cauchit':
      return (x) => round(0.5 + round((1 / Math.PI) * Math.atan(x)))
    case 'exp':
      return (x) => round(Math.exp(x))
    default:
      return identity
  }
}

function nominal(name: Normalization, isFloat: boolean): (scores: Float64Array) => void {
  const round = isFloat ? Math.fround : identity
  if (name === 'softmax') return (scores) => softmax(scores, round)
  if (name === 'simplemax') return (scores) => simplemax(scores, round)
  const link = inverseLink(name, isFloat)
  return (scores) => {
    const last = scores.length - 1
    if (name === 'none') {
      let rest = 1
      for (let i = 0; i < last; i++) rest = round(rest - (scores[i] as number))
      scores[last] = rest
      if (last === 1) {
        scores[0] = Math.min(1, Math.max(0, scores[0] as number))
        scores[1] = round(1 - scores[0])
      }
    } else if (scores.length === 2) {
      scores[0] = link(scores[0] as number)
      scores[1] = round(1 - scores[0])
    } else {
      for (let i = 0; i <= last; i++) scores[i] = link(scores[i] as number)
      simplemax(scores, round)
    }
  }
}

/** Softmax in place, shifted by the largest score. */
export function softmax(scores: Float64Array, round: (x: number) => number = identity): void {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < scores.length; i++) if ((scores[i] as number) > max) max = scores[i] as number
  let sum = 0
  for (let i = 0; i < scores.length; i++) {
    const e = round(Math.exp(round((scores[i] as number) - max)))
    scores[i] = e
    sum = round(sum + e)
  }
  for (let i = 0; i < scores.length; i++) scores[i] = round((scores[i] as number) / sum)
}

/** Divides by the sum, in place. */
export function simplemax(scores: Float64Array, round: (x: number) => number = identity): void {
  let sum = 0
  for (let i = 0; i < scores.length; i++) sum = round(sum + (scores[i] as number))
  for (let i = 0; i < scores.length; i++) scores[i] = sum === 0 ? 0 : round((scores[i] as number) / sum)
}

/** Ordinal targets: scores give cumulative probabilities; the last category gets the rest. */
function ordinal(name: Normalization, isFloat: boolean): (scores: Float64Array) => void {
  const round = isFloat ? Math.fround : identity
  const link = inverseLink(name === 'softmax' ? 'logit' : name, isFloat)
  return (scores) => {
    const last = scores.length - 1
    let below = 0
    for (let i = 0; i < last; i++) {
      // A score that is no probability by itself counts as the nearest one.
      const cumulative = Math.min(1, Math.max(0, link(scores[i] as number)))
      scores[i] = round(cumulative - below)
      below = cumulative
    }
    scores[last] = round(1 - below)
  }
}

/** True when a target of this model is ordinal. */
export function hasOrdinalTarget(scope: Scope, model: XmlElement): boolean {
  const schema = childOf(model, 'MiningSchema')
  const target =
    schema &&
    childrenOf(schema, 'MiningField').find((f) => /^(target|predicted)$/.test(f.attributes['usageType'] ?? ''))
  const field = target && scope.planner.dataFields.get(target.attributes['name'] ?? '')
  return field?.facts.optype === 'ordinal'
}
