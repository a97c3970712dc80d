import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('reduce', /^(?!Segment|Unsorted|Bincount)/, [
  'Cumprod',
  'CumulativeLogsumexp',
  'NthElement',
  'MatrixInverse',
  'histogram_fixed_width',
])
