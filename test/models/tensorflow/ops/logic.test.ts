import { expect, test } from 'vitest'
import { logicOperators } from '../../../../src/models/tensorflow/ops/logic.ts'
import { mathOperators } from '../../../../src/models/tensorflow/ops/math.ts'
import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('math', /^(compare|logical|Cast|bits|Is[NIF]|Bitcast|Approx|half)/)

const long = (value: bigint) => ({ dtype: 'int64' as const, shape: [], data: BigInt64Array.of(value) })
const node = { name: 'n', op: 'Pow', attributes: new Map() }

test('whole numbers of any size cost nothing: powers wrap, shifts end at 63', () => {
  expect(mathOperators['Pow']?.evaluate?.(node, [long(3n), long(2n ** 60n)])[0]?.data).toHaveLength(1)
  expect(mathOperators['Pow']?.evaluate?.(node, [long(-3n), long(5n)])[0]?.data[0]).toBe(-243n)
  expect(() => logicOperators['LeftShift']?.evaluate?.(node, [long(1n), long(2n ** 40n)])).toThrow('a shift by')
})
