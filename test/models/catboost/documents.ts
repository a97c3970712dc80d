import type { OptionValues } from '../../../src/config/option.ts'
import { catboostFormat } from '../../../src/models/catboost/catboost.ts'
import type { catboostOptions } from '../../../src/models/catboost/options.ts'
import type { CatboostPlan } from '../../../src/models/catboost/plan.ts'
import type { PredictionBatch, PreparedModel, Scorer } from '../../../src/models/model.ts'
import type { RecordValue } from '../../../src/schema/value.ts'

type Options = OptionValues<typeof catboostOptions>

export const split = (feature: number, border: number) => ({
  split_type: 'FloatFeature',
  float_feature_index: feature,
  border,
})

export const feature = (index: number, more: Record<string, unknown> = {}) => ({
  feature_index: index,
  flat_feature_index: index,
  feature_id: `x${index}`,
  nan_value_treatment: 'AsFalse',
  borders: [],
  ...more,
})

/** A model of two features whose only tree has the leaves 1, 2 (x0 > 1), 3 (x1 > 5), 4 (both). */
export function documentOf(more: Record<string, unknown> = {}, loss = 'RMSE', info: Record<string, unknown> = {}) {
  return {
    features_info: { float_features: [feature(0), feature(1)] },
    model_info: { params: { loss_function: { type: loss } }, ...info },
    oblivious_trees: [{ splits: [split(0, 1), split(1, 5)], leaf_values: [1, 2, 3, 4] }],
    scale_and_bias: [1, [0]],
    ...more,
  }
}

/** Prepares a document, or bytes. */
export function prepare(model: unknown, options: Options = {}): Promise<PreparedModel<CatboostPlan>> {
  const bytes = model instanceof Uint8Array ? model : Buffer.from(JSON.stringify(model))
  const context = { allowsCode: false, maxArtifactBytes: 1e8 }
  return catboostFormat.prepare({ bytes, digest: '', source: 'm.json' }, options, context)
}

export interface OpenScorer extends Required<Pick<Scorer, 'predict'>>, Pick<Scorer, 'signature' | 'close'> {
  score(records: readonly (RecordValue | null)[]): PredictionBatch
}

export async function open(model: unknown, options: Options = {}): Promise<OpenScorer> {
  return catboostFormat.open(structuredClone(await prepare(model, options))) as OpenScorer
}

/** Message of the error that a model is refused with. */
export async function refusal(model: unknown, options: Options = {}): Promise<string> {
  try {
    await prepare(model, options)
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`
  }
  return 'accepted'
}
