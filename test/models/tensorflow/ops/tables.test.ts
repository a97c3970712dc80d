import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('shape', /^(Unique|ListDiff|Bucketize|SearchSorted)/)
