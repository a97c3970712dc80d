import type { OptionValues } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Feature } from '../../schema/signature.ts'
import type { RecordValue, Value } from '../../schema/value.ts'
import type { Artifact, PrepareContext, PreparedModel } from '../model.ts'
import { planFeatures } from '../tensors/feature-mapping.ts'
import { type FeaturePlan, sourceWidth } from '../tensors/feature-plan.ts'
import { type PredictionForm, planPrediction, predictionOutputs } from '../trees/prediction.ts'
import type { BoosterFooter, BoosterHeader } from './booster.ts'
import { type CategoryPlan, planCategories } from './categories.ts'
import { type CompiledTrees, TreeCompiler, wide } from './compile.ts'
import { describe, factsOf, type ReadFeature } from './describe.ts'
import { Faults } from './faults.ts'
import { isModelJson, readModelJson } from './json-model.ts'
import { type Objective, readObjective } from './objective.ts'
import type { lightgbmOptions } from './options.ts'
import type { LightgbmPlan } from './plan.ts'
import { readModelText } from './text-model.ts'

const maxTargets = 100_000
/** Features that the option `features` may be for: each takes 8 bytes of every row. */
const maxWidth = 2 ** 18
const knownVersions = /^v[234]$/

type Options = OptionValues<typeof lightgbmOptions>

/** Reads and compiles a model. CPU-bound: about a second per 100 MB of text. */
export async function prepareLightgbm(
  artifact: Artifact,
  options: Options,
  context: PrepareContext,
): Promise<PreparedModel<LightgbmPlan>> {
  const { bytes, source } = artifact
  if (bytes.length > context.maxArtifactBytes) {
    throw new MillraceError('MODEL_ARTIFACT_TOO_LARGE', { source, size: bytes.length, limit: context.maxArtifactBytes })
  }
  const faults = new Faults(source)
  const { header, objective, footer, trees } = read(bytes, options, faults)
  const categories = planCategories(header, footer)
  const inputs = inputsOf(header, trees)
  const planned = planFeatures(
    options.features,
    [
      {
        name: 'features',
        dtype: 'float64',
        shape: [null, inputs.length],
        columns: inputs.map(({ name }) => name),
        categories: categories.byName,
        missing: 'nan',
      },
    ],
    source,
  )
  checkMatrix(planned.plan, source)
  const targets = header.treesPerIteration
  const plan: LightgbmPlan = {
    trees,
    objective,
    targets,
    width: header.featureNames.length,
    averagesOutput: header.averagesOutput,
    iterations: iterationsOf(trees.ensemble.trees / targets, options),
    missing: options.missing ?? null,
    features: planned.plan,
    prediction: planPrediction(formOf(objective, targets), options, 'lightgbm'),
  }
  return {
    signature: { inputs: planned.features.map(withAlias), outputs: predictionOutputs(plan.prediction) },
    payload: plan,
    residentBytes: bytesOf(plan),
    verification: null,
    samples: options.features ? planned.samples : samplesOf(inputs, categories),
    isStateful: false,
    facts: factsOf(header, footer, plan),
    description: describe(header, footer, plan, categories, inputs),
    notes: notesOf(header, options, categories),
  }
}

function read(bytes: Uint8Array, options: Options, faults: Faults) {
  let header: BoosterHeader | null = null
  let objective: Objective | null = null
  let compiler: TreeCompiler | null = null
  const isJson = isModelJson(bytes)
  const footer: BoosterFooter = (isJson ? readModelJson : readModelText)(bytes, faults, {
    header(found) {
      header = checkHeader(withObjective(found, options), faults)
      objective = readObjective(header, faults)
      const { length } = header.featureNames
      if (options.features && length > maxWidth) throw faults.limit('key "max_feature_idx"', maxWidth, 'features')
      compiler = new TreeCompiler(length, header.treesPerIteration, length > wide && !options.features, faults)
    },
    tree(tree, place) {
      compiler?.add(tree, place)
    },
  })
  const read = { header, objective, compiler } as unknown as {
    header: BoosterHeader
    objective: Objective
    compiler: TreeCompiler
  }
  const trees = read.compiler.finish()
  if (trees.ensemble.trees % read.header.treesPerIteration !== 0)
    throw faults.syntax(
      'key "num_tree_per_iteration"',
      `it is ${read.header.treesPerIteration}, but the model has ${trees.ensemble.trees} trees`,
    )
  return { header: read.header, objective: read.objective, footer, trees }
}

