import { Combiner } from './combine.ts'
import { leafScores, leafShares, sumOfScores, sumOfShares } from './forest-sums.ts'
import type { Machine } from './machine.ts'
import type { MiningPlan, SegmentPlan } from './mining-plan.ts'
import type { ModelPlan } from './model-plan.ts'
import { type ModelOpener, Outcome, type RunningModel } from './outcome.ts'
import { openPredicate, TRUE, type Truth } from './predicates.ts'
import { canRunForest, ForestRunner, type TreeEngine } from './tree.ts'
import { NO_NODE } from './tree-compile.ts'
import type { TreePlan } from './tree-plan.ts'
import type { Cell } from './types.ts'

interface Member {
  readonly plan: SegmentPlan
  readonly test: (() => Truth) | null
  readonly model: RunningModel
}

/** An opened MiningModel; its members are found by segment id or target field. */
export interface RunningMining extends RunningModel {
  member(segment: string | null, targetField: string | null): RunningModel | null
}

/** Opens a MiningModel. */
export function openMining(
  model: ModelPlan,
  plan: MiningPlan,
  machine: Machine,
  trees: TreeEngine,
  open: ModelOpener,
): RunningMining {
  const outcome = new Outcome(model.result, model.categories)
  const forest = machine.isInterpreted ? null : openForestMining(model, plan, machine, trees, outcome)
  if (forest) return forest
  const members = plan.segments.map(
    (segment): Member => ({
      plan: segment,
      test: segment.predicate.kind === 'true' ? null : openPredicate(segment.predicate, machine),
      model: open(segment.model),
    }),
  )
  const run = runnerOf(plan, members, outcome, () => new Combiner(model, plan, outcome, machine))
  // Outputs may show members that this record does not reach: nothing of the record before may be left there.
  const isShown = model.outputs.some((output) => output.segment !== null || output.targetField !== null)
  const fresh = (): void => {
    for (const member of members) member.model.outcome.clear()
    run()
  }
  return {
    outcome,
    run: isShown ? fresh : run,
    member: finderOf(members, plan.method === 'modelChain' || plan.method === 'x-multiModelChain'),
  }
}

/** A target field names a member only in chains, where each member may have its own. */
function finderOf(members: readonly Member[], isChain: boolean): RunningMining['member'] {
  return (segment, targetField) => {
    const found =
      segment !== null
        ? members.find((member) => member.plan.id === segment)
        : members.findLast((member) => isChain && member.plan.model.target.name === targetField)
    return found?.model ?? null
  }
}

function runnerOf(
  plan: MiningPlan,
  members: readonly Member[],
  outcome: Outcome,
  newCombiner: () => Combiner,
): () => void {
  switch (plan.method) {
    case 'modelChain':
    case 'x-multiModelChain':
      return () => runChain(plan, members, outcome)
    case 'selectFirst':
      return () => {
        outcome.clear()
        for (const member of members) {
          if (member.test !== null && member.test() !== TRUE) continue
          member.model.run()
          if (plan.missing === 'skipSegment' && member.model.outcome.isMissing) continue
          adopt(outcome, member)
          outcome.isAdopted = true
          outcome.entity = member.plan.id
          return
        }
      }
    case 'selectAll':
      return () => runAll(plan, members, outcome)
    default: {
      const combiner = newCombiner()
      return () => {
        combiner.start()
        // The other members run even when the result is missing: one of them may refuse the record.
        let isMissing = false
        for (const member of members) {
          if (member.test !== null && member.test() !== TRUE) continue
          member.model.run()
          if (!combiner.add(member.model.outcome, member.plan)) isMissing = true
        }
        if (isMissing) outcome.clear()
        else combiner.finish()
      }
    }
  }
}

function runChain(plan: MiningPlan, members: readonly Member[], outcome: Outcome): void {
  outcome.clear()
  let last: Member | null = null
  for (const member of members) {
    if (member.test !== null && member.test() !== TRUE) continue
    member.model.run()
    if (plan.missing === 'returnMissing' && plan.method === 'modelChain' && member.model.outcome.isMissing) return
    last = member
  }
  if (last) {
    adopt(outcome, last)
    outcome.isAdopted = true
  }
}

function runAll(plan: MiningPlan, members: readonly Member[], outcome: Outcome): void {
  outcome.clear()
  const values: Cell[] = []
  for (const member of members) {
    if (member.test !== null && member.test() !== TRUE) continue
    member.model.run()
    const { value } = member.model.outcome
    if (value === undefined && plan.missing === 'returnMissing') return
    values.push(value)
  }
  if (values.length > 0) outcome.cell = values
}

