import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('text', /^(string-shapes|unique|Equal)/)
