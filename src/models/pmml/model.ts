import { closest } from '../../config/closest.ts'
import { openAnomalyDetection, planAnomalyDetection } from './anomaly-detection.ts'
import { openAssociation, planAssociation } from './association.ts'
import { openBaseline, planBaseline } from './baseline.ts'
import { openBayesianNetwork } from './bayesian-network.ts'
import { planBayesianNetwork } from './bayesian-plan.ts'
import { openClustering, planClustering } from './clustering.ts'
import { childOf, type DocumentReader } from './document.ts'
import { withSegments } from './embedded.ts'
import { openGaussianProcess, planGaussianProcess } from './gaussian-process.ts'
import { openGeneralRegression, planGeneralRegression } from './general-regression.ts'
import { standardModels } from './grammar.ts'
import type { Machine } from './machine.ts'
import { openMining } from './mining.ts'
import { functionsOf, givesIds, valueTypeOf } from './mining-function.ts'
import { planMining } from './mining-plan.ts'
import type { BodyPlan, ModelPlan, ResultKind } from './model-plan.ts'
import { openNaiveBayes, planNaiveBayes } from './naive-bayes.ts'
import { openNeighbors, planNeighbors } from './neighbors.ts'
import { openNeural, planNeural } from './neural-network.ts'
import { hasNodeModels, openNodeModels, planNodeModels } from './node-models.ts'
import { Outcome, type RunningModel } from './outcome.ts'
import { asksForDeviation, isListed, openOutputs, planOutputs } from './output.ts'
import { typeNames } from './plan.ts'
import { hasOrdinalTarget, openRegression, planRegression } from './regression.ts'
import { openRuleSet, planRuleSet } from './rule-set.ts'
import { Scope } from './scope.ts'
import { openScorecard, planScorecard } from './scorecard.ts'
import { openSequences, planSequences } from './sequence.ts'
import { openSupportVectors, planSupportVectors } from './support-vectors.ts'
import { openTarget, planTarget, type TargetPlan } from './targets.ts'
import { openTextModel, planTextModel } from './text-model.ts'
import { hasSpread, openTimeSeries, planTimeSeries } from './time-series.ts'
import { canRunForest, ForestRunner, openTree, setLeaf, type TreeEngine } from './tree.ts'
import { Labels, planTree } from './tree-plan.ts'
import type { Cell, TypeName } from './types.ts'
import type { XmlElement } from './xml.ts'

/** How an enclosing model uses the model that is planned. */
export interface ModelUse {
  readonly isTop: boolean
  /** True when its outputs are columns of the prediction. */
  readonly isVisible: boolean
  /** True when its predicted value is a column though it is nested. */
  readonly hasOwnTarget: boolean
  /** True when the whole document predicts several targets. */
  readonly hasManyTargets: boolean
  readonly isFloat: boolean
  /** Labels shared with the other members of the ensemble. */
  readonly labels: Labels | null
  /** Target of the enclosing model. */
  readonly target: { readonly name: string; readonly type: TypeName } | null
}

/** Model elements that can be scored. */
export const modelElements: ReadonlySet<string> = new Set([
  'TreeModel',
  'RegressionModel',
  'MiningModel',
  'GeneralRegressionModel',
  'NeuralNetwork',
  'Scorecard',
  'NaiveBayesModel',
  'ClusteringModel',
  'SupportVectorMachineModel',
  'RuleSetModel',
  'NearestNeighborModel',
  'AssociationModel',
  'GaussianProcessModel',
  'AnomalyDetectionModel',
  'BaselineModel',
  'BayesianNetworkModel',
  'TimeSeriesModel',
  'SequenceModel',
  'TextModel',
])

