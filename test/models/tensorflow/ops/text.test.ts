import { expect, test } from 'vitest'
import type { Kernel } from '../../../../src/models/tensorflow/ops/operator.ts'
import { textOperators } from '../../../../src/models/tensorflow/ops/text.ts'
import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('text', /./, ['Fingerprint', 'StringFormat', 'DecodeCSV'])

test('texts are joined by segment, as reduce_join of ragged rows does; a segment without texts is empty', () => {
  const join = textOperators['UnsortedSegmentJoin']?.evaluate as Kernel
  const separator = { kind: 'bytes', value: Buffer.from('|') } as const
  const node = { name: 'n', op: 'UnsortedSegmentJoin', attributes: new Map([['separator', separator]]) }
  const list = (...values: number[]) =>
    ({ dtype: 'int32', shape: [values.length], data: Int32Array.from(values) }) as const
  const texts = { dtype: 'string', shape: [4], data: ['1', '2', '3', '4'] } as const
  const count = { ...list(3), shape: [] }
  expect(join(node, [texts, list(2, 0, 2, -1), count])).toEqual([
    { dtype: 'string', shape: [3], data: ['2', '', '1|3'] },
  ])
  expect(() => join(node, [texts, list(2, 0, 3, 1), count])).toThrow('segment 3 of 3')
})
