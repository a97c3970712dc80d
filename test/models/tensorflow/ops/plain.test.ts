import { expect, test } from 'vitest'
import { KernelFault } from '../../../../src/models/tensorflow/ops/operator.ts'
import {
  axisOf,
  broadcastIndex,
  broadcastSizes,
  checkedShape,
  generate,
  zipped,
} from '../../../../src/models/tensorflow/ops/plain.ts'

test('operands are broadcast from the last dimension on', () => {
  expect(broadcastSizes([3, 1], [2, 1, 4])).toStrictEqual([2, 3, 4])
  const at = broadcastIndex([3, 1], [2, 3, 4])
  expect(Array.from({ length: 24 }, (_, i) => at(i)).slice(0, 14)).toStrictEqual([
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0,
  ])
})

test('sizes that do not go together are a fault', () => {
  expect(() => broadcastSizes([2], [3])).toThrow(KernelFault)
})

test('whole numbers wrap as those of C', () => {
  const x = generate('int32', [1], () => 2 ** 31 - 1)
  const one = generate('int32', [], () => 1)
  expect(zipped(x, one, 'int32', ((a: number, b: number) => a + b) as never).data[0]).toBe(-(2 ** 31))
})

test('a shape from an input takes no more memory than there is', () => {
  expect(() => checkedShape([2 ** 20, 2 ** 20])).toThrow('more than')
  expect(() => checkedShape([-1])).toThrow('[-1]')
})

test('axes count from the end when negative', () => {
  expect(axisOf(-1, 3)).toBe(2)
  expect(() => axisOf(3, 3)).toThrow('axis 3')
})