/** The model element inside a document or segment. Of a document it is the first one that is scorable. */
export function modelElementOf(reader: DocumentReader, parent: XmlElement, mustBeScorable = true): XmlElement {
  const isScorable = (child: XmlElement) =>
    !mustBeScorable || (child.attributes['isScorable'] !== 'false' && child.attributes['isScorable'] !== '0')
  const found = parent.children.find((child) => modelElements.has(child.name) && isScorable(child))
  if (found) return found
  const other = parent.children.find((child) => child.attributes['functionName'] !== undefined)
  if (!other) return reader.fault(parent, 'holds no model element, such as TreeModel or MiningModel')
  if (modelElements.has(other.name))
    return reader.fault(other, 'has isScorable="false": its producer says that it is not for scoring')
  if (standardModels.has(other.name)) return reader.unsupported(other, `the model element ${other.name}`)
  return reader.fault(other, `is not a model element of PMML${closest(other.name, [...standardModels])}`)
}

/** Target fields of a model in the order of its MiningSchema. */
export function targetNames(scope: Scope): string[] {
  return [...scope.mining]
    .filter(([, field]) => /^(target|predicted)$/.test(field.attributes['usageType'] ?? ''))
    .map(([name]) => name)
}

/** True when a body gives a standard deviation beside the number. */
function hasDeviation(body: BodyPlan): boolean {
  return body.kind === 'gaussianProcess' || (body.kind === 'bayesianNetwork' && body.target !== null)
}

/** Plans one model element within its scope. */
export function planModel(scope: Scope, element: XmlElement, use: ModelUse): ModelPlan {
  const { reader, planner } = scope
  const isClass = element.attributes['functionName'] === 'classification'
  const names = targetNames(scope)
  const name = names[0] ?? (use.isTop ? '_target' : (use.target?.name ?? '_target'))
  const declared = planner.dataFields.get(name)?.facts
  const type =
    declared?.type ??
    (names.length === 0 ? use.target?.type : undefined) ??
    (isClass || givesIds(element) ? typeNames.string : typeNames.double)
  const target = planTarget(scope, element, name, type)
  const isFloat = mathContext(reader, element) ?? false
  const hasManyTargets = use.isTop ? names.length > 1 : use.hasManyTargets
  const inner = { ...use, hasManyTargets, target: { name, type } }
  const planned = planBody(scope, element, inner, target, declared?.order ?? null)
  const valueType = valueTypeOf(type, planned)
  const isColumn =
    (use.isTop && !hasMembersTargets(planned.body, hasManyTargets) && !hasRules(element)) ||
    (use.hasOwnTarget && names.length > 0)
  const slot =
    isColumn || childOf(element, 'Output')
      ? planner.written({
          name,
          type: valueType,
          optype: declared?.optype ?? 'categorical',
          order: declared?.order ?? null,
        })
      : -1
  // Outputs may read the target field: it is the predicted value then.
  if (slot >= 0 && names.length > 0) scope.outputs.set(name, slot)
  const outputs = planOutputs(scope, element, {
    target,
    isAssociation: hasRules(element),
    isAnomaly: element.name === 'AnomalyDetectionModel',
    hasDeviation: hasDeviation(planned.body),
    result: planned.result,
    valueType,
    segments: planned.body.kind === 'mining' ? planned.body.segments.map((segment) => segment.id) : [],
    hasForecastSpread: planned.body.kind === 'timeSeries' && hasSpread(planned.body),
  })
  const isSeries = planned.body.kind === 'timeSeries' && planned.body.ask.kind === 'horizon'
  const shownType = isSeries && type.type === 'integer' ? typeNames.double : valueType
  if (isColumn) planner.column(name, slot, shownType, isSeries)
  if (use.isVisible) {
    for (const { name: own, slot: at, feature } of outputs) {
      const isList = isListed(feature, isSeries)
      // Forecasts are numbers even where the list is declared a text.
      const shown = isList && isSeries ? typeNames.double : (planner.facts[at]?.type ?? typeNames.string)
      planner.column(own, at, shown, isList)
    }
  }
  return {
    element: element.name,
    result: planned.result,
    categories: planned.categories,
    isFloat,
    target,
    outputs,
    slot,
    body: planned.body,
  }
}

/** True for models that predict nothing but rules. */
function hasRules({ name }: XmlElement): boolean {
  return name === 'AssociationModel' || name === 'SequenceModel'
}

function hasMembersTargets(body: BodyPlan, hasManyTargets: boolean): boolean {
  return (
    body.kind === 'mining' && (body.method === 'x-multiModelChain' || (body.method === 'modelChain' && hasManyTargets))
  )
}

