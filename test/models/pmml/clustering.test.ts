import { expect, test } from 'vitest'
import { document, score } from './documents.ts'

test('ClusteringModel: the nearest center, missing fields made up for', async () => {
  const xml = document(
    { x: 'double', z: 'double' },
    `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2"><MiningSchema><MiningField name="x"/><MiningField name="z"/></MiningSchema><Output><OutputField name="id" feature="predictedValue"/><OutputField name="name" feature="predictedDisplayValue"/><OutputField name="near" feature="affinity"/></Output><ComparisonMeasure kind="distance"><squaredEuclidean/></ComparisonMeasure><ClusteringField field="x"/><ClusteringField field="z"/><Cluster name="low"><Array n="2" type="real">0 0</Array></Cluster><Cluster name="high"><Array n="2" type="real">10 10</Array></Cluster></ClusteringModel>`,
  )
  expect(await score(xml, [{ x: 1, z: 2 }, { x: 9 }, {}])).toEqual([
    { _target: '1', id: '1', name: 'low', near: 5 },
    { _target: '2', id: '2', name: 'high', near: 2 },
    { _target: null, id: null, name: null, near: null },
  ])
})
