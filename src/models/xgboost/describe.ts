import type { ModelDescription } from '../model.ts'
import { type Booster, groupsOf } from './booster.ts'
import type { XgboostPlan } from './plan.ts'

/** Facts about a booster, for people. */
export function factsOf(booster: Booster, plan: XgboostPlan): Record<string, string | number> {
  const { encoding, version, objective, name, baseScores, features } = booster
  const facts: Record<string, string | number> = {
    encoding,
    producer: version === null ? 'XGBoost before 1.0' : `XGBoost ${version.join('.')}`,
    objective,
    booster: name,
    features,
    outputs: groupsOf(booster),
    baseScore: baseScores.join(', '),
  }
  if (plan.model.kind === 'trees') {
    const { ensemble, iterationStarts, iterations } = plan.model
    facts['trees'] = ensemble.trees
    facts['leaves'] = ensemble.leafValues.length / ensemble.leafWidth
    facts['iterations'] = iterationStarts.length - 1
    if (iterations < iterationStarts.length - 1) facts['iterationsUsed'] = iterations
  }
  return facts
}

/** What is in a booster, for people. */
export function describeBooster(booster: Booster, plan: XgboostPlan): ModelDescription {
  const { objective, name, featureNames, featureTypes, categoryNames, attributes } = booster
  const input = plan.reading.inputs[0]
  const trees = plan.model.kind === 'trees' ? plan.model.ensemble : null
  return {
    parts: [
      { depth: 0, name, count: 1, detail: objective },
      ...(trees
        ? [
            {
              depth: 1,
              name: 'tree',
              count: trees.trees,
              detail: trees.leafWidth > 1 ? 'several values in a leaf' : '',
            },
          ]
        : []),
    ],
    inputs: (input?.sources ?? []).flatMap((source) => {
      if (source.field === null) return []
      const column = featureNames?.indexOf(source.field) ?? -1
      const treatments = ['missing values take the way that training found']
      if (categoryNames?.[column]) treatments.push('other categories are refused')
      return [{ name: source.field, optype: optypes[featureTypes?.[column] ?? 'q'] ?? 'continuous', treatments }]
    }),
    targets: plan.prediction.targets.map((target) => ({
      name: target ?? 'prediction',
      optype: plan.prediction.kind === 'numbers' ? 'continuous' : 'categorical',
      values: plan.prediction.classes.map(String),
    })),
    elements: trees ? { tree: trees.trees, leaf: trees.leafValues.length / trees.leafWidth } : {},
    document: Object.fromEntries([...attributes].filter(([, text]) => text.length <= MAX_SHOWN)),
  }
}

/** Attributes may be long: the scikit-learn interface keeps its parameters there. */
const MAX_SHOWN = 200

const optypes: Readonly<Record<string, string>> = { c: 'categorical', i: 'indicator' }

/** Approximate size of a plan in memory: its typed arrays. */
export function bytesOf(plan: XgboostPlan): number {
  let bytes = 2000
  const count = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) bytes += 100 + value.byteLength
    else if (typeof value === 'object' && value !== null) {
      bytes += 40
      for (const member of Object.values(value)) count(member)
    } else if (typeof value === 'string') bytes += 16 + value.length
    else bytes += 8
  }
  count(plan)
  return bytes
}
