import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('nn', /^(MatMul|BatchMatMul|Einsum|tensordot|BiasAdd)/)
