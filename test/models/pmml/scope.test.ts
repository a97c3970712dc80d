import { expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const twice = (name: string, of: string) =>
  `<DerivedField name="${name}" optype="continuous" dataType="double"><Apply function="*"><FieldRef field="${of}"/><Constant>2</Constant></Apply></DerivedField>`
const table = (field: string) =>
  `<RegressionTable intercept="0"><NumericPredictor name="${field}" coefficient="1"/></RegressionTable>`

test('a local derived field shadows the data field that it is derived from', async () => {
  const xml = document(
    { x: 'double', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x'])}<LocalTransformations>${twice('x', 'x')}</LocalTransformations>${table('x')}</RegressionModel>`,
  )
  expect(await score(xml, [{ x: 3 }])).toEqual([{ y: 6 }])
})

test('each segment derives global fields from its own treatments, and has local fields of its own', async () => {
  const segment = (mining: string, local: string, field: string) =>
    `<Segment><True/><RegressionModel functionName="regression"><MiningSchema><MiningField name="x" ${mining}/></MiningSchema><LocalTransformations>${local}</LocalTransformations>${table(field)}</RegressionModel></Segment>`
  const xml = document(
    { x: 'double', y: 'double' },
    `<TransformationDictionary>${twice('g', 'x')}</TransformationDictionary><MiningModel functionName="regression">${schema(['x'])}<Segmentation multipleModelMethod="selectAll">${segment('missingValueReplacement="5"', '', 'g')}${segment('', twice('l', 'g'), 'l')}${segment('', twice('l', 'x'), 'l')}</Segmentation></MiningModel>`,
  )
  expect(await score(xml, [{ x: 1 }, {}])).toEqual([{ y: [2, 4, 2] }, { y: [10, null, null] }])
})
