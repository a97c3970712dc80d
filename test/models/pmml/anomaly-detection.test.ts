import { expect, test } from 'vitest'
import { document, refusal, score } from './documents.ts'

const schema = '<MiningSchema><MiningField name="x"/></MiningSchema>'
const tree = `<TreeModel functionName="regression">${schema}<Output><OutputField name="path" feature="predictedValue"/></Output><Node><True/><Node score="1"><SimplePredicate field="x" operator="lessThan" value="0"/></Node><Node score="9"><SimplePredicate field="x" operator="greaterOrEqual" value="0"/></Node></Node></TreeModel>`
const clusters = `<ClusteringModel functionName="clustering" modelClass="centerBased" numberOfClusters="2">${schema}<ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><ClusteringField field="x"/><Cluster id="same"><Array n="1" type="real">0</Array></Cluster><Cluster id="same"><Array n="1" type="real">10</Array></Cluster></ClusteringModel>`
const means = '<MeanClusterDistances><Array n="2" type="real">2 0.5</Array></MeanClusterDistances>'
const outputs =
  '<OutputField name="score" feature="anomalyScore"/><OutputField name="isAnomaly" dataType="boolean" feature="decision"><Apply function="greaterThan"><FieldRef field="score"/><Constant dataType="double">0.6</Constant></Apply></OutputField>'

function anomaly(attributes: string, inner: string, more = '', functionName = 'regression'): string {
  return document(
    { x: 'double' },
    `<AnomalyDetectionModel functionName="${functionName}" ${attributes}>${schema}<Output>${outputs}${more}</Output>${inner}</AnomalyDetectionModel>`,
  )
}

test('iforest: two to the power of the negative path length over the average one of the sample', async () => {
  const path = '<OutputField name="path2" feature="transformedValue"><FieldRef field="path"/></OutputField>'
  const average = 2 * (Math.log(255) + 0.5772156649015329) - (2 * 255) / 256
  const results = await score(anomaly('algorithmType="iforest" sampleDataSize="256"', tree, path), [
    { x: -1 },
    { x: 1 },
    { x: null },
  ])
  expect(results).toEqual([
    { _target: 2 ** (-1 / average), score: 2 ** (-1 / average), isAnomaly: true, path2: 1 },
    { _target: 2 ** (-9 / average), score: 2 ** (-9 / average), isAnomaly: false, path2: 9 },
    { _target: null, score: null, isAnomaly: null, path2: null },
  ])
})

test('a sample of two has an average path of one', async () => {
  const [result] = await score(anomaly('algorithmType="iforest" sampleDataSize="2"', tree), [{ x: -1 }])
  expect(result).toMatchObject({ score: 0.5 })
})

test('clusterMeanDist: the distance to the nearest center over the mean distance of its members, whatever the ids are', async () => {
  const results = await score(anomaly('algorithmType="clusterMeanDist"', clusters + means), [
    { x: 1 },
    { x: 9 },
    { x: null },
  ])
  expect(results).toMatchObject([
    { score: 0.5, isAnomaly: false },
    { score: 2, isAnomaly: true },
    { code: 'MODEL_RESULT_UNDEFINED' },
  ])
})

test.each(['ocsvm', 'other'])('%s: the score of the model inside', async (type) => {
  expect(await score(anomaly(`algorithmType="${type}"`, tree), [{ x: 1 }])).toMatchObject([{ score: 9 }])
})

test.each([
  ['no sample size', anomaly('algorithmType="iforest"', tree), 'attribute "sampleDataSize" is missing'],
  ['a sample of one', anomaly('algorithmType="iforest" sampleDataSize="1"', tree), '"sampleDataSize" is 1'],
  ['another algorithm', anomaly('algorithmType="lof"', tree), 'algorithmType="lof"'],
  ['distances of a tree', anomaly('algorithmType="clusterMeanDist"', tree + means), 'not TreeModel'],
  [
    'distances of similarity',
    anomaly(
      'algorithmType="clusterMeanDist"',
      clusters.replace('kind="distance"><euclidean/>', 'kind="similarity"><jaccard/>') + means,
    ),
    'measures similarity',
  ],
  ['no mean distances', anomaly('algorithmType="clusterMeanDist"', clusters), 'MeanClusterDistances'],
  [
    'a mean distance too few',
    anomaly('algorithmType="clusterMeanDist"', clusters + means.replace('n="2" type="real">2 ', 'n="1" type="real">')),
    'has 1 items, expected 2',
  ],
  [
    'a path length that is a cluster',
    anomaly('algorithmType="iforest" sampleDataSize="8"', clusters),
    'predicts no number',
  ],
  ['a classification', anomaly('algorithmType="other"', tree, '', 'classification'), 'functionName="classification"'],
  ['no model inside', anomaly('algorithmType="other"', ''), 'holds no model'],
])('refused: %s', async (_, xml, reason) => {
  expect((await refusal(xml)).message).toContain(reason)
})
