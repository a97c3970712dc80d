import type { Machine } from './machine.ts'
import { chooseVoted } from './mining.ts'
import type { MiningPlan, SegmentPlan } from './mining-plan.ts'
import type { ModelPlan } from './model-plan.ts'
import type { Outcome } from './outcome.ts'
import type { Cell } from './types.ts'

/** Combines the outcomes of an ensemble's members into one, by its method. */
export class Combiner {
  readonly #plan: MiningPlan
  readonly #machine: Machine
  readonly #outcome: Outcome
  readonly #isFloat: boolean
  readonly #isWeighted: boolean
  readonly #values: Float64Array // [segments]
  readonly #weights: Float64Array // [segments]
  readonly #members: Outcome[]
  readonly #maps: Int32Array[]
  readonly #firsts: Int32Array
  #count = 0
  #missingWeight = 0
  #missingVotes = 0
  #totalWeight = 0

  constructor(model: ModelPlan, plan: MiningPlan, outcome: Outcome, machine: Machine) {
    this.#plan = plan
    this.#machine = machine
    this.#outcome = outcome
    this.#isFloat = model.isFloat
    this.#isWeighted = plan.method.toLowerCase().includes('weighted')
    this.#values = new Float64Array(plan.segments.length)
    this.#weights = new Float64Array(plan.segments.length)
    this.#members = new Array(plan.segments.length)
    this.#maps = new Array(plan.segments.length)
    this.#firsts = new Int32Array(model.categories.length)
  }

  start(): void {
    this.#count = 0
    this.#missingWeight = 0
    this.#missingVotes = 0
    this.#totalWeight = 0
    this.#outcome.clear()
  }

  /** Takes a member's outcome; false when the whole result is missing because of it. */
  add(member: Outcome, plan: SegmentPlan): boolean {
    const own = plan.weightSlot < 0 ? plan.weight : this.#weightOf(plan.weightSlot)
    const weight = this.#isWeighted ? own : 1
    this.#totalWeight += own
    if (member.isMissing) {
      this.#missingWeight += own
      this.#missingVotes += weight
      if (this.#plan.missing === 'skipSegment') return true
      // "continue" lets votes go on without the member; a number or a distribution cannot.
      return this.#plan.missing === 'continue' && this.#outcome.kind === 'category' && !this.#needsShares
    }
    const number = this.#isFloat ? Math.fround(member.number) : member.number
    this.#values[this.#count] = member.kind === 'number' ? number : member.category
    this.#weights[this.#count] = this.#isFloat && member.kind === 'number' ? Math.fround(weight) : weight
    this.#members[this.#count] = member
    this.#maps[this.#count] = plan.categories
    this.#count++
    return true
  }

  /** The weight that a field holds; a member whose weight is missing has none. */
  #weightOf(slot: number): number {
    const weight = this.#machine.number(slot, 'element VariableWeight')()
    return Number.isNaN(weight) ? 0 : weight
  }

