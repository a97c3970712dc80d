import type { DocumentReader } from './document.ts'
import type { Getter } from './machine.ts'
import type { FiredRule, Outcome } from './outcome.ts'
import type { Cell } from './types.ts'
import type { XmlElement } from './xml.ts'

/** What of a rule an output shows. */
export const ruleFacets = [
  'antecedent',
  'consequent',
  'rule',
  'ruleId',
  'confidence',
  'support',
  'lift',
  'leverage',
  'affinity',
] as const
/** One of ruleFacets. */
export type RuleFacet = (typeof ruleFacets)[number]
const rankBases = ['confidence', 'support', 'lift', 'leverage', 'affinity'] as const
/** What rules are ranked by. */
export type RankBasis = (typeof rankBases)[number]
const ruleAlgorithms = ['recommendation', 'exclusiveRecommendation', 'ruleAssociation'] as const
/** Which rules apply to a record. */
export type RuleAlgorithm = (typeof ruleAlgorithms)[number]

/** An output about rules: one of a rank, or all. */
export interface RuleOutput {
  readonly kind: 'rule'
  readonly facet: RuleFacet
  readonly rank: number
  readonly isMany: boolean
  readonly basis: RankBasis
  readonly isAscending: boolean
  readonly algorithm: RuleAlgorithm
}

/** Plans an output about the rules of an association or sequence model. */
export function planRuleOutput(reader: DocumentReader, field: XmlElement, facet: RuleFacet): RuleOutput {
  return {
    kind: 'rule',
    facet,
    rank: reader.number(field, 'rank', 1),
    isMany: reader.flag(field, 'isMultiValued', false),
    basis: reader.word(field, 'rankBasis', rankBases, 'confidence'),
    isAscending: reader.word(field, 'rankOrder', ['ascending', 'descending'], 'descending') === 'ascending',
    algorithm: reader.word(field, 'algorithm', ruleAlgorithms, 'exclusiveRecommendation'),
  }
}

/** Opens it: the rules that apply to the record, ranked. */
export function openRuleOutput(feature: RuleOutput, outcome: Outcome): Getter {
  const { facet, rank, isMany, basis, isAscending, algorithm } = feature
  const sign = isAscending ? 1 : -1
  return () => {
    const { rules } = outcome
    if (!rules) return undefined
    const fired = rules
      .filter((rule) => fits(rule, algorithm, outcome))
      .sort((a, b) => after(sign * a[basis], sign * b[basis]))
    if (isMany) return fired.slice(0, rank > 0 ? rank : undefined).map((rule) => facetOf(rule, facet))
    const rule = fired[rank - 1]
    return rule && facetOf(rule, facet)
  }
}

/** Order of two ranks; rules without the measure (NaN) come last. */
function after(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b
}

/** The items of the record, kept by an association model in `displays`. */
function fits(rule: FiredRule, algorithm: RuleAlgorithm, outcome: Outcome): boolean {
  if (outcome.fits !== null) return outcome.fits(rule, algorithm)
  const has = (item: string | readonly string[]) => outcome.displays?.includes(item) ?? false
  if (!rule.antecedent.every(has)) return false
  if (algorithm === 'recommendation') return true
  const holdsAll = rule.consequent.every(has)
  return algorithm === 'ruleAssociation' ? holdsAll : !holdsAll
}

function facetOf(rule: FiredRule, facet: RuleFacet): Cell {
  switch (facet) {
    case 'antecedent':
      return rule.antecedent
    case 'consequent':
      return rule.consequent
    case 'rule':
      return `${setText(rule.antecedent)}->${setText(rule.consequent)}`
    case 'ruleId':
      return rule.id
    default:
      // A measure that the document leaves out.
      return Number.isNaN(rule[facet]) ? undefined : rule[facet]
  }
}

function setText(items: FiredRule['antecedent']): string {
  const isSequence = items.some((item) => typeof item !== 'string')
  return isSequence ? items.map((set) => `{${String(set)}}`).join('') : `{${items.join(',')}}`
}
