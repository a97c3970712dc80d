import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('shape', /^(Matrix|eye)/)
testOperators('nn', /^(LSTM|GRU|MatMul|BatchMatMul|Einsum|tensordot|BiasAdd)/)
