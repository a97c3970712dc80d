import type { ModelFormat } from '../model.ts'
import { catboostOptions } from './options.ts'
import type { CatboostPlan } from './plan.ts'
import { prepareCatboost, recognisesCatboost } from './prepare.ts'
import { openCatboost } from './scorer.ts'

/** CatBoost: models saved as JSON whose trees test numeric features. */
export const catboostFormat: ModelFormat<typeof catboostOptions, CatboostPlan> = Object.freeze({
  kind: 'format',
  name: 'catboost',
  summary: 'Models of CatBoost saved as JSON, with numeric features',
  stability: 'beta',
  since: '0.1.0',
  options: catboostOptions,
  isCode: false,
  extensions: ['json', 'catboost'],
  recognises: recognisesCatboost,
  prepare: prepareCatboost,
  open: openCatboost,
} as const)
