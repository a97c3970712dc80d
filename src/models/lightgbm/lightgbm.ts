import type { ModelFormat } from '../model.ts'
import { isModelJson } from './json-model.ts'
import { lightgbmOptions } from './options.ts'
import type { LightgbmPlan } from './plan.ts'
import { prepareLightgbm } from './prepare.ts'
import { openLightgbm } from './scorer.ts'
import { isModelText } from './text-model.ts'

/** LightGBM: model text and JSON dumps of versions 2 to 4. */
export const lightgbmFormat: ModelFormat<typeof lightgbmOptions, LightgbmPlan> = Object.freeze({
  kind: 'format',
  name: 'lightgbm',
  summary: 'Boosted trees of LightGBM, as model text or JSON dump',
  stability: 'stable',
  since: '0.1.0',
  options: lightgbmOptions,
  isCode: false,
  extensions: ['lgb', 'lightgbm', 'txt', 'json'],
  recognises: (bytes: Uint8Array) => isModelText(bytes) || isModelJson(bytes),
  prepare: prepareLightgbm,
  open: openLightgbm,
} as const)
