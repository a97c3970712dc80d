import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('image', /./, [
  'ResizeBicubic',
  'ResizeArea',
  'resize-antialias',
  'CombinedNonMaxSuppression',
  'RGBToHSV',
  'extract_patches',
])
