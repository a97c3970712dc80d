import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('reduce', /^(?!Segment|Unsorted|Bincount)/, [
  'CumulativeLogsumexp',
  'NthElement',
  'MatrixInverse',
  'histogram_fixed_width',
])
