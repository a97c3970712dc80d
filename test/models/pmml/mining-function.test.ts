import { expect, test } from 'vitest'
import { functionsOf, valueTypeOf } from '../../../src/models/pmml/mining-function.ts'
import { typeNames } from '../../../src/models/pmml/plan.ts'
import { document, prepare, refusal, schema } from './documents.ts'

test('a model element is refused for what it cannot be a model of', async () => {
  expect(functionsOf('Scorecard')).toEqual(['regression'])
  const xml = document(
    { x: 'double', y: 'double' },
    `<TreeModel functionName="clustering">${schema(['x'])}<Node score="1"><True/></Node></TreeModel>`,
  )
  expect((await refusal(xml)).message).toContain('functionName="clustering"')
})

test('results have the type of the target where they are of it', async () => {
  const { integer, double, string, boolean } = typeNames
  expect(valueTypeOf(integer, { result: 'number', categories: [] })).toBe(double)
  expect(valueTypeOf(string, { result: 'number', categories: [] })).toBe(double)
  expect(valueTypeOf(integer, { result: 'category', categories: [1, 2] })).toBe(integer)
  expect(valueTypeOf(integer, { result: 'category', categories: [1, 'two'] })).toBe(string)
  expect(valueTypeOf(boolean, { result: 'category', categories: [true, false] })).toBe(boolean)
  const clusters = document(
    { x: 'double' },
    '<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="1"><MiningSchema><MiningField name="x"/></MiningSchema><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><ClusteringField field="x"/><Cluster id="7"><Array n="1" type="real">0</Array></Cluster></ClusteringModel>',
  )
  expect((await prepare(clusters)).signature.outputs).toMatchObject([{ name: '_target', dtype: 'string' }])
})
