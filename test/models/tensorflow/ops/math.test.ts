import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('math', /^(?!compare|logical|Cast|bits|Is[NIF]|Bitcast|Approx|half|ShapeN|Rank)/, [
  'Lgamma',
  'Digamma',
  'Erfinv',
  'Ndtri',
])
