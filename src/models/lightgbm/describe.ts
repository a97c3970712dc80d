import type { ModelDescription } from '../model.ts'
import type { BoosterFooter, BoosterHeader, FeatureInfo } from './booster.ts'
import type { CategoryPlan } from './categories.ts'
import type { LightgbmPlan } from './plan.ts'

/** A feature that is read: one number of a row. */
export interface ReadFeature {
  readonly name: string
  readonly info: FeatureInfo | null
}

/** Facts of a model for people. */
export function factsOf(
  header: BoosterHeader,
  { parameters }: BoosterFooter,
  { trees, iterations, targets }: LightgbmPlan,
): Record<string, string | number> {
  const used = trees.usage.reduce((sum, splits) => sum + (splits > 0 ? 1 : 0), 0)
  return {
    producer: 'LightGBM',
    version: header.version ?? 'unknown',
    objective: header.objective ?? 'none',
    boosting: boostingOf(header, parameters),
    trees: trees.ensemble.trees,
    treesPerIteration: targets,
    iterations: iterations.count,
    leaves: trees.leaves,
    depth: trees.depth,
    features: header.featureNames.length,
    featuresUsed: used,
    ...(trees.linear ? { leafModels: 'linear' } : {}),
  }
}

/** JSON dumps and models saved without parameters do not tell; only forests average. */
function boostingOf(header: BoosterHeader, parameters: BoosterFooter['parameters']): string {
  return parameters.get('boosting') ?? (header.averagesOutput ? 'rf' : 'unknown')
}

/** What is in a model, for people. */
export function describe(
  header: BoosterHeader,
  { parameters }: BoosterFooter,
  plan: LightgbmPlan,
  { byName }: CategoryPlan,
  inputs: readonly ReadFeature[],
): ModelDescription {
  const { trees, prediction, targets } = plan
  const boosting = boostingOf(header, parameters)
  const kind = [header.objective ?? 'raw scores', ...(boosting === 'unknown' ? [] : [boosting])].join(', ')
  const size = `${trees.leaves} leaves, depth up to ${trees.depth}${trees.linear ? ', linear leaves' : ''}`
  const classes = prediction.classes.map(String)
  return {
    parts: [
      { depth: 0, name: 'Booster', count: 1, detail: kind },
      { depth: 1, name: 'Tree', count: trees.ensemble.trees, detail: size },
    ],
    inputs: inputs.map((input, place) => ({
      name: input.name,
      optype: isCategorical(input, byName) ? 'categorical' : 'continuous',
      treatments: treatmentsOf(input, trees.usage[place] as number, byName),
    })),
    targets: [{ name: 'prediction', optype: classes.length > 0 ? 'categorical' : 'continuous', values: classes }],
    elements: {
      leaves: trees.leaves,
      splits: trees.leaves - trees.ensemble.trees,
      trees: trees.ensemble.trees,
      iterations: trees.ensemble.trees / targets,
    },
    document: Object.fromEntries(parametersShown.flatMap((key) => pair(key, parameters.get(key)))),
  }
}

/** Parameters that tell how a model was trained; the file has some hundred. */
const parametersShown = [
  'learning_rate',
  'num_iterations',
  'num_leaves',
  'max_depth',
  'max_bin',
  'linear_tree',
  'use_missing',
  'zero_as_missing',
  'seed',
]

function pair(key: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[key, value]]
}

function isCategorical({ name, info }: ReadFeature, byName: CategoryPlan['byName']): boolean {
  return info?.kind === 'codes' || Object.hasOwn(byName, name)
}

function treatmentsOf(input: ReadFeature, splits: number, byName: CategoryPlan['byName']): string[] {
  if (splits === 0) return ['unused']
  const categories = Object.hasOwn(byName, input.name) ? byName[input.name] : undefined
  const told = [`${splits} ${splits === 1 ? 'split' : 'splits'}`]
  if (categories) told.push(`${categories.length} categories by name, others are missing`)
  else if (isCategorical(input, byName)) told.push('codes of categories')
  return told
}