/** Takes over a member's outcome; its categories are renumbered. */
export function adopt(
  outcome: Outcome,
  member: { readonly plan: Pick<SegmentPlan, 'categories'>; readonly model: RunningModel },
): void {
  const from = member.model.outcome
  const map = member.plan.categories
  outcome.clear()
  outcome.number = from.number
  outcome.deviation = from.deviation
  outcome.cell = outcome.kind === 'cell' && from.kind !== 'cell' ? from.value : from.cell
  if (outcome.kind === 'category') {
    outcome.category = from.category < 0 ? -1 : (map[from.category] as number)
    outcome.hasProbabilities = from.hasProbabilities
    outcome.hasConfidences = from.hasConfidences
    outcome.probabilities.fill(0)
    for (let i = 0; i < map.length; i++) {
      outcome.probabilities[map[i] as number] = from.probabilities[i] as number
      outcome.confidences[map[i] as number] = from.confidences[i] as number
    }
  }
  outcome.entity = from.entity
  outcome.entities = from.entities
  outcome.entityIds = from.entityIds
  outcome.entityNames = from.entityNames
  outcome.affinities = from.affinities
  outcome.reasonCodes = from.reasonCodes
  outcome.rules = from.rules
  outcome.displays = from.displays
  outcome.display = from.display
}

const summed = new Set(['sum', 'average', 'weightedSum', 'x-weightedSum', 'weightedAverage'])
const voted = new Set(['majorityVote', 'weightedMajorityVote'])

/** An ensemble of plain trees that are walked together, or null when it is anything else. */
function openForestMining(
  model: ModelPlan,
  plan: MiningPlan,
  machine: Machine,
  trees: TreeEngine,
  outcome: Outcome,
): RunningMining | null {
  const plans: TreePlan[] = []
  // Members of a forest have no outcome of their own for an output to show.
  if (model.outputs.some((output) => output.segment !== null)) return null
  for (const { predicate, weightSlot, model: member } of plan.segments) {
    if (predicate.kind !== 'true' || member.body.kind !== 'tree' || weightSlot >= 0) return null
    if (member.outputs.length > 0 || member.slot >= 0 || member.target.isTransforming || member.target.hasFallback)
      return null
    plans.push(member.body)
  }
  if (!(summed.has(plan.method) || (model.result === 'category' && voted.has(plan.method)))) return null
  // Votes without a member count until too many are missing.
  if (voted.has(plan.method) && plan.missingThreshold < 1) return null
  if (plan.missing === 'skipSegment' || !canRunForest(plans, trees.store)) return null
  const runner = new ForestRunner(plans, trees, machine)
  const weights = Float64Array.from(plan.segments, (segment) =>
    plan.method.toLowerCase().includes('weighted') ? segment.weight : 1,
  )
  const finish =
    model.result === 'number'
      ? sumScores(model, plan, weights, trees, outcome)
      : sumShares(plan, weights, trees, outcome)
  const byLeaf = openLeafSums(model, plan, weights, trees, outcome)
  const run = (): void => {
    if (runner.walk()) {
      if (byLeaf?.(runner.leaves)) return
      runner.resolve()
    }
    finish(runner.nodes)
  }
  return { outcome, run, member: () => null }
}

/** Makes the function that sums up leaves by tables, and is false when only their nodes can tell; null where no table is made. */
function openLeafSums(
  model: ModelPlan,
  plan: MiningPlan,
  weights: Float64Array,
  trees: TreeEngine,
  outcome: Outcome,
): ((leaves: Int32Array) => boolean) | null {
  const isMean = plan.method === 'average' || plan.method === 'weightedAverage'
  const used = weights.some((w) => w !== 1) ? inContext(weights, model) : null
  if (model.result === 'number') {
    const { isFloat } = model
    const divisor = (used ?? weights).reduce((sum, w) => (isFloat ? Math.fround(sum + w) : sum + w), 0)
    const scores = tableOf(trees, 0)
    if (scores === null) return null
    return (leaves) => {
      const sum = sumOfScores(leaves, scores, used, isFloat)
      outcome.number = isMean ? (isFloat ? Math.fround(sum / divisor) : sum / divisor) : sum
      return true
    }
  }
  const sums = outcome.probabilities
  const shares = voted.has(plan.method) ? null : tableOf(trees, sums.length)
  if (shares === null) return null
  const divisor = weights.reduce((sum, w) => sum + w, 0)
  return (leaves) => {
    outcome.clear()
    if (!sumOfShares(leaves, shares, used, sums)) return false
    if (isMean) for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) / divisor
    outcome.hasProbabilities = true
    outcome.chooseLargest()
    return true
  }
}

