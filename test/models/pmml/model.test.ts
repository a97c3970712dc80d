import { expect, test } from 'vitest'
import { document, refusal, score } from './documents.ts'

test('without a target field the prediction is named _target', async () => {
  const xml = document(
    { x: 'double' },
    '<RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><RegressionTable intercept="2"/></RegressionModel>',
  )
  expect(await score(xml, [{}])).toEqual([{ _target: 2 }])
})

test('a model that says it cannot be scored is refused', async () => {
  const xml = document({ x: 'double' }, '<TreeModel functionName="regression" isScorable="false"/>')
  expect((await refusal(xml)).message).toMatch(/element TreeModel at line 2, column \d+: has isScorable="false"/)
})
