import { testOperators } from '../../support/tensorflow-operators.ts'

testOperators('control-v1', /^cond/)
