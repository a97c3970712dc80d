import { childOf, childrenOf } from './document.ts'
import { openParameter, planTerms, type TermPlan } from './general-regression-terms.ts'
import type { Machine } from './machine.ts'
import type { ModelPlan } from './model-plan.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import { softmax } from './regression.ts'
import type { Scope } from './scope.ts'
import { normalCumulative } from './special.ts'
import type { Labels } from './tree-plan.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

const modelTypes = [
  'regression',
  'generalLinear',
  'generalizedLinear',
  'multinomialLogistic',
  'ordinalMultinomial',
  'CoxRegression',
  'linearRegression',
] as const
const links = [
  'cloglog',
  'identity',
  'log',
  'logc',
  'logit',
  'loglog',
  'negbin',
  'oddspower',
  'power',
  'probit',
  'cauchit',
] as const
type Link = (typeof links)[number]

/** A GeneralRegressionModel. */
export interface GeneralRegressionPlan {
  readonly kind: 'generalRegression'
  readonly modelType: (typeof modelTypes)[number]
  readonly link: Link
  readonly linkParameter: number
  readonly isCumulative: boolean
  /** Terms by parameter; several lists where PPCells name a target category. */
  readonly parameters: readonly (readonly TermPlan[])[]
  readonly references: readonly number[]
  /** Coefficients by row: one row, or one per category in the order of the labels. */
  readonly rows: readonly {
    readonly category: number
    readonly cells: readonly { readonly parameter: number; readonly beta: number }[]
  }[]
  readonly reference: number
  readonly offset: { readonly slot: number; readonly value: number }
  readonly trials: { readonly slot: number; readonly value: number }
  readonly baseline: BaselinePlan | null
}

interface BaselinePlan {
  readonly endTime: number
  readonly strata: number
  readonly tables: readonly {
    readonly stratum: Cell
    readonly maxTime: number
    readonly times: readonly number[]
    readonly hazards: readonly number[]
  }[]
}

/** Plans a GeneralRegressionModel. `order` are the target's declared categories. */
export function planGeneralRegression(
  scope: Scope,
  model: XmlElement,
  labels: Labels | null,
  labelOf: (text: string) => Cell,
  order: readonly Cell[] | null,
): GeneralRegressionPlan {
  const { reader } = scope
  const modelType = reader.word(model, 'modelType', modelTypes)
  const parameterElements = childrenOf(childOf(model, 'ParameterList') ?? model, 'Parameter')
  const names = [...reader.unique(parameterElements, (p) => reader.text(p, 'name')).keys()]
  const index = new Map(names.map((name, i) => [name, i]))
  if (labels && modelType === 'CoxRegression')
    reader.unsupported(model, 'modelType="CoxRegression" for a classification')
  const { parameters, special } = planTerms(scope, model, index, labels ? labelOf : null)
  const cells = childrenOf(childOf(model, 'ParamMatrix') ?? model, 'PCell')
  if (labels) for (const cell of order ?? []) labels.at(cell)
  const byCategory = new Map<number, { parameter: number; beta: number }[]>()
  for (const cell of cells) {
    const parameter = index.get(reader.text(cell, 'parameterName'))
    if (parameter === undefined)
      reader.fault(cell, `parameter "${cell.attributes['parameterName']}" is not in the ParameterList`)
    const text = cell.attributes['targetCategory']
    if (!labels && text !== undefined) reader.unsupported(cell, `targetCategory="${text}" in a regression`)
    const category = labels && text !== undefined ? labels.at(labelOf(text)) : -1
    let list = byCategory.get(category)
    if (!list) byCategory.set(category, (list = []))
    list.push({ parameter: parameter as number, beta: reader.number(cell, 'beta') })
  }
  const referenceText = model.attributes['targetReferenceCategory']
  let reference = -1
  if (labels) {
    if (referenceText !== undefined) reference = labels.at(labelOf(referenceText))
    else reference = labels.cells.findIndex((_, i) => !byCategory.has(i))
  }
  const references = parameterElements.map((p) => reader.number(p, 'referencePoint', 0))
  const specialize = (category: number, list: { parameter: number; beta: number }[]) =>
    list.map(({ parameter, beta }) => {
      const own = special.filter(
        (term) => term.parameter === parameter && labels?.cells.indexOf(term.label) === category,
      )
      if (own.length === 0) return { parameter, beta }
      // The terms of one category are those of a parameter of its own.
      references.push(references[parameter] as number)
      return {
        parameter: parameters.push([...(parameters[parameter] ?? []), ...own.map(({ term }) => term)]) - 1,
        beta,
      }
    })
  const stray = special.find(({ label }) => !labels?.cells.includes(label))
  if (stray) reader.fault(model, `has a PPCell for the category "${String(stray.label)}", which nothing else names`)
  const rows = [...byCategory].map(([category, list]) => ({ category, cells: specialize(category, list) }))
  // An ordinal model's thresholds come with the category, its slopes are shared.
  const shared = byCategory.get(-1)
  const full =
    modelType === 'ordinalMultinomial' && shared
      ? rows.filter((r) => r.category >= 0).map((r) => ({ category: r.category, cells: [...r.cells, ...shared] }))
      : // Cells without a category count only where no cell names one.
        rows.filter((r) => r.category >= 0 || rows.length === 1)
  const slotOf = (attribute: string) =>
    model.attributes[attribute] ? scope.resolve(reader.text(model, attribute), model) : -1
  // An ordinal model has a cumulative link; a linkFunction beside it is of no use to it.
  const isOrdinal = modelType === 'ordinalMultinomial'
  const [own, other] = isOrdinal
    ? (['cumulativeLink', 'linkFunction'] as const)
    : (['linkFunction', 'cumulativeLink'] as const)
  const usual = isOrdinal || modelType === 'multinomialLogistic' ? 'logit' : 'identity'
  const link = reader.word(model, own, links, reader.word(model, other, links, usual))
  // The ancillary parameter of negbin is that of its distribution.
  const [first, second] =
    link === 'negbin' ? (['distParameter', 'linkParameter'] as const) : (['linkParameter', 'distParameter'] as const)
  return {
    kind: 'generalRegression',
    modelType,
    link,
    linkParameter: reader.number(model, first, reader.number(model, second, 1)),
    isCumulative: modelType === 'ordinalMultinomial',
    parameters,
    references,
    rows: labels && modelType === 'ordinalMultinomial' ? [...full].sort((a, b) => a.category - b.category) : full,
    reference,
    offset: { slot: slotOf('offsetVariable'), value: reader.number(model, 'offsetValue', 0) },
    trials: { slot: slotOf('trialsVariable'), value: reader.number(model, 'trialsValue', 1) },
    baseline: modelType === 'CoxRegression' ? planBaseline(scope, model, slotOf) : null,
  }
}

