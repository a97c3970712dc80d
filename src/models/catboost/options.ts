import { featureOptions } from '../tensors/feature-mapping.ts'
import { predictionOptions } from '../trees/prediction.ts'

/** Options of models of CatBoost. */
export const catboostOptions = { ...featureOptions, ...predictionOptions } as const