/** The option stands in for an objective that the file does not have. */
function withObjective(header: BoosterHeader, { objective }: Options): BoosterHeader {
  if (objective === undefined) return header
  if (header.objective !== null && !/^(custom|none|null|na)\b/.test(header.objective))
    throw new MillraceError('CONFIG_OPTION_WRONG', {
      place: 'format "lightgbm"',
      option: 'objective',
      value: objective,
      expected: `nothing: the file names its objective, "${header.objective}"`,
    })
  return { ...header, objective }
}

function checkHeader(header: BoosterHeader, faults: Faults): BoosterHeader {
  const { version, treesPerIteration } = header
  if (version !== null && !knownVersions.test(version))
    throw faults.unsupported('key "version"', `version ${JSON.stringify(version.slice(0, 40))} of the model text`)
  if (treesPerIteration < 1)
    throw faults.syntax('key "num_tree_per_iteration"', `it is ${treesPerIteration}, expected 1 or more`)
  if (treesPerIteration > maxTargets) throw faults.limit('key "num_tree_per_iteration"', maxTargets, 'trees')
  return header
}

/** LightGBM's Python package replaces the blanks in names of columns when it trains: `open_debt` may have been `open debt`. */
function withAlias(input: Feature): Feature {
  return input.name.includes('_') ? { ...input, aliases: [input.name.replaceAll('_', ' ')] } : input
}

/** Each record must fill a row of known width. */
function checkMatrix({ inputs }: FeaturePlan, source: string): void {
  const isMatrix = inputs.every((input) => input.constant === null && input.sources.every((one) => sourceWidth(one)))
  if (isMatrix) return
  const reason = 'a model of trees takes one number per feature, from fields or expressions'
  throw new MillraceError('MODEL_FEATURES_WRONG', { source, place: 'features', reason })
}

/** The features that a row is made of. */
function inputsOf({ featureNames, featureInfos }: BoosterHeader, { columns }: CompiledTrees): ReadFeature[] {
  const of = (feature: number) => ({ name: featureNames[feature] as string, info: featureInfos[feature] ?? null })
  return columns === null ? featureNames.map((_, feature) => of(feature)) : Array.from(columns, of)
}

/** As the library does: what lies beyond the last iteration is not there. */
function iterationsOf(total: number, { iterations, startIteration }: Options): LightgbmPlan['iterations'] {
  const from = Math.min(startIteration, total)
  return { from, count: Math.min(iterations ?? total, total - from) }
}

function formOf({ name }: Objective, targets: number): PredictionForm {
  const form = { targets: 1, classes: 0, isFloat32: false }
  if (name === 'binary') return { ...form, kind: 'binary', classes: 2 }
  if (name === 'multiclass' || name === 'multiclassova') return { ...form, kind: 'classes', classes: targets }
  return { ...form, kind: 'numbers', targets }
}

function notesOf(header: BoosterHeader, options: Options, categories: CategoryPlan): string[] {
  const notes: string[] = []
  if (categories.note !== null && options.features === undefined) notes.push(categories.note)
  if (header.objective === null)
    notes.push('the file names no objective: predictions are raw scores, or give it by the option "objective"')
  if (header.averagesOutput && header.version === 'v2')
    notes.push(
      'a random forest of version v2 is scored as LightGBM 4 scores it: the transform follows the average; a file of 2.2.2 or older predicts as it did without its line "objective"',
    )
  return notes
}

const sampleRecords = 8
const maxSampleFeatures = 10_000

/** Records from one end of the features' ranges to the other. */
function samplesOf(inputs: readonly ReadFeature[], { byName }: CategoryPlan): RecordValue[] {
  if (inputs.length > maxSampleFeatures) return [{}]
  return Array.from({ length: sampleRecords }, (_, row) => {
    const values = inputs.map(({ name, info }, i): [string, Value] => {
      const categories = Object.hasOwn(byName, name) ? byName[name] : undefined
      if (categories) return [name, categories[(row + i) % categories.length] ?? null]
      if (info?.kind === 'codes') return [name, info.codes[(row + i) % info.codes.length] ?? 0]
      if (info?.kind !== 'range') return [name, row]
      const share = ((row + i) % sampleRecords) / (sampleRecords - 1)
      return [name, info.min + (info.max - info.min) * share]
    })
    return Object.fromEntries(values)
  })
}

/** Bytes of the typed arrays, which are nearly all of it, and a guess for the names. */
function bytesOf(plan: LightgbmPlan): number {
  let bytes = 1000 + plan.features.inputs.reduce((sum, input) => sum + input.sources.length * 400, 0)
  const count = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) bytes += value.byteLength
    else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) count(member)
  }
  count(plan.trees)
  return bytes
}
