import { childOf, childrenOf } from './document.ts'
import { type ModelUse, modelElementOf, planModel } from './model.ts'
import type { ModelPlan, ResultKind } from './model-plan.ts'
import type { PredicatePlan } from './plan.ts'
import { planPredicate, predicateOf } from './predicates.ts'
import { Scope } from './scope.ts'
import { priorValues, type TargetPlan } from './targets.ts'
import { collectLabels, Labels } from './tree-plan.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

const multipleMethods = [
  'majorityVote',
  'weightedMajorityVote',
  'average',
  'weightedAverage',
  'median',
  'weightedMedian',
  'x-weightedMedian',
  'max',
  'sum',
  'weightedSum',
  'x-weightedSum',
  'selectFirst',
  'selectAll',
  'modelChain',
  'x-multiModelChain',
] as const
export type MultipleMethod = (typeof multipleMethods)[number]

/** A MiningModel: its segments and how their results become one. */
export interface MiningPlan {
  readonly kind: 'mining'
  readonly method: MultipleMethod
  readonly missing: 'continue' | 'skipSegment' | 'returnMissing'
  readonly missingThreshold: number // share of the weight, inclusive
  readonly segments: readonly SegmentPlan[]
}

export interface SegmentPlan {
  readonly id: string
  readonly weight: number
  /** Slot of the field that holds the weight (VariableWeight), or -1. */
  readonly weightSlot: number
  readonly predicate: PredicatePlan
  readonly model: ModelPlan
  /** Category of the whole by category of the member. */
  readonly categories: Int32Array
}

/** What planning a model's body gives. */
export interface PlannedMining {
  readonly body: MiningPlan
  readonly result: ResultKind
  readonly categories: readonly Cell[]
}

/** Methods whose members' outputs are outputs of the whole. */
function isChain(method: MultipleMethod): boolean {
  return method === 'modelChain' || method === 'x-multiModelChain' || method === 'selectFirst'
}

/** Plans the segments of a MiningModel. */
export function planMining(
  scope: Scope,
  model: XmlElement,
  use: ModelUse,
  labelOf: (text: string) => Cell,
  priors: TargetPlan['priors'],
): PlannedMining {
  const { reader } = scope
  const segmentation = childOf(model, 'Segmentation')
  if (!segmentation) return reader.fault(model, 'element Segmentation is missing')
  const method = reader.word(segmentation, 'multipleModelMethod', multipleMethods)
  const elements = childrenOf(segmentation, 'Segment')
  if (elements.length === 0) reader.fault(segmentation, 'element Segment is missing')
  const labels = sharedLabels(elements, labelOf)
  const union = labels ?? new Labels()
  // Prior probabilities may name categories that no member does; trees must know all of them before they are planned.
  if (labels) for (const prior of priors) labels.at(prior.value)
  const nested: ModelUse = {
    isTop: false,
    isVisible: use.isVisible && isChain(method),
    hasOwnTarget: use.isVisible && (method === 'x-multiModelChain' || (method === 'modelChain' && use.hasManyTargets)),
    hasManyTargets: use.hasManyTargets,
    isFloat: use.isFloat,
    labels,
    target: use.target,
  }
  const segments = elements.map((element, i): SegmentPlan => {
    const predicate = predicateOf(element)
    const inner = modelElementOf(reader, element, false)
    const plan = predicate ? planPredicate(scope, predicate) : ({ kind: 'true' } as const)
    const own = new Scope(scope.planner, scope, inner)
    const member = planModel(own, inner, nested)
    const variable = childOf(element, 'VariableWeight')
    if (isChain(method)) for (const output of outputsOf(member)) scope.outputs.set(output.name, output.slot)
    return {
      id: element.attributes['id'] ?? String(i + 1),
      weight: reader.number(element, 'weight', 1),
      weightSlot: variable ? own.resolve(reader.text(variable, 'field'), variable) : -1,
      predicate: plan,
      model: member,
      categories: Int32Array.from(member.categories, (cell) => union.at(cell)),
    }
  })
  for (const prior of priors) union.at(prior.value)
  const last = segments.at(-1) as SegmentPlan
  const missingAttribute =
    segmentation.attributes['missingPredictionTreatment'] !== undefined
      ? 'missingPredictionTreatment'
      : 'x-missingPredictionTreatment'
  const body: MiningPlan = {
    kind: 'mining',
    method,
    missing: reader.word(segmentation, missingAttribute, ['continue', 'skipSegment', 'returnMissing'], 'continue'),
    missingThreshold: reader.number(
      segmentation,
      'missingThreshold',
      reader.number(segmentation, 'x-missingThreshold', 1),
    ),
    segments,
  }
  checkMembers(scope, model, segmentation, body)
  if (method === 'selectAll') return { body, result: 'cell', categories: [] }
  const result =
    method === 'modelChain' || method === 'x-multiModelChain'
      ? last.model.result
      : (segments[0] as SegmentPlan).model.result
  return { body, result, categories: result === 'category' ? union.cells : [] }
}

function checkMembers(scope: Scope, model: XmlElement, segmentation: XmlElement, body: MiningPlan): void {
  if (isChain(body.method) || body.method === 'selectAll') return
  const results = new Set(body.segments.map((segment) => segment.model.result))
  const isClass = model.attributes['functionName'] === 'classification'
  if (isClass ? results.has('number') : results.has('category'))
    scope.reader.fault(
      model,
      `is a ${isClass ? 'classification of numbers' : `${model.attributes['functionName']} of categories`}: its segments predict ${isClass ? 'numbers' : 'categories'}`,
    )
  if (results.size > 1) scope.reader.unsupported(segmentation, `members that predict numbers and categories at once`)
  if (results.has('number') && /MajorityVote|majorityVote/.test(body.method)) {
    scope.reader.unsupported(segmentation, `multipleModelMethod="${body.method}" for a regression`)
  }
}

/** Outputs that later segments of an enclosing chain may read: a member's own, and its own chain's. */
function outputsOf(model: ModelPlan): { name: string; slot: number }[] {
  const inner =
    model.body.kind === 'mining' && isChain(model.body.method)
      ? model.body.segments.flatMap((s) => outputsOf(s.model))
      : []
  return [...inner, ...model.outputs.map(({ name, slot }) => ({ name, slot }))]
}

/** One list of labels for an ensemble of trees, so that their distributions line up. */
function sharedLabels(segments: readonly XmlElement[], labelOf: (text: string) => Cell): Labels | null {
  const trees = segments.map((segment) => childOf(segment, 'TreeModel'))
  if (!trees.every((tree) => tree?.attributes['functionName'] === 'classification')) return null
  const labels = new Labels()
  for (const tree of trees) {
    const root = tree && childOf(tree, 'Node')
    if (root) collectLabels(root, labels, labelOf)
  }
  // Distributions are as wide as the list, so it must not grow while trees are planned.
  for (const tree of trees) if (tree) for (const text of priorValues(tree)) labels.at(labelOf(text))
  labels.isComplete = true
  return labels
}
