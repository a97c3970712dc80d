import type { ModelFormat } from '../model.ts'
import { onnxOptions } from './options.ts'
import type { OnnxPlan } from './plan.ts'
import { prepareOnnx } from './prepare.ts'
import { recognisesOnnx } from './recognise.ts'
import { openOnnx } from './scorer.ts'

/** ONNX: graphs of operators, as PyTorch, scikit-learn and others export them. */
export const onnxFormat: ModelFormat<typeof onnxOptions, OnnxPlan> = Object.freeze({
  kind: 'format',
  name: 'onnx',
  summary: 'Models as ONNX graphs, of IR versions to 13 and opsets to 26, run by onnxruntime',
  stability: 'stable',
  since: '0.1.0',
  options: onnxOptions,
  isCode: false,
  extensions: ['onnx'],
  recognises: recognisesOnnx,
  prepare: prepareOnnx,
  open: openOnnx,
} as const)
