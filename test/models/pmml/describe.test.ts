import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ModelDescription } from '../../../src/models/model.ts'
import { prepare } from './documents.ts'

const describe = async (text: string) => (await prepare(text)).description as ModelDescription

test('models are told by nesting, siblings alike with their number', async () => {
  const boosted = readFileSync(new URL('../../../examples/iris/boosted.pmml', import.meta.url), 'utf8')
  const { parts, targets, elements } = await describe(boosted)
  expect(parts).toEqual([
    { depth: 0, name: 'MiningModel', count: 1, detail: expect.stringMatching(/^classification, modelChain, sklearn/) },
    { depth: 1, name: 'MiningModel', count: 3, detail: 'regression, sum' },
    { depth: 2, name: 'TreeModel', count: 30, detail: 'regression' },
    { depth: 1, name: 'RegressionModel', count: 1, detail: 'classification' },
  ])
  expect(targets).toEqual([{ name: 'species', optype: 'categorical', values: ['setosa', 'versicolor', 'virginica'] }])
  expect(elements).toMatchObject({ Segment: 34, TreeModel: 30, MiningModel: 4 })
  expect(Object.values(elements)).toEqual(Object.values(elements).toSorted((a, b) => b - a))
})

test('treatments of values and facts of the header are told', async () => {
  const field = (name: string, attributes: string) => `<MiningField name="${name}" ${attributes}/>`
  const { inputs, document } = await describe(`<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
<Header copyright="c" description="d"><Timestamp> 2020-01-01 </Timestamp></Header><DataDictionary>
<DataField name="a" optype="continuous" dataType="double"><Interval closure="closedClosed" leftMargin="0"/><Value value="-999" property="missing"/></DataField>
<DataField name="b" optype="categorical" dataType="string"><Value value="x"/></DataField>
<DataField name="c" optype="continuous" dataType="double"/><DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
<RegressionModel modelName="m" functionName="regression"><MiningSchema>
${field('a', 'missingValueReplacement="1.5" invalidValueTreatment="asMissing" outliers="asExtremeValues" lowValue="0" highValue="9"')}
${field('b', 'missingValueTreatment="returnInvalid"')}
${field('c', 'invalidValueTreatment="asIs" outliers="asMissingValues" lowValue="1" highValue="2"')}
${field('y', 'usageType="target"')}</MiningSchema><RegressionTable intercept="1"/></RegressionModel></PMML>`)
  expect(inputs).toEqual([
    {
      name: 'a',
      optype: 'continuous',
      treatments: ['-999 is missing', 'missing becomes 1.5', 'invalid is missing', 'outside [0, 9] becomes the bound'],
    },
    { name: 'b', optype: 'categorical', treatments: ['missing is refused', 'invalid is refused'] },
    { name: 'c', optype: 'continuous', treatments: ['invalid stays', 'outside [1, 2] is missing'] },
  ])
  expect(document).toEqual({ modelName: 'm', description: 'd', copyright: 'c', created: '2020-01-01' })
})