  finish(): void {
    if (this.#count === 0 && !this.#isEmptySum) return
    if (this.#missingWeight > 0 && this.#missingWeight / this.#totalWeight > this.#plan.missingThreshold) return
    if (this.#outcome.kind === 'cell') this.#outcome.cell = this.#mostVoted()
    else if (this.#outcome.kind === 'number') this.#outcome.number = this.#number()
    else this.#category()
  }

  /** A sum whose members were all passed over is 0, other combinations of nothing are missing. */
  get #isEmptySum(): boolean {
    return this.#outcome.kind === 'number' && this.#missingVotes > 0 && /sum$/i.test(this.#plan.method)
  }

  get #needsShares(): boolean {
    return !/ajorityVote/.test(this.#plan.method)
  }

  #number(): number {
    const round = this.#isFloat ? Math.fround : (x: number) => x
    const count = this.#count
    switch (this.#plan.method) {
      case 'sum':
      case 'weightedSum':
      case 'x-weightedSum':
        return this.#sum(round)
      case 'average':
        return round(this.#sum(round) / count)
      case 'weightedAverage': {
        let total = 0
        for (let i = 0; i < count; i++) total = round(total + (this.#weights[i] as number))
        return round(this.#sum(round) / total)
      }
      case 'max':
        return this.#values.subarray(0, count).reduce((a, b) => Math.max(a, b))
      case 'median': {
        const sorted = this.#values.slice(0, count).sort()
        const middle = count >> 1
        return count % 2
          ? (sorted[middle] as number)
          : round(((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2)
      }
      default:
        return this.#weightedMedian()
    }
  }

  #sum(round: (x: number) => number): number {
    let sum = 0
    for (let i = 0; i < this.#count; i++) {
      const value = this.#values[i] as number
      sum = round(sum + round(this.#isWeighted ? value * (this.#weights[i] as number) : value))
    }
    return sum
  }

  /** The smallest member value with at least half of the weight at or below it. */
  #weightedMedian(): number {
    const order = Array.from({ length: this.#count }, (_, i) => i).sort(
      (a, b) => (this.#values[a] as number) - (this.#values[b] as number),
    )
    let total = 0
    for (let i = 0; i < this.#count; i++) total += this.#weights[i] as number
    let below = 0
    for (const i of order) {
      below += this.#weights[i] as number
      if (below >= 0.5 * total) return this.#values[i] as number
    }
    return Number.NaN
  }

  #category(): void {
    const outcome = this.#outcome
    const { method } = this.#plan
    const shares = outcome.probabilities
    shares.fill(0)
    if (method === 'majorityVote' || method === 'weightedMajorityVote') {
      this.#vote()
      return
    }
    for (let m = 0; m < this.#count; m++) if (!(this.#members[m] as Outcome).hasProbabilities) return
    if (method === 'max' || method === 'median') {
      this.#pick()
      return
    }
    let total = 0
    for (let m = 0; m < this.#count; m++) {
      const weight = this.#weights[m] as number
      const member = this.#members[m] as Outcome
      const map = this.#maps[m] as Int32Array
      total += weight
      for (let i = 0; i < map.length; i++) {
        const at = map[i] as number
        shares[at] = (shares[at] as number) + weight * (member.probabilities[i] as number)
      }
    }
    if (method === 'average' || method === 'weightedAverage')
      for (let i = 0; i < shares.length; i++) shares[i] = (shares[i] as number) / total
    outcome.hasProbabilities = true
    outcome.chooseLargest()
  }

  /** Majority among values of any kind; the first voted for on a tie. */
  #mostVoted(): Cell {
    const votes = new Map<Cell, number>()
    for (let m = 0; m < this.#count; m++) {
      const value = (this.#members[m] as Outcome).value
      votes.set(value, (votes.get(value) ?? 0) + (this.#weights[m] as number))
    }
    let best: Cell
    let most = 0
    for (const [value, count] of votes) {
      if (count > most) {
        best = value
        most = count
      }
    }
    return best
  }

  #vote(): void {
    const outcome = this.#outcome
    const votes = outcome.probabilities
    const firsts = this.#firsts
    firsts.fill(-1)
    let total = 0
    for (let m = 0; m < this.#count; m++) {
      const at = (this.#maps[m] as Int32Array)[this.#values[m] as number] as number
      const weight = this.#weights[m] as number
      if ((firsts[at] as number) < 0) firsts[at] = m
      votes[at] = (votes[at] as number) + weight
      total += weight
    }
    for (let i = 0; i < votes.length; i++) votes[i] = (votes[i] as number) / total
    outcome.hasProbabilities = true
    chooseVoted(outcome, firsts)
    if (this.#plan.missing === 'continue' && this.#missingVotes / total > (votes[outcome.category] as number))
      outcome.clear()
  }

  /**
   * max: the members that give the largest probability of all to its category, the first such category; median: the member in the middle
   * by the first category. Several members give the mean of their distributions.
   */
  #pick(): void {
    const outcome = this.#outcome
    const members = Array.from({ length: this.#count }, (_, m) => m)
    let chosen: readonly number[] = []
    if (this.#plan.method === 'max') {
      let most = Number.NEGATIVE_INFINITY
      for (let c = 0; c < outcome.probabilities.length; c++) {
        const largest = members.reduce((best, m) => Math.max(best, this.#share(m, c)), 0)
        if (largest <= most) continue
        most = largest
        chosen = members.filter((m) => this.#share(m, c) === largest)
      }
    } else {
      chosen = members
        .sort((a, b) => this.#share(a, 0) - this.#share(b, 0))
        .slice(this.#count >> 1, (this.#count >> 1) + 1)
    }
    for (let i = 0; i < outcome.probabilities.length; i++)
      outcome.probabilities[i] = chosen.reduce((sum, m) => sum + this.#share(m, i), 0) / chosen.length
    outcome.hasProbabilities = true
    outcome.chooseLargest()
  }

  /** Probability that member `m` gives to a category of the whole. */
  #share(m: number, category: number): number {
    const at = (this.#maps[m] as Int32Array).indexOf(category)
    return at < 0 ? 0 : ((this.#members[m] as Outcome).probabilities[at] as number)
  }
}
