import type { OptionValues } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Artifact, PrepareContext, PreparedModel } from '../model.ts'
import { type ModelInput, planFeatures } from '../tensors/feature-mapping.ts'
import { planPrediction, predictionOutputs } from '../trees/prediction.ts'
import { sharedArray } from '../trees/trees.ts'
import { type Booster, groupsOf, isBefore, type Linear, type Trees } from './booster.ts'
import { compileTrees } from './compile.ts'
import { bytesOf, describeBooster, factsOf } from './describe.ts'
import { bestIterations, iterationStarts } from './iterations.ts'
import { narrowed } from './narrow.ts'
import { baseMargins, objectiveOf } from './objectives.ts'
import type { xgboostOptions } from './options.ts'
import type { LinearPlan, TreesPlan, XgboostPlan } from './plan.ts'
import { readBooster } from './read-booster.ts'
import { DocumentReader, type NumberList } from './tree-document.ts'

/** Features of a row that is read whole; of wider models only the features that they test are read. */
const WIDE = 2000
/** Features that the option `features` may be for: each takes 8 bytes of every row. */
const MAX_WIDTH = 2 ** 18
const MAX_GROUPS = 2 ** 14
/** Outputs that a model without as many trees may have. */
const MAX_GROUPS_WITHOUT_TREES = 1000

/** Reads and compiles a booster. CPU-bound. */
export async function prepareXgboost(
  artifact: Artifact,
  options: OptionValues<typeof xgboostOptions>,
  context: PrepareContext,
): Promise<PreparedModel<XgboostPlan>> {
  const { bytes, source } = artifact
  if (bytes.length > context.maxArtifactBytes)
    throw new MillraceError('MODEL_ARTIFACT_TOO_LARGE', { source, size: bytes.length, limit: context.maxArtifactBytes })
  const whole = readBooster(bytes, source)
  const reader = new DocumentReader(source, 'a model of XGBoost')
  checkSizes(whole, options.features ? MAX_WIDTH : Number.POSITIVE_INFINITY, reader)
  const isWide = whole.features > WIDE && options.features === undefined
  const { booster, columns } = isWide ? narrowed(whole) : { booster: whole, columns: null }
  const { plan, features, samples } = planFeatures(options.features, [inputOf(booster)], source)
  const payload = { ...planBooster(booster, options, reader), width: whole.features, columns, reading: plan }
  return {
    signature: { inputs: features, outputs: predictionOutputs(payload.prediction) },
    payload,
    residentBytes: bytesOf(payload),
    verification: null,
    samples,
    isStateful: false,
    facts: factsOf(whole, payload),
    description: describeBooster(booster, payload),
  }
}

/** The rows of the model as an input: one column per feature, missing values are none. */
function inputOf({ features, featureNames, categoryNames }: Booster): ModelInput {
  const isListed = featureNames !== null || features <= WIDE
  const columns = featureNames ?? (isListed ? Array.from({ length: features }, (_, i) => `f${i}`) : [])
  const named = (categoryNames ?? []).flatMap((names, i): [string, readonly (string | number)[]][] =>
    names === null ? [] : [[columns[i] as string, Array.isArray(names) ? names : Array.from(names as NumberList)]],
  )
  return {
    name: 'features',
    dtype: 'float32',
    shape: [null, features],
    ...(isListed ? { columns } : {}),
    // null prototype: a feature may be called __proto__
    categories: Object.assign(Object.create(null), Object.fromEntries(named)),
    missing: 'nan',
    // XGBoost refuses categories that it was not trained with.
    unknown: 'error',
  }
}

function checkSizes(booster: Booster, maxWidth: number, reader: DocumentReader): void {
  const limit = (count: number, most: number, what: string): void => {
    if (count > most)
      throw new MillraceError('MODEL_ARTIFACT_LIMIT', {
        source: reader.source,
        place: 'the learner',
        limit: most,
        what,
      })
  }
  const trees = 'trees' in booster.model ? booster.model.trees : []
  // Every output has a tree of its own, or a value in every leaf.
  const sums = trees[0]?.leaves?.width ?? trees.length
  const most = Math.min(MAX_GROUPS, Math.max(sums, MAX_GROUPS_WITHOUT_TREES))
  limit(booster.features, maxWidth, 'features')
  limit(booster.classes, most, 'classes')
  limit(booster.targets, most, 'targets')
  if (booster.classes > 1 && booster.targets > 1)
    reader.unsupported('the learner', `${booster.classes} classes for each of ${booster.targets} targets`)
}

function planBooster(
  booster: Booster,
  options: OptionValues<typeof xgboostOptions>,
  reader: DocumentReader,
): Omit<XgboostPlan, 'reading' | 'width' | 'columns'> {
  const groups = groupsOf(booster)
  const objective = objectiveOf(booster)
  if (objective === null) reader.unsupported('the objective', JSON.stringify(booster.objective.slice(0, 100)))
  const scores = booster.baseScores.length
  if (scores !== 1 && scores !== groups) reader.fault('base_score', `has ${scores} numbers, expected 1 or ${groups}`)
  const isMultiClass = objective.kind === 'classes'
  if (isMultiClass !== booster.classes > 1 && (isMultiClass ? booster.classes !== 1 : true))
    reader.fault('num_class', `is ${booster.classes}, which does not fit the objective "${booster.objective}"`)
  const form = {
    kind: objective.kind,
    targets: isMultiClass ? 1 : groups,
    classes: isMultiClass ? groups : 2,
    hasIndex: objective.transform === 'argmax',
    isFloat32: true,
  }
  return {
    hasOpenWidth: booster.version === null,
    features: booster.features,
    groups,
    baseMargins: baseMargins(booster, objective),
    // PredValue of src/predictor/cpu_predictor.cc before 1.3, of DART in src/gbm/gbtree.cc before 1.4
    isBaseLast: 'trees' in booster.model && isBefore(booster.version, booster.name === 'dart' ? [1, 4] : [1, 3]),
    transform: objective.transform,
    prediction: planPrediction(form, options, 'xgboost'),
    model:
      'trees' in booster.model
        ? planTrees(booster, booster.model, options, reader)
        : planLinear(booster, booster.model, reader),
    missing: options.missing ?? null,
  }
}

function planTrees(
  booster: Booster,
  trees: Trees,
  options: OptionValues<typeof xgboostOptions>,
  reader: DocumentReader,
): TreesPlan {
  const starts = iterationStarts(booster, trees, reader)
  const all = starts.length - 1
  const categorical = new Set<number>()
  for (const { categories, feature } of trees.trees) {
    for (const node of categories.keys()) categorical.add(feature[node] as number)
  }
  return {
    kind: 'trees',
    ensemble: compileTrees(booster, trees, reader),
    categorical: Int32Array.from(categorical).sort(),
    iterationStarts: starts,
    iterations: options.iterations ? Math.min(options.iterations, all) : bestIterations(booster, trees, all),
  }
}

function planLinear(booster: Booster, { weights }: Linear, reader: DocumentReader): LinearPlan {
  const expected = (booster.features + 1) * groupsOf(booster)
  if (weights.length !== expected) reader.fault('the weights', `are ${weights.length}, expected ${expected}`)
  return { kind: 'linear', weights: sharedArray(Float64Array, weights).map(Math.fround) }
}