function planBaseline(scope: Scope, model: XmlElement, slotOf: (attribute: string) => number): BaselinePlan {
  const { reader } = scope
  const tables = childOf(model, 'BaseCumHazardTables') ?? reader.fault(model, 'element BaseCumHazardTables is missing')
  const strata = slotOf('baselineStrataVariable')
  const endTime = slotOf('endTimeVariable')
  if (endTime < 0) reader.fault(model, 'attribute "endTimeVariable" is missing')
  const holders = strata >= 0 ? childrenOf(tables, 'BaselineStratum') : [tables]
  return {
    endTime,
    strata,
    tables: holders.map((holder) => {
      const cells = childrenOf(holder, 'BaselineCell').map(
        (c) => [reader.number(c, 'time'), reader.number(c, 'cumHazard')] as const,
      )
      cells.sort((a, b) => a[0] - b[0])
      return {
        stratum: strata >= 0 ? reader.cellOrText(reader.text(holder, 'value'), scope.facts(strata).type) : undefined,
        maxTime: reader.number(holder, 'maxTime', Number.POSITIVE_INFINITY),
        times: cells.map((c) => c[0]),
        hazards: cells.map((c) => c[1]),
      }
    }),
  }
}

/** Opens a GeneralRegressionModel. */
export function openGeneralRegression(model: ModelPlan, plan: GeneralRegressionPlan, machine: Machine): RunningModel {
  const outcome = new Outcome(model.result, model.categories)
  const parameters = plan.parameters.map((terms) => openParameter(terms, machine))
  const x = new Float64Array(parameters.length)
  const used = [...new Set(plan.rows.flatMap((row) => row.cells.map((cell) => cell.parameter)))]
  const offset =
    plan.offset.slot >= 0 ? machine.number(plan.offset.slot, 'attribute "offsetVariable"') : () => plan.offset.value
  const trials =
    plan.trials.slot >= 0 ? machine.number(plan.trials.slot, 'attribute "trialsVariable"') : () => plan.trials.value
  const link = inverse(plan.link, plan.linkParameter)
  const eta = (row: number): number => {
    let sum = 0
    for (const { parameter, beta } of plan.rows[row]?.cells ?? []) sum += beta * (x[parameter] as number)
    return sum
  }
  const fill = (): boolean => {
    for (let i = 0; i < used.length; i++) {
      const at = used[i] as number
      const value = (parameters[at] as () => number)()
      x[at] = value
      // A missing predictor settles it; the ones after it are not read.
      if (Number.isNaN(value)) return false
    }
    return true
  }
  if (model.result === 'number') {
    const baseline = plan.baseline ? openBaseline(plan.baseline, machine) : null
    const isPlain =
      plan.modelType === 'regression' || plan.modelType === 'generalLinear' || plan.modelType === 'linearRegression'
    const center = (plan.rows[0]?.cells ?? []).reduce(
      (sum, { parameter, beta }) => sum + beta * (plan.references[parameter] as number),
      0,
    )
    return {
      outcome,
      run: () => {
        if (!fill()) {
          outcome.number = Number.NaN
          return
        }
        // A linear model has no offset.
        const value = isPlain ? eta(0) : eta(0) + offset()
        if (baseline) outcome.number = baseline() * Math.exp(value - center)
        else outcome.number = isPlain ? value : link(value) * trials()
      },
    }
  }
  const scores = new Float64Array(outcome.probabilities.length)
  const run = (): void => {
    outcome.clear()
    if (!fill()) return
    scores.fill(0)
    const shift = offset()
    let below = 0
    for (let row = 0; row < plan.rows.length; row++) {
      const value = eta(row) + shift
      if (Number.isNaN(value)) return
      const { category } = plan.rows[row] as GeneralRegressionPlan['rows'][number]
      const at = category >= 0 ? category : scores.findIndex((_, i) => i !== plan.reference)
      if (plan.isCumulative) {
        const cumulative = link(value)
        scores[at] = cumulative - below
        below = cumulative
      } else scores[at] = plan.modelType === 'multinomialLogistic' ? value : link(value)
    }
    if (plan.isCumulative) scores[scores.length - 1] = 1 - below
    else if (plan.modelType === 'multinomialLogistic') softmax(scores)
    else if (plan.reference >= 0)
      scores[plan.reference] = 1 - scores.reduce((sum, p, i) => (i === plan.reference ? sum : sum + p), 0)
    outcome.probabilities.set(scores)
    outcome.hasProbabilities = true
    outcome.chooseLargest()
    // The reference comes last: on a tie another category wins.
    if (outcome.category === plan.reference)
      outcome.category = scores.findIndex((p, i) => i !== plan.reference && p === scores[plan.reference])
    if (outcome.category < 0) outcome.category = plan.reference
  }
  return { outcome, run }
}

