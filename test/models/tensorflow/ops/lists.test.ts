import { expect, test } from 'vitest'
import { listOperators } from '../../../../src/models/tensorflow/ops/lists.ts'

test('lists are of the type variant, whatever they hold', () => {
  for (const name of ['TensorListReserve', 'TensorListSetItem', 'TensorListFromTensor'])
    expect(listOperators[name]?.types?.({} as never, [])).toStrictEqual(['variant'])
})
