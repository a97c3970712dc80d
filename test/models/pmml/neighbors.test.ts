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