function tableOf(trees: TreeEngine, width: number): Float64Array | null {
  let table = trees.leafTables.get(width)
  if (table === undefined) {
    table = width === 0 ? leafScores(trees.store) : leafShares(trees.store, width)
    trees.leafTables.set(width, table)
  }
  return table
}

function sumScores(
  model: ModelPlan,
  plan: MiningPlan,
  weights: Float64Array,
  trees: TreeEngine,
  outcome: Outcome,
): (nodes: Int32Array) => void {
  const { score } = trees.store
  const isAverage = plan.method === 'average' || plan.method === 'weightedAverage'
  const isWeighted = weights.some((w) => w !== 1)
  const { isFloat } = model
  const used = inContext(weights, model)
  const divisor = used.reduce((sum, w) => (isFloat ? Math.fround(sum + w) : sum + w), 0)
  return (nodes) => {
    let sum = 0
    for (let t = 0; t < nodes.length; t++) {
      const node = nodes[t] as number
      if (node === NO_NODE) {
        outcome.number = Number.NaN
        return
      }
      const value = isFloat ? Math.fround(score[node] as number) : (score[node] as number)
      const part = isWeighted ? value * (used[t] as number) : value
      sum = isFloat ? Math.fround(sum + Math.fround(part)) : sum + part
    }
    outcome.number = isAverage ? (isFloat ? Math.fround(sum / divisor) : sum / divisor) : sum
  }
}

/** Weights of numbers that are summed, as 32-bit ones where arithmetic is. */
function inContext(weights: Float64Array, model: ModelPlan): Float64Array {
  return model.isFloat && model.result === 'number' ? weights.map(Math.fround) : weights
}

function sumShares(
  plan: MiningPlan,
  weights: Float64Array,
  trees: TreeEngine,
  outcome: Outcome,
): (nodes: Int32Array) => void {
  const { score, distribution, shares } = trees.store
  const width = outcome.probabilities.length
  const isVote = voted.has(plan.method)
  const divisor = weights.reduce((sum, w) => sum + w, 0)
  const isMean = plan.method === 'average' || plan.method === 'weightedAverage' || isVote
  const firsts = new Int32Array(width)
  return (nodes) => {
    const sums = outcome.probabilities
    outcome.clear()
    sums.fill(0)
    firsts.fill(-1)
    let votes = 0
    let missed = 0
    for (let t = 0; t < nodes.length; t++) {
      const node = nodes[t] as number
      const weight = weights[t] as number
      if (isVote) {
        const category = node === NO_NODE ? Number.NaN : (score[node] as number)
        if (Number.isNaN(category)) {
          if (plan.missing === 'returnMissing') return
          missed += weight
          continue
        }
        if ((firsts[category] as number) < 0) firsts[category] = t
        sums[category] = (sums[category] as number) + weight
        votes += weight
        continue
      }
      const at = node === NO_NODE ? -1 : (distribution[node] as number)
      if (at < 0) return
      for (let i = 0; i < width; i++) sums[i] = (sums[i] as number) + (shares[at + i] as number) * weight
    }
    if (isVote && votes === 0) return
    if (isMean) for (let i = 0; i < width; i++) sums[i] = (sums[i] as number) / (isVote ? votes : divisor)
    outcome.hasProbabilities = true
    if (isVote) chooseVoted(outcome, firsts)
    else outcome.chooseLargest()
    if (missed > 0 && missed / votes > (sums[outcome.category] as number)) outcome.clear()
  }
}

/** The category with most votes; on a tie the one that was voted for first. */
export function chooseVoted(outcome: Outcome, firsts: Int32Array): void {
  const votes = outcome.probabilities
  let best = -1
  for (let i = 0; i < votes.length; i++) {
    if ((firsts[i] as number) < 0) continue
    const isBetter =
      best < 0 ||
      (votes[i] as number) > (votes[best] as number) ||
      (votes[i] === votes[best] && (firsts[i] as number) < (firsts[best] as number))
    if (isBetter) best = i
  }
  outcome.category = best
}
