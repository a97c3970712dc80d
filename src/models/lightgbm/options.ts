import { decimal, integer, text } from '../../config/option.ts'
import { featureOptions } from '../tensors/feature-mapping.ts'
import { predictionOptions } from '../trees/prediction.ts'

/** Options of the format. */
export const lightgbmOptions = {
  ...featureOptions,
  ...predictionOptions,
  missing: decimal({
    summary: 'A number that counts as missing, besides values that are missing',
    isOptional: true,
    examples: [-999],
  }),
  objective: text({
    summary:
      'Objective of a model whose file names none (a custom objective, an old JSON dump), as model files spell it',
    isOptional: true,
    examples: ['binary sigmoid:1', 'multiclass num_class:3', 'poisson'],
  }),
  iterations: integer(
    { summary: 'Iterations that count, from the first one on; all by default', isOptional: true, examples: [100] },
    { min: 1 },
  ),
  startIteration: integer({ summary: 'First iteration that counts, from 0', default: 0 }, { min: 0 }),
} as const
