import { expect, test } from 'vitest'
import type { TfNode } from '../../../../src/models/tensorflow/graph.ts'
import { gives, needs, sameShape } from '../../../../src/models/tensorflow/ops/operator.ts'
import { Value } from '../../../../src/models/tensorflow/value.ts'

const node = {} as TfNode

test('an operator needs code for its type or one that holds it', () => {
  expect(needs('Erf')(node, ['float32'])).toBe(true)
  expect(needs('Erf')(node, ['float16'])).toBe(true)
  expect(needs('Erf')(node, ['float64'])).toBe(false)
  expect(needs('CumSum')(node, ['uint8'])).toBe(true)
})

test('types and shapes that do not depend on the node', () => {
  expect(gives('int64', 'string')(node, [])).toStrictEqual(['int64', 'string'])
  expect(
    sameShape(1)(node, [new Value({ dtype: 'int32', shape: [] }), new Value({ dtype: 'int32', shape: [null, 3] })]),
  ).toStrictEqual([[null, 3]])
})
