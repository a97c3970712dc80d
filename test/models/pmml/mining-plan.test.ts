import { expect, test } from 'vitest'
import { document, refusal, schema } from './documents.ts'

const mining = (segmentation: string) =>
  document(
    { x: 'double', y: 'double' },
    `<MiningModel functionName="regression">${schema(['x'])}${segmentation}</MiningModel>`,
  )
const member =
  '<Segment><True/><RegressionModel functionName="regression"><MiningSchema/><RegressionTable intercept="1"/></RegressionModel></Segment>'

test.each([
  ['', /element MiningModel .*element Segmentation is missing/],
  ['<Regression functionName="regression"/>', /element Regression .*element RegressionTable is missing/],
  ['<Segmentation multipleModelMethod="sum"/>', /element Segment is missing/],
  [`<Segmentation multipleModelMethod="guess">${member}</Segmentation>`, /multipleModelMethod="guess"/],
  [
    `<Segmentation multipleModelMethod="majorityVote">${member}</Segmentation>`,
    /for a regression, which is not supported/,
  ],
  [
    '<Segmentation multipleModelMethod="sum"><Segment><True/></Segment></Segmentation>',
    /element Segment .*holds no model/,
  ],
])('%s is refused', async (segmentation, message) => {
  expect((await refusal(mining(segmentation))).message).toMatch(message)
})