function mathContext(reader: DocumentReader, element: XmlElement): boolean | null {
  const text = element.attributes['x-mathContext']
  if (text === undefined) return null
  return reader.word(element, 'x-mathContext', ['float', 'double']) === 'float'
}

interface PlannedBody {
  readonly body: BodyPlan
  readonly result: ResultKind
  readonly categories: readonly Cell[]
}

function planBody(
  scope: Scope,
  element: XmlElement,
  use: ModelUse,
  target: TargetPlan,
  order: readonly Cell[] | null,
): PlannedBody {
  const { reader } = scope
  const name = reader.word(element, 'functionName', functionsOf(element.name))
  const labelOf = (text: string): Cell => reader.cellOrText(text, target.type)
  const isClass = name === 'classification'
  const labels = isClass ? (use.labels ?? new Labels()) : null
  // Prior probabilities may name categories that the body does not.
  const finish = (body: BodyPlan): PlannedBody => {
    if (labels) for (const prior of target.priors) labels.at(prior.value)
    return { body, result: labels ? 'category' : 'number', categories: labels?.cells ?? [] }
  }
  const { counts } = scope.planner
  const hasEmbedded = counts.has('Regression') || counts.has('DecisionTree')
  switch (element.name) {
    case 'TreeModel': {
      if (hasEmbedded && hasNodeModels(element)) {
        const inner = (model: XmlElement, known: Labels | null) => planInner(scope, model, { ...use, labels: known })
        return finish(planNodeModels(scope, element, labels, labelOf, inner))
      }
      return finish(planTree(scope, element, labels, labelOf))
    }
    case 'RegressionModel':
      return finish(
        planRegression(scope, element, labels, labelOf, isClass && order !== null && hasOrdinalTarget(scope, element)),
      )
    case 'MiningModel':
      return planMining(scope, hasEmbedded ? withSegments(reader, element) : element, use, labelOf, target.priors)
    case 'GeneralRegressionModel':
      return finish(planGeneralRegression(scope, element, labels, labelOf, order))
    case 'NeuralNetwork':
      return finish(planNeural(scope, element, targetNames(scope), labels, labelOf, use.isTop || use.hasOwnTarget))
    case 'Scorecard':
      return finish(planScorecard(scope, element, target.name))
    case 'NaiveBayesModel':
      return finish(planNaiveBayes(scope, element, labels ?? reader.fault(element, 'is not a classification'), labelOf))
    case 'SupportVectorMachineModel':
      return finish(planSupportVectors(scope, element, labels, labelOf))
    case 'RuleSetModel':
      return finish(planRuleSet(scope, element, labels ?? reader.fault(element, 'is not a classification'), labelOf))
    case 'ClusteringModel':
      return { body: planClustering(scope, element), result: 'cell', categories: [] }
    case 'AssociationModel':
      return { body: planAssociation(scope, element), result: 'cell', categories: [] }
    case 'AnomalyDetectionModel': {
      const inner = modelElementOf(reader, element, false)
      const model = planInner(scope, inner, { ...use, isVisible: false, labels: null, target: null })
      return { body: planAnomalyDetection(scope, element, model), result: 'number', categories: [] }
    }
    case 'BaselineModel':
      return finish(planBaseline(scope, element))
    case 'BayesianNetworkModel': {
      const body = planBayesianNetwork(scope, element, targetNames(scope))
      const values = body.target ? [] : (body.variables[body.kept[0] as number]?.values ?? [])
      return { body, result: body.target ? 'number' : 'category', categories: values }
    }
    case 'GaussianProcessModel':
      return finish(planGaussianProcess(scope, element, targetNames(scope), asksForDeviation(element)))
    case 'TextModel':
      return { body: planTextModel(scope, element), result: 'cell', categories: [] }
    case 'SequenceModel':
      return { body: planSequences(scope, element), result: 'cell', categories: [] }
    case 'TimeSeriesModel': {
      const body = planTimeSeries(scope, element, targetNames(scope))
      return { body, result: body.ask.kind === 'horizon' ? 'cell' : 'number', categories: [] }
    }
    case 'NearestNeighborModel': {
      const body = planNeighbors(scope, element, targetNames(scope), isClass)
      const first = body.targets[0]
      if (labels && first) for (const value of first.values) labels.at(value)
      return labels || name === 'regression' ? finish(body) : { body, result: 'cell', categories: [] }
    }
    default:
      return reader.unsupported(element, `the model element ${element.name}`)
  }
}

