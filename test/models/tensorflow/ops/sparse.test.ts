import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('sparse', /./, ['SparseCross-hashed', 'SparseCross'])
