import { expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const member = (a: number, weight: number, label = a > 0.5 ? 'A' : 'B') =>
  `<Segment weight="${weight}"><SimplePredicate field="x" operator="isNotMissing"/><TreeModel functionName="classification"><MiningSchema/><Node score="${label}"><True/><ScoreDistribution value="A" recordCount="${a * 10}"/><ScoreDistribution value="B" recordCount="${10 - a * 10}"/></Node></TreeModel></Segment>`

test.each([
  ['average', (0.9 + 0.4 + 0.3) / 3],
  ['weightedAverage', (0.9 * 2 + 0.4 + 0.3) / 4],
  ['majorityVote', 1 / 3],
  ['weightedMajorityVote', 2 / 4],
  ['max', 0.9],
  ['median', 0.4],
])('%s of distributions', async (method, p) => {
  const xml = document(
    { x: 'double', y: 'string' },
    `<MiningModel functionName="classification">${schema(['x'])}<Output><OutputField name="p" feature="probability" value="A"/></Output><Segmentation multipleModelMethod="${method}">${member(0.9, 2)}${member(0.4, 1)}${member(0.3, 1)}</Segmentation></MiningModel>`,
  )
  expect(await score(xml, [{ x: 1 }, {}])).toEqual([
    { y: p >= 0.5 ? 'A' : 'B', p: expect.closeTo(p, 12) },
    { y: null, p: null },
  ])
})

test('max of members that are equally sure is the mean of their distributions', async () => {
  const leaf = (a: number, b: number, c: number) =>
    `<Segment><True/><TreeModel functionName="classification"><MiningSchema/><Node score="A"><True/><ScoreDistribution value="A" recordCount="${a}"/><ScoreDistribution value="B" recordCount="${b}"/><ScoreDistribution value="C" recordCount="${c}"/></Node></TreeModel></Segment>`
  const xml = document(
    { x: 'double', y: 'string' },
    `<MiningModel functionName="classification">${schema(['x'])}<Output><OutputField name="b" feature="probability" value="B"/></Output><Segmentation multipleModelMethod="max">${leaf(5, 3, 2)}${leaf(5, 2, 3)}${leaf(4, 3, 3)}</Segmentation></MiningModel>`,
  )
  expect(await score(xml, [{}])).toEqual([{ y: 'A', b: 0.25 }])
})
