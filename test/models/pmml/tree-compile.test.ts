import { expect, test } from 'vitest'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { Op } from '../../../src/models/pmml/tree-ops.ts'
import { document, prepare, schema, score } from './documents.ts'

const node = (score: number, operator: string) =>
  `<Node score="${score}"><SimplePredicate field="x" operator="${operator}" value="1"/></Node>`
const tree = (strategy: string, children: string) =>
  document(
    { x: 'double', y: 'double' },
    `<TreeModel functionName="regression" missingValueStrategy="${strategy}">${schema(['x'])}<Node><True/>${children}</Node></TreeModel>`,
  )

test('opposite predicates need one test, others one each', async () => {
  const tests = async (xml: string) => {
    const { forest } = ((await prepare(xml)).payload as Plan).trees
    return forest.falseChild.filter((child, i) => child !== i).length
  }
  expect(await tests(tree('nullPrediction', node(1, 'lessThan') + node(2, 'greaterOrEqual')))).toBe(1)
  expect(await tests(tree('nullPrediction', node(1, 'lessThan') + node(2, 'greaterThan')))).toBe(2)
})

test('a tree says when its walk holds only without missing values', async () => {
  const body = async (xml: string) => ((await prepare(xml)).payload as Plan).model.body
  expect(await body(tree('nullPrediction', node(1, 'lessThan') + node(2, 'greaterOrEqual')))).toMatchObject({
    needsAll: true,
  })
  expect(await body(tree('none', node(1, 'lessThan')))).toMatchObject({ needsAll: false })
})

test('nodes follow each other, the root first', async () => {
  const { trees } = (await prepare(tree('none', node(1, 'lessThan')))).payload as Plan
  expect([...trees.op]).toEqual([Op.true, Op.lt])
  expect([...trees.end]).toEqual([2, 2])
})

test('bounds that are infinite or no number are compared as they are, with a record of infinity too', async () => {
  const tree = (operator: string, value: string) =>
    document(
      { x: 'double', y: 'double' },
      `<MiningModel functionName="regression">${schema(['x'])}<Segmentation multipleModelMethod="sum"><Segment><True/><TreeModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><Node score="0"><True/><Node score="1"><SimplePredicate field="x" operator="${operator}" value="${value}"/></Node><Node score="2"><True/></Node></Node></TreeModel></Segment></Segmentation></MiningModel>`,
    )
  const records = [{ x: 1 }, { x: Number.POSITIVE_INFINITY }, { x: Number.NEGATIVE_INFINITY }]
  const scores = async (operator: string, value: string) =>
    (await score(tree(operator, value), records)).map((result) => (result as Record<string, unknown>)['y'])
  expect(await scores('lessOrEqual', 'INF')).toEqual([1, 1, 1])
  expect(await scores('lessThan', 'INF')).toEqual([1, 2, 1])
  expect(await scores('greaterOrEqual', '-INF')).toEqual([1, 1, 1])
  expect(await scores('greaterThan', '-INF')).toEqual([1, 1, 2])
  expect(await scores('greaterOrEqual', 'NaN')).toEqual([2, 2, 2])
})
