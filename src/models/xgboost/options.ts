import { decimal, integer } from '../../config/option.ts'
import { featureOptions } from '../tensors/feature-mapping.ts'
import { predictionOptions } from '../trees/prediction.ts'

/** Options of models of XGBoost. */
export const xgboostOptions = {
  ...featureOptions,
  ...predictionOptions,
  missing: decimal({
    summary: 'A number that counts as missing, besides values that are missing (what XGBoost calls `missing`)',
    isOptional: true,
    examples: [-999],
  }),
  iterations: integer(
    {
      summary: 'Boosting iterations that count; by default all, or those up to the best one of early stopping',
      isOptional: true,
      examples: [100],
    },
    { min: 1 },
  ),
} as const
