import { describe, expect, test } from 'vitest'
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

describe('neighbours', () => {
  const model = (type: string, attributes: string, rows: readonly (readonly [number, number, string | number])[]) =>
    document(
      { x: 'double', z: 'double', y: type },
      `<NearestNeighborModel ${attributes}>${schema(['x', 'z'])}<TrainingInstances><InstanceFields><InstanceField field="x" column="x"/><InstanceField field="z" column="z"/><InstanceField field="y" column="y"/></InstanceFields><InlineTable>${rows.map(([x, z, y]) => `<row><x>${x}</x><z>${z}</z><y>${y}</y></row>`).join('')}</InlineTable></TrainingInstances><ComparisonMeasure kind="distance"><euclidean/></ComparisonMeasure><KNNInputs><KNNInput field="x"/><KNNInput field="z" fieldWeight="0.5"/></KNNInputs></NearestNeighborModel>`,
    )

  test('that vote equally and are equally frequent give the smallest category', async () => {
    const xml = model('string', 'functionName="classification" numberOfNeighbors="2"', [
      [0, 0, 'C'],
      [1, 0, 'B'],
      [9, 0, 'B'],
      [9, 0, 'C'],
    ])
    expect(await score(xml, [{ x: 0, z: 0 }])).toEqual([{ y: 'B' }])
  })

  test('are as far as their present inputs and the number of missing ones tell', async () => {
    const xml = model(
      'double',
      'functionName="regression" numberOfNeighbors="2" continuousScoringMethod="weightedAverage" threshold="0.001"',
      [
        [0, 0, 8],
        [3, 0, 1],
      ],
    )
    const weight = (distance: number) => 1 / (distance * Math.SQRT2 + 0.001)
    const [result, none] = await score(xml, [{ x: 1 }, {}])
    expect(result).toEqual({ y: expect.closeTo((8 * weight(1) + weight(2)) / (weight(1) + weight(2)), 10) })
    expect(none).toMatchObject({ code: 'MODEL_RESULT_UNDEFINED' })
  })
})
