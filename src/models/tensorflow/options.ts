import { integer, list, type OptionValues, text } from '../../config/option.ts'
import { featureOptions } from '../tensors/feature-mapping.ts'
import { outputOptions } from '../tensors/predictions.ts'

/** Options of the format. */
export const tensorflowOptions = {
  ...featureOptions,
  ...outputOptions,
  tags: list(text({ summary: 'tag' }), {
    summary: 'Tags of the graph of a SavedModel; by default the first graph that has "serve", else the first',
    isOptional: true,
    examples: [['serve', 'gpu']],
  }),
  signature: text({
    summary:
      'Signature that records are scored with; by default "serving_default", else "predict", else "default", else the first by name that predicts',
    isOptional: true,
    examples: ['serving_default'],
  }),
  feeds: list(text({ summary: 'name of a tensor' }), {
    summary: 'Tensors that are the inputs, of a graph without signatures; by default its placeholders',
    isOptional: true,
    examples: [['dense_1_input']],
  }),
  fetches: list(text({ summary: 'name of a tensor' }), {
    summary: 'Tensors that are the outputs, of a graph without signatures; by default what no other node reads',
    isOptional: true,
    examples: [['dense_3/Sigmoid', 'top:1']],
  }),
  threads: integer(
    {
      summary: 'Threads that one operator may use; more than 1 only helps models of many millions of operations',
      default: 1,
    },
    { min: 1, max: 256 },
  ),
} as const

/** Values of the options. */
export type TensorflowOptions = OptionValues<typeof tensorflowOptions>
