import { expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

test('NearestNeighborModel: the nearest rows vote, ids by rank', async () => {
  const rows = [
    [0, 'A'],
    [1, 'A'],
    [5, 'B'],
    [6, 'B'],
  ].map(([x, y]) => `<row><x>${x}</x><y>${y}</y></row>`)
  const xml = document(
    { x: 'double', y: 'string' },
    `<NearestNeighborModel functionName="classification" numberOfNeighbors="3">${schema(['x'])}<Output><OutputField name="second" feature="entityId" rank="2"/></Output><TrainingInstances><InstanceFields><InstanceField field="x" column="x"/><InstanceField field="y" column="y"/></InstanceFields><InlineTable>${rows.join('')}</InlineTable></TrainingInstances><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><KNNInputs><KNNInput field="x"/></KNNInputs></NearestNeighborModel>`,
  )
  expect(await score(xml, [{ x: 0.2 }, { x: 7 }])).toEqual([
    { second: '2', y: 'A' },
    { second: '3', y: 'B' },
  ])
})

test('NearestNeighborModel: a segment without a target averages the column that belongs to no field', async () => {
  const rows = [
    [0, 10],
    [1, 20],
    [5, 60],
  ].map(([x, y]) => `<row><x>${x}</x><y>${y}</y></row>`)
  const near = `<NearestNeighborModel functionName="regression" numberOfNeighbors="2"><MiningSchema><MiningField name="x"/></MiningSchema><Output><OutputField name="near" optype="continuous" dataType="double" isFinalResult="false"/></Output><TrainingInstances><InstanceFields><InstanceField column="y"/><InstanceField field="x" column="x"/></InstanceFields><InlineTable>${rows.join('')}</InlineTable></TrainingInstances><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><KNNInputs><KNNInput field="x"/></KNNInputs></NearestNeighborModel>`
  const xml = document(
    { x: 'double', y: 'double' },
    `<MiningModel functionName="regression">${schema(['x'])}<Segmentation multipleModelMethod="modelChain"><Segment><True/>${near}</Segment><Segment><True/><RegressionModel functionName="regression"><MiningSchema><MiningField name="near"/></MiningSchema><RegressionTable intercept="1"><NumericPredictor name="near" coefficient="2"/></RegressionTable></RegressionModel></Segment></Segmentation></MiningModel>`,
  )
  expect(await score(xml, [{ x: 0.2 }, { x: 4 }])).toMatchObject([{ y: 31 }, { y: 81 }])
})
