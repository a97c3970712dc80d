import { expect, test } from 'vitest'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { Labels } from '../../../src/models/pmml/tree-plan.ts'
import { document, prepare, refusal, schema } from './documents.ts'

test('labels are numbered in the order of their first use', () => {
  const labels = new Labels()
  expect([labels.at('b'), labels.at('a'), labels.at('b')]).toEqual([0, 1, 0])
  expect(labels.cells).toEqual(['b', 'a'])
})

test('equal predicates of a document are kept once', async () => {
  const leaf =
    '<Node score="1"><SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">a b</Array></SimpleSetPredicate></Node>'
  const tree = `<TreeModel functionName="regression"><MiningSchema><MiningField name="c"/></MiningSchema><Node score="0"><True/>${leaf}</Node></TreeModel>`
  const xml = document(
    { c: 'string', y: 'double' },
    `<MiningModel functionName="regression">${schema(['c'])}<Segmentation multipleModelMethod="sum"><Segment><True/>${tree}</Segment><Segment><True/>${tree}</Segment></Segmentation></MiningModel>`,
  )
  const { trees } = (await prepare(xml)).payload as Plan
  expect(trees.predicates.offsets).toHaveLength(2)
  expect(trees.forest.roots).toHaveLength(2)
})

test('a default child that is no child is refused', async () => {
  const xml = document(
    { x: 'double', y: 'double' },
    `<TreeModel functionName="regression">${schema(['x'])}<Node id="0" defaultChild="9"><True/><Node id="1" score="1"><True/></Node></Node></TreeModel>`,
  )
  expect((await refusal(xml)).message).toMatch(
    /element Node at line 2, column \d+: attribute "defaultChild" is "9", which is no child node/,
  )
})
