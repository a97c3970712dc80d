import type { OptionValues } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Artifact, ModelDescription, PrepareContext, PreparedModel } from '../model.ts'
import { planFeatures } from '../tensors/feature-mapping.ts'
import { type PredictionForm, planPrediction, predictionOutputs } from '../trees/prediction.ts'
import { compileTrees, type FloatFeature } from './compile.ts'
import { Document, type JsonObject } from './document.ts'
import { type Loss, lossOf } from './losses.ts'
import type { catboostOptions } from './options.ts'
import type { CatboostPlan } from './plan.ts'

type Options = OptionValues<typeof catboostOptions>

/** Columns and outputs that a file may claim; both take memory for every row. */
const MAX_WIDTH = 2 ** 18
const MAX_TARGETS = 2 ** 12

/** True when the bytes look like a model that CatBoost saved as JSON. */
export function recognisesCatboost(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1')
  if (!/^(\xef\xbb\xbf)?\s*\{/.test(start)) return false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return text.includes('"scale_and_bias"') && text.includes('"features_info"')
}

/** Reads and compiles a model of CatBoost. CPU-bound. */
export async function prepareCatboost(
  artifact: Artifact,
  options: Options,
  context: PrepareContext,
): Promise<PreparedModel<CatboostPlan>> {
  const { bytes, source } = artifact
  if (bytes.length > context.maxArtifactBytes)
    throw new MillraceError('MODEL_ARTIFACT_TOO_LARGE', { source, size: bytes.length, limit: context.maxArtifactBytes })
  const document = new Document(source)
  const root = document.parse(bytes)
  const info = document.object(root['features_info'], 'features_info')
  const features = floatFeatures(info, document)
  const { scale, bias } = scaleAndBias(root, document)
  const { name, loss } = lossOfModel(root, document)
  const form = formOf(loss, bias.length, document)
  const { plan, features: inputs, samples } = planFeatures(options.features, [inputOf(features)], source)
  const payload: CatboostPlan = {
    width: widthOf(info, features, document),
    columns: Int32Array.from(features, ({ column }) => column),
    targets: bias.length,
    scale,
    bias,
    transform: loss.transform,
    ensemble: compileTrees(root, features, bias.length, document),
    reading: plan,
    prediction: planPrediction(form, withLabels(options, root, form, document), 'catboost'),
  }
  return {
    signature: { inputs, outputs: predictionOutputs(payload.prediction) },
    payload,
    residentBytes: 2000 + bytesOf(payload),
    verification: null,
    samples,
    isStateful: false,
    facts: factsOf(root, name, payload),
    description: descriptionOf(name, payload),
  }
}

function floatFeatures(info: JsonObject, document: Document): FloatFeature[] {
  const path = 'features_info.float_features'
  const list = document.list(info['float_features'] ?? [], path)
  return list.map((value, i) => {
    const feature = document.object(value, `${path}[${i}]`)
    const index = document.count(feature['feature_index'], `${path}[${i}].feature_index`)
    if (index !== i) document.fault(`${path}[${i}].feature_index`, `is ${index}, expected ${i}`)
    const column = document.count(feature['flat_feature_index'], `${path}[${i}].flat_feature_index`)
    const id = feature['feature_id']
    return {
      name: typeof id === 'string' && id !== '' ? id : String(column),
      column,
      isMissingLarge: feature['nan_value_treatment'] === 'AsTrue',
    }
  })
}

/** Columns of all features, whatever their kind. */
function widthOf(info: JsonObject, features: readonly FloatFeature[], document: Document): number {
  const columns = features.map(({ column }) => column)
  for (const kind of ['categorical_features', 'text_features', 'embedding_features']) {
    for (const [i, value] of document.list(info[kind] ?? [], `features_info.${kind}`).entries()) {
      const path = `features_info.${kind}[${i}]`
      columns.push(document.count(document.object(value, path)['flat_feature_index'], `${path}.flat_feature_index`))
    }
  }
  const width = columns.reduce((most, column) => Math.max(most, column + 1), 0)
  if (new Set(columns).size < columns.length) document.fault('features_info', 'gives two features the same place')
  if (width > MAX_WIDTH)
    throw new MillraceError('MODEL_ARTIFACT_LIMIT', {
      source: document.source,
      place: 'features_info',
      limit: MAX_WIDTH,
      what: 'columns',
    })
  return width
}

function inputOf(features: readonly FloatFeature[]) {
  const columns = features.map(({ name }) => name)
  return { name: 'features', dtype: 'float32', shape: [null, columns.length], columns, missing: 'nan' } as const
}

/** `[1, [0.5]]`: predictions are scale * sum + bias. Before 0.25 the bias was a number. */
function scaleAndBias(root: JsonObject, document: Document): { readonly scale: number; readonly bias: Float64Array } {
  const path = 'scale_and_bias'
  const pair = document.list(root[path], path)
  const scale = document.number(pair[0], `${path}[0]`)
  const given = Array.isArray(pair[1])
    ? document.numbers(pair[1], `${path}[1]`)
    : [document.number(pair[1], `${path}[1]`)]
  if (given.length === 0 || given.length > MAX_TARGETS)
    document.fault(`${path}[1]`, `has ${given.length} numbers, expected 1 to ${MAX_TARGETS}`)
  return { scale, bias: Float64Array.from(given) }
}

function lossOfModel(root: JsonObject, document: Document): { readonly name: string; readonly loss: Loss } {
  const path = 'model_info.params.loss_function'
  const info = document.object(root['model_info'], 'model_info')
  const params = document.object(info['params'], 'model_info.params')
  const name = document.text(document.object(params['loss_function'], path)['type'], `${path}.type`)
  const loss = lossOf(name)
  return { name, loss: loss ?? document.unsupported(path, `the loss function ${JSON.stringify(name.slice(0, 60))}`) }
}

function formOf({ kind, transform }: Loss, targets: number, document: Document): PredictionForm {
  if (kind === 'classes' && targets < 2)
    document.fault('scale_and_bias[1]', 'has 1 number, expected one for each class')
  if (transform === 'uncertainty' && targets !== 2)
    document.fault('scale_and_bias[1]', `has ${targets} numbers, expected those of mean and deviation`)
  const isMultiClass = kind === 'classes'
  return { kind, targets: isMultiClass ? 1 : targets, classes: isMultiClass ? targets : 2, isFloat32: false }
}

/** Labels that the file has, where the options do not give others; for several targets of yes or no they are the targets' names. */
function withLabels(options: Options, root: JsonObject, form: PredictionForm, document: Document): Options {
  const info = root['model_info'] as JsonObject
  const path = 'model_info.class_params'
  if (form.kind === 'numbers' || info['class_params'] === undefined) return options
  const given = document.object(info['class_params'], path)['class_names']
  if (given === undefined) return options
  const names = document.list(given, `${path}.class_names`)
  const isPlain = names.every((name) => ['string', 'number', 'boolean'].includes(typeof name))
  const isUniform = new Set(names.map((name) => typeof name)).size <= 1
  if (!isPlain || !isUniform || new Set(names.map(String)).size < names.length)
    document.fault(
      `${path}.class_names`,
      `is ${JSON.stringify(names).slice(0, 100)}, expected different names of one type`,
    )
  if (form.targets > 1)
    return names.length === form.targets ? { ...options, targets: options.targets ?? names.map(String) } : options
  return names.length === form.classes ? { ...options, classes: options.classes ?? names } : options
}

function factsOf(
  root: JsonObject,
  loss: string,
  { ensemble, width, targets }: CatboostPlan,
): Record<string, string | number> {
  const info = root['model_info'] as JsonObject
  const version = /Branch: tags\/v(\S+)/.exec(String(info['catboost_version_info']))?.[1]
  return {
    producer: version ? `CatBoost ${version}` : 'CatBoost',
    loss,
    features: width,
    outputs: targets,
    trees: ensemble.trees,
    leaves: ensemble.leafValues.length / ensemble.leafWidth,
  }
}

function descriptionOf(loss: string, { ensemble, reading, prediction }: CatboostPlan): ModelDescription {
  return {
    parts: [
      { depth: 0, name: 'CatBoost', count: 1, detail: loss },
      { depth: 1, name: 'tree', count: ensemble.trees, detail: '' },
    ],
    inputs: (reading.inputs[0]?.sources ?? []).flatMap(({ field }) =>
      field === null
        ? []
        : [{ name: field, optype: 'continuous', treatments: ['missing values are below or above all borders'] }],
    ),
    targets: prediction.targets.map((target) => ({
      name: target ?? 'prediction',
      optype: prediction.kind === 'numbers' ? 'continuous' : 'categorical',
      values: prediction.classes.map(String),
    })),
    elements: { tree: ensemble.trees },
    document: {},
  }
}

function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return 100 + value.byteLength
  if (typeof value !== 'object' || value === null) return 16
  return Object.values(value).reduce((bytes: number, member) => bytes + bytesOf(member), 40)
}
