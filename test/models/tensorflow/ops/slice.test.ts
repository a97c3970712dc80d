import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('shape', /^(Slice|Strided|Reverse|Roll)/)
