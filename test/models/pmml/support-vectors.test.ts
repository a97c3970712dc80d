import { expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const numbers = { x: 'double', z: 'double', y: 'double' }
const classes = { x: 'double', z: 'double', c: 'string', y: 'string|<Value value="A"/><Value value="B"/>' }

test('SupportVectorMachineModel: kernel sum, and votes of pairs', async () => {
  const machine = (attributes: string) =>
    `<SupportVectorMachine ${attributes}><SupportVectors><SupportVector vectorId="v1"/><SupportVector vectorId="v2"/></SupportVectors><Coefficients absoluteValue="0.5"><Coefficient value="1"/><Coefficient value="-1"/></Coefficients></SupportVectorMachine>`
  const vectors =
    '<VectorDictionary><VectorFields><FieldRef field="x"/><FieldRef field="z"/></VectorFields><VectorInstance id="v1"><REAL-SparseArray n="2"><Indices>1</Indices><REAL-Entries>2</REAL-Entries></REAL-SparseArray></VectorInstance><VectorInstance id="v2"><Array n="2" type="real">0 1</Array></VectorInstance></VectorDictionary>'
  const regression = document(
    numbers,
    `<SupportVectorMachineModel functionName="regression">${schema(['x', 'z'])}<LinearKernelType/>${vectors}${machine('')}</SupportVectorMachineModel>`,
  )
  expect(await score(regression, [{ x: 3, z: 4 }, { x: 1 }])).toEqual([{ y: 2.5 }, { y: null }])
  const pairs = document(
    classes,
    `<SupportVectorMachineModel functionName="classification" classificationMethod="OneAgainstOne">${schema(['x', 'z'])}<LinearKernelType/>${vectors}${machine('targetCategory="A" alternateTargetCategory="B"')}</SupportVectorMachineModel>`,
  )
  expect(
    await score(pairs, [
      { x: 3, z: 4 },
      { x: 0, z: 4 },
    ]),
  ).toEqual([{ y: 'B' }, { y: 'A' }])
})

test('a missing field of the vectors may be mapped', async () => {
  const xml = document(
    { x: 'double', y: 'double' },
    `<SupportVectorMachineModel functionName="regression">${schema(['x'])}<LinearKernelType/><VectorDictionary numberOfVectors="1"><VectorFields numberOfFields="1"><FieldRef field="x" mapMissingTo="7"/></VectorFields><VectorInstance id="v"><Array type="real" n="1">2</Array></VectorInstance></VectorDictionary><SupportVectorMachine><SupportVectors><SupportVector vectorId="v"/></SupportVectors><Coefficients absoluteValue="1"><Coefficient value="1"/></Coefficients></SupportVectorMachine></SupportVectorMachineModel>`,
  )
  expect(await score(xml, [{ x: 3 }, {}])).toEqual([{ y: 7 }, { y: 15 }])
})
