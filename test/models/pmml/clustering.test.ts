import { expect, test } from 'vitest'
import { document, refusal, score } from './documents.ts'

test('ClusteringModel: the nearest center, missing fields made up for', async () => {
  const xml = document(
    { x: 'double', z: 'double' },
    `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2"><MiningSchema><MiningField name="x"/><MiningField name="z"/></MiningSchema><Output><OutputField name="id" feature="predictedValue"/><OutputField name="name" feature="predictedDisplayValue"/><OutputField name="near" feature="affinity"/></Output><ComparisonMeasure kind="distance"><squaredEuclidean/></ComparisonMeasure><ClusteringField field="x"/><ClusteringField field="z"/><Cluster name="low"><Array n="2" type="real">0 0</Array></Cluster><Cluster name="high"><Array n="2" type="real">10 10</Array></Cluster></ClusteringModel>`,
  )
  const results = await score(xml, [{ x: 1, z: 2 }, { x: 9 }, {}])
  expect(results.slice(0, 2)).toEqual([
    { _target: '1', id: '1', name: 'low', near: 5 },
    { _target: '2', id: '2', name: 'high', near: 2 },
  ])
  expect(results[2]).toMatchObject({ code: 'MODEL_RESULT_UNDEFINED' })
})

test('a cluster without a name has no display value', async () => {
  const xml = document(
    { x: 'double' },
    '<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="1"><MiningSchema><MiningField name="x"/></MiningSchema><Output><OutputField name="name" feature="predictedDisplayValue"/></Output><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><ClusteringField field="x"/><Cluster id="c"><Array n="1" type="real">0</Array></Cluster></ClusteringModel>',
  )
  expect(await score(xml, [{ x: 1 }])).toEqual([{ _target: 'c', name: null }])
})

const colors = 'string|<Value value="red"/><Value value="green"/><Value value="light blue"/>'

function colored(field: string, red = 'red', blue = '"light blue"', measure = '<cityBlock/>'): string {
  return document(
    { color: colors, x: 'double' },
    `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2"><MiningSchema><MiningField name="color" invalidValueTreatment="asIs"/><MiningField name="x"/></MiningSchema><Output><OutputField name="near" feature="affinity"/></Output><ComparisonMeasure>${measure}</ComparisonMeasure>${field}<ClusteringField field="x"/><Cluster id="r"><Array n="2" type="string">${red} 0</Array></Cluster><Cluster id="b"><Array n="2" type="string">${blue} 1</Array></Cluster></ClusteringModel>`,
  )
}

test('a field of texts compares by equality, or by a table in the order of its values', async () => {
  const table =
    '<ClusteringField field="color" compareFunction="table"><Comparisons><Matrix kind="symmetric"><Array n="1" type="real">0</Array><Array n="2" type="real">0.5 0</Array><Array n="3" type="real">4 3 0</Array></Matrix></Comparisons></ClusteringField>'
  const records = [{ color: 'green', x: 1 }, { color: 'light blue', x: 0 }, { color: 'purple', x: 1 }, { x: 0 }]
  expect(await score(colored(table), records)).toEqual([
    { _target: 'r', near: 1.5 },
    { _target: 'b', near: 1 },
    { _target: 'b', near: 0 },
    { _target: 'r', near: 0 },
  ])
  expect(
    await score(colored('<ClusteringField field="color" compareFunction="delta" fieldWeight="3"/>'), records),
  ).toEqual([
    { _target: 'b', near: 3 },
    { _target: 'b', near: 1 },
    { _target: 'b', near: 3 },
    { _target: 'r', near: 0 },
  ])
})

test.each([
  [
    'a difference of texts',
    colored('<ClusteringField field="color"/>'),
    'compareFunction="absDiff" of a field of texts',
  ],
  [
    'a center that is no value',
    colored('<ClusteringField field="color" compareFunction="delta"/>', 'black'),
    '"black" is not a value of field "color"',
  ],
  [
    'a table that is missing',
    colored('<ClusteringField field="color" compareFunction="table"/>'),
    'element Comparisons is missing',
  ],
  [
    'a table of numbers',
    colored('<ClusteringField field="x" compareFunction="table"/>', '1', '2'),
    'compareFunction="table" of a field without Values',
  ],
  [
    'texts in a measure of bits',
    colored('<ClusteringField field="color" compareFunction="equal"/>', 'red', 'red', '<jaccard/>'),
    'a field of texts or with a table in the measure jaccard',
  ],
])('refused: %s', async (_, xml, reason) => {
  expect((await refusal(xml)).message).toContain(reason)
})