/** Plans a model inside another one, which may read its outputs. */
function planInner(scope: Scope, inner: XmlElement, use: ModelUse): ModelPlan {
  const model = planModel(new Scope(scope.planner, scope, inner), inner, {
    ...use,
    isTop: false,
    hasOwnTarget: false,
    hasManyTargets: false,
  })
  for (const output of model.outputs) scope.outputs.set(output.name, output.slot)
  return model
}

/** Opens a planned model with all that is nested in it. */
export function openModel(plan: ModelPlan, machine: Machine, trees: TreeEngine): RunningModel {
  const body = openBody(plan, machine, trees)
  const { outcome } = body
  const adjust = plan.body.kind === 'neighbors' ? null : openTarget(plan.target, plan.isFloat)
  const member = body.member ?? (() => null)
  const write = plan.outputs.length > 0 ? openOutputs(plan.outputs, machine, body, plan.target, member) : null
  const { slot } = plan
  if (adjust === null && write === null && slot < 0) return body
  const { values } = machine
  const run = (): void => {
    body.run()
    // Neighbours vote with target values as they stand; a chain's member has been adjusted by its own Targets.
    if (adjust !== null && !outcome.isAdopted) adjust(outcome)
    if (slot >= 0) values[slot] = outcome.value
    if (write !== null) write()
  }
  return { outcome, run }
}

function openBody(plan: ModelPlan, machine: Machine, trees: TreeEngine): RunningModel {
  const { body } = plan
  switch (body.kind) {
    case 'tree':
      if (
        body.missing === 'weightedConfidence' ||
        body.missing === 'aggregateNodes' ||
        machine.isInterpreted ||
        !canRunForest([body], trees.store)
      ) {
        return openTree(plan, body, trees)
      }
      return openSingle(plan, body, machine, trees)
    case 'regression':
      return openRegression(plan, body, machine)
    case 'mining':
      return openMining(plan, body, machine, trees, (inner) => openModel(inner, machine, trees))
    case 'generalRegression':
      return openGeneralRegression(plan, body, machine)
    case 'neural':
      return openNeural(plan, body, machine)
    case 'scorecard':
      return openScorecard(plan, body, machine)
    case 'naiveBayes':
      return openNaiveBayes(plan, body, machine)
    case 'clustering':
      return openClustering(plan, body, machine)
    case 'supportVectors':
      return openSupportVectors(plan, body, machine)
    case 'ruleSet':
      return openRuleSet(plan, body, machine)
    case 'neighbors':
      return openNeighbors(plan, body, machine)
    case 'association':
      return openAssociation(plan, body, machine)
    case 'anomalyDetection':
      return openAnomalyDetection(plan, body, (inner) => openModel(inner, machine, trees))
    case 'nodeModels':
      return openNodeModels(plan, body, trees, (inner) => openModel(inner, machine, trees))
    case 'bayesianNetwork':
      return openBayesianNetwork(plan, body, machine)
    case 'baseline':
      return openBaseline(plan, body, machine)
    case 'gaussianProcess':
      return openGaussianProcess(plan, body, machine)
    case 'timeSeries':
      return openTimeSeries(plan, body, machine)
    case 'text':
      return openTextModel(plan, body, machine)
    case 'sequence':
      return openSequences(plan, body, machine)
    default:
      return body satisfies never
  }
}

function openSingle(
  plan: ModelPlan,
  body: Extract<BodyPlan, { kind: 'tree' }>,
  machine: Machine,
  trees: TreeEngine,
): RunningModel {
  const outcome = new Outcome(plan.result, plan.categories)
  const runner = new ForestRunner([body], trees, machine)
  const run = (): void => {
    runner.run()
    setLeaf(outcome, trees, body, runner.nodes[0] as number)
  }
  return { outcome, run }
}
