import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('shape', /^(Gather|Resource|Scatter|TensorScatter|Where|Select|OneHot|boolean_mask)/)
