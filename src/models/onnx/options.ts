import { choice, integer, list, map, type OptionValues, text } from '../../config/option.ts'
import { featureOptions } from '../tensors/feature-mapping.ts'
import { outputOptions } from '../tensors/predictions.ts'

/** Options of the format. */
export const onnxOptions = {
  ...featureOptions,
  ...outputOptions,
  threads: integer(
    {
      summary: 'Threads that one operator may use; more than 1 only helps models of many millions of operations',
      default: 1,
    },
    { min: 1, max: 256 },
  ),
  executionMode: choice(['sequential', 'parallel'], {
    summary: 'Whether operators that do not depend on each other run one after another or beside each other',
    default: 'sequential',
  }),
  interOpThreads: integer(
    { summary: 'Threads that operators run on beside each other, for the parallel mode', default: 1 },
    { min: 1, max: 256 },
  ),
  graphOptimization: choice(['disabled', 'basic', 'extended', 'layout', 'all'], {
    summary: 'How far onnxruntime rewrites the graph before it runs',
    default: 'all',
  }),
  providers: list(text({ summary: 'name of an execution provider' }), {
    summary: 'Execution providers by preference, where the machine has them; the CPU by default',
    isOptional: true,
    examples: [['cuda', 'cpu']],
  }),
  freeDimensions: map(integer({ summary: 'size' }, { min: 1 }), {
    summary: 'Sizes for dimensions that the model leaves open, by their names',
    isOptional: true,
    examples: [{ sequence_length: 128 }],
  }),
} as const

/** Values of the options. */
export type OnnxOptions = OptionValues<typeof onnxOptions>
