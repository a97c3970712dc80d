import type { ModelFormat } from '../model.ts'
import { recognisesTensorflow } from './model-files.ts'
import { tensorflowOptions } from './options.ts'
import type { TensorflowPlan } from './plan.ts'
import { prepareTensorflow } from './prepare.ts'
import { openTensorflow } from './scorer.ts'

/** TensorFlow: frozen graphs and SavedModels of TensorFlow 1 and 2, without Python. */
export const tensorflowFormat: ModelFormat<typeof tensorflowOptions, TensorflowPlan> = Object.freeze({
  kind: 'format',
  name: 'tensorflow',
  summary:
    'Models of TensorFlow 1 and 2 as frozen graphs or SavedModels (a folder, or a ZIP archive of it), run by onnxruntime',
  stability: 'beta',
  since: '0.1.0',
  options: tensorflowOptions,
  isCode: false,
  extensions: ['pb', 'pbtxt'],
  takesFolders: true,
  recognises: recognisesTensorflow,
  prepare: prepareTensorflow,
  open: openTensorflow,
} as const)
