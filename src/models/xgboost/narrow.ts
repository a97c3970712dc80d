import { type Booster, groupsOf, type Linear, type TreeNodes, type Trees } from './booster.ts'

/** A booster of the features that it uses, and which these are. */
export interface Narrowed {
  readonly booster: Booster
  /** Ascending. */
  readonly columns: Float64Array
}

/**
 * The same booster with only the features that it tests. Models of sparse data have any number of features (a file of some bytes may say
 * four billion) and use few; a row of all of them would take the time and the memory.
 */
export function narrowed(booster: Booster): Narrowed {
  const { model, featureNames, featureTypes, categoryNames } = booster
  const columns = 'trees' in model ? testedFeatures(booster, model) : weighedFeatures(booster, model)
  const picked = <T>(list: readonly T[] | null): T[] | null =>
    list === null ? null : Array.from(columns, (feature) => list[feature] as T)
  return {
    columns,
    booster: {
      ...booster,
      features: columns.length,
      featureNames: picked(featureNames) ?? Array.from(columns, (feature) => `f${feature}`),
      featureTypes: picked(featureTypes),
      categoryNames: picked(categoryNames),
      model: 'trees' in model ? narrowTrees(model, columns) : narrowLinear(booster, model, columns),
    },
  }
}

function testedFeatures({ features }: Booster, { trees }: Trees): Float64Array {
  const tested = new Set<number>()
  for (const { left, feature } of trees) {
    for (let node = 0; node < left.length; node++) {
      const index = feature[node] as number
      if ((left[node] as number) >= 0 && Number.isInteger(index) && index >= 0 && index < features) tested.add(index)
    }
  }
  return Float64Array.from(tested).sort()
}

function weighedFeatures(booster: Booster, { weights }: Linear): Float64Array {
  const groups = groupsOf(booster)
  const weighed: number[] = []
  for (let feature = 0; feature < Math.min(booster.features, Math.floor(weights.length / groups)); feature++)
    if (weights.subarray(feature * groups, (feature + 1) * groups).some((weight) => weight !== 0)) weighed.push(feature)
  return Float64Array.from(weighed)
}

function narrowTrees(model: Trees, columns: Float64Array): Trees {
  const places = new Map<number, number>()
  columns.forEach((feature, place) => {
    places.set(feature, place)
  })
  const narrow = (nodes: TreeNodes): TreeNodes => ({
    ...nodes,
    // A feature that the model does not have is none of the fewer either.
    feature: Float64Array.from(nodes.feature, (feature) => places.get(feature) ?? Math.max(feature, columns.length)),
  })
  return { ...model, trees: model.trees.map(narrow) }
}

function narrowLinear(booster: Booster, { weights }: Linear, columns: Float64Array): Linear {
  const groups = groupsOf(booster)
  // Weights that are missing or too many are the planner's to refuse.
  if (weights.length !== (booster.features + 1) * groups) return { weights: weights.subarray(0, 0) }
  const rows = [...columns, booster.features]
  return {
    weights: Float64Array.from({ length: rows.length * groups }, (_, i) => {
      const row = rows[Math.floor(i / groups)] as number
      return weights[row * groups + (i % groups)] as number
    }),
  }
}
