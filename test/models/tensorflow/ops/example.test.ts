import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('parse', /./, ['ParseSingleSequenceExample'])
