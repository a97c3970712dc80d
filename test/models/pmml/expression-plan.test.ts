import { describe, expect, test } from 'vitest'
import { document, evaluate, refusal, schema, score } from './documents.ts'

describe('user functions', () => {
  const define = (inner: string) =>
    document(
      { x: 'double', y: 'double' },
      `<TransformationDictionary>${inner}<DerivedField name="d" optype="continuous" dataType="double"><Apply function="f"><FieldRef field="x"/></Apply></DerivedField></TransformationDictionary><RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="0"><NumericPredictor name="d" coefficient="1"/></RegressionTable></RegressionModel>`,
    )
  const parameter = '<ParameterField name="p" dataType="double"/>'

  test('get their arguments by name', async () => {
    const xml = define(
      `<DefineFunction name="f" optype="continuous">${parameter}<Apply function="*"><FieldRef field="p"/><FieldRef field="p"/></Apply></DefineFunction>`,
    )
    expect(await score(xml, [{ x: 3 }, {}])).toEqual([{ y: 9 }, { y: null }])
  })

  test('that call themselves are refused, as are fields derived from themselves', async () => {
    const recursive = `<DefineFunction name="f" optype="continuous">${parameter}<Apply function="f"><FieldRef field="p"/></Apply></DefineFunction>`
    expect((await refusal(define(recursive))).message).toMatch(/function "f" calls itself/)
    const circular = document(
      { x: 'double', y: 'double' },
      `<TransformationDictionary><DerivedField name="a" optype="continuous" dataType="double"><FieldRef field="b"/></DerivedField><DerivedField name="b" optype="continuous" dataType="double"><FieldRef field="a"/></DerivedField></TransformationDictionary><RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="0"><NumericPredictor name="a" coefficient="1"/></RegressionTable></RegressionModel>`,
    )
    expect((await refusal(circular)).message).toMatch(/field "a" is derived from itself/)
  })
})

test('an unknown function is refused by name', async () => {
  await expect(evaluate('<Apply function="frobnicate"><FieldRef field="x"/></Apply>')).rejects.toThrow(
    'function "frobnicate", which is not supported',
  )
})
