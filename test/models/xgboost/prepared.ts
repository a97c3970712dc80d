import type { OptionValues } from '../../../src/config/option.ts'
import type { PredictionBatch, PreparedModel, Scorer } from '../../../src/models/model.ts'
import type { xgboostOptions } from '../../../src/models/xgboost/options.ts'
import type { XgboostPlan } from '../../../src/models/xgboost/plan.ts'
import { xgboostFormat } from '../../../src/models/xgboost/xgboost.ts'
import type { RecordValue } from '../../../src/schema/value.ts'
import { jsonBytes } from './documents.ts'

/** Prepares bytes, or a document as JSON. */
export async function prepare(
  model: Uint8Array | Record<string, unknown>,
  options: OptionValues<typeof xgboostOptions> = {},
): Promise<PreparedModel<XgboostPlan>> {
  const bytes = model instanceof Uint8Array ? model : jsonBytes(model)
  const context = { allowsCode: false, maxArtifactBytes: 1e8 }
  return xgboostFormat.prepare({ bytes, digest: '', source: 'm.json' }, options, context)
}

/** A scorer of XGBoost: it scores at once, and matrices too. */
export interface OpenScorer extends Required<Pick<Scorer, 'predict'>>, Pick<Scorer, 'signature' | 'close'> {
  score(records: readonly (RecordValue | null)[]): PredictionBatch
}

/** Opens what was prepared, on the other side of a thread as it were. */
export async function open(
  model: Uint8Array | Record<string, unknown>,
  options: OptionValues<typeof xgboostOptions> = {},
): Promise<OpenScorer> {
  const prepared = structuredClone(await prepare(model, options))
  return (await xgboostFormat.open(prepared)) as OpenScorer
}

/** Message of the error that a model is refused with. */
export async function refusal(
  model: Uint8Array | Record<string, unknown>,
  options: OptionValues<typeof xgboostOptions> = {},
): Promise<string> {
  try {
    await prepare(model, options)
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`
  }
  return 'accepted'
}
