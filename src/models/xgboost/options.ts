import { decimal } from '../../config/option.ts'
import { featureOptions } from '../tensors/feature-mapping.ts'
import { predictionOptions } from '../trees/prediction.ts'

/** Options of models of XGBoost. */
export const xgboostOptions = {
  ...featureOptions,
  ...predictionOptions,
  missing: decimal({
    summary: 'A number that counts as missing, besides values that are missing; the `missing` of DMatrix',
    isOptional: true,
    examples: [-999],
  }),
} as const
