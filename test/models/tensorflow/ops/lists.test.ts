import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('list', /./)
testOperators('list-v1', /./)
testOperators('control-v1', /^Tensor/)
