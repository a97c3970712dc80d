import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('nn', /^(residual|squeeze-excite|BiasAdd)/)
