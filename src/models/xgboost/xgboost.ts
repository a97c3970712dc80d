import type { ModelFormat } from '../model.ts'
import { xgboostOptions } from './options.ts'
import type { XgboostPlan } from './plan.ts'
import { prepareXgboost } from './prepare.ts'
import { recognisesXgboost } from './read-booster.ts'
import { openXgboost } from './scorer.ts'

/** XGBoost: boosted trees and linear boosters, as JSON, UBJSON or the binary form of versions before 3.1. */
export const xgboostFormat: ModelFormat<typeof xgboostOptions, XgboostPlan> = Object.freeze({
  kind: 'format',
  name: 'xgboost',
  summary: 'Models of XGBoost as JSON, UBJSON or its former binary form',
  stability: 'beta',
  since: '0.1.0',
  options: xgboostOptions,
  isCode: false,
  extensions: ['json', 'ubj', 'bin', 'model', 'bst', 'xgb', 'deprecated'],
  recognises: recognisesXgboost,
  prepare: prepareXgboost,
  open: openXgboost,
} as const)
