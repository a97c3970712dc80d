import { expect, it } from 'vitest'
import { changesState } from '../../../src/models/tensorflow/operator-kinds.ts'

it('tells operators that change variables and tables from those that only read', () => {
  expect(
    [
      'ResourceApplyAdam',
      'ApplyGradientDescent',
      'ScatterAdd',
      'ResourceScatterUpdate',
      'LookupTableInsertV2',
      'InitializeTableV2',
      'SparseApplyFtrl',
      'CountUpTo',
    ].filter((op) => !changesState(op)),
  ).toEqual([])
  expect(
    ['ScatterNd', 'TensorScatterUpdate', 'LookupTableFindV2', 'ResourceGather', 'Assign', 'Sub'].filter(changesState),
  ).toEqual([])
})