function openBaseline(plan: BaselinePlan, machine: Machine): () => number {
  const time = machine.number(plan.endTime, 'attribute "endTimeVariable"')
  const stratum = plan.strata >= 0 ? machine.getter(plan.strata) : null
  return () => {
    const table = stratum ? plan.tables.find((t) => t.stratum === stratum()) : plan.tables[0]
    const t = time()
    if (!table || Number.isNaN(t) || t > table.maxTime) return Number.NaN
    let hazard = 0
    for (let i = 0; i < table.times.length && (table.times[i] as number) <= t; i++) hazard = table.hazards[i] as number
    return hazard
  }
}

function inverse(link: Link, parameter: number): (eta: number) => number {
  switch (link) {
    case 'cloglog':
      return (x) => 1 - Math.exp(-Math.exp(x))
    case 'log':
      return Math.exp
    case 'logc':
      return (x) => 1 - Math.exp(x)
    case 'logit':
      return (x) => 1 / (1 + Math.exp(-x))
    case 'loglog':
      return (x) => Math.exp(-Math.exp(-x))
    case 'negbin':
      return (x) => 1 / (parameter * (Math.exp(-x) - 1))
    case 'oddspower':
      return (x) => (parameter === 0 ? 1 / (1 + Math.exp(-x)) : 1 / (1 + (1 + parameter * x) ** (-1 / parameter)))
    case 'power':
      return (x) => (parameter === 0 ? Math.exp(x) : x ** (1 / parameter))
    case 'probit':
      return normalCumulative
    case 'cauchit':
      return (x) => 0.5 + Math.atan(x) / Math.PI
    default:
      return (x) => x
  }
}
