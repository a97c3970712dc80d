import { expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const classes = { x: 'double', z: 'double', c: 'string', y: 'string|<Value value="A"/><Value value="B"/>' }

const rules = (criterion: string) =>
  document(
    classes,
    `<RuleSetModel functionName="classification">${schema(['x', 'z'])}<Output><OutputField name="id" feature="entityId"/></Output><RuleSet defaultScore="B"><RuleSelectionMethod criterion="${criterion}"/><SimpleRule id="r1" score="A" weight="1"><SimplePredicate field="x" operator="greaterThan" value="0"/></SimpleRule><CompoundRule><SimplePredicate field="x" operator="greaterThan" value="1"/><SimpleRule id="r2" score="B" weight="3"><SimplePredicate field="z" operator="greaterThan" value="0"/></SimpleRule></CompoundRule></RuleSet></RuleSetModel>`,
  )

test.each([
  ['firstHit', 'A', 'r1'],
  ['weightedMax', 'B', 'r2'],
  ['weightedSum', 'B', 'r2'],
])('RuleSetModel by %s', async (criterion, y, id) => {
  expect(await score(rules(criterion), [{ x: 2, z: 1 }, { x: -1 }])).toEqual([
    { y, id },
    { y: 'B', id: null },
  ])
})
