import { expect, test } from 'vitest'
import { agrees } from '../../../src/models/pmml/verification.ts'
import { document, prepare, schema } from './documents.ts'

test("verification reports what differs, by the document's precision", async () => {
  const verified = (expected: string) =>
    document(
      { x: 'double', y: 'double' },
      `<RegressionModel functionName="regression">${schema(['x'])}<RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable><ModelVerification><VerificationFields><VerificationField field="x" column="data:a"/><VerificationField field="y" precision="0.01"/></VerificationFields><InlineTable><row><data:a xmlns:data="d">2</data:a><y>${expected}</y></row></InlineTable></ModelVerification></RegressionModel>`,
    )
  expect((await prepare(verified('5.01'))).verification).toEqual({ rows: 1, differences: [] })
  expect((await prepare(verified('6'))).verification).toEqual({
    rows: 1,
    differences: [{ row: 0, output: 'y', expected: '6', actual: '5' }],
  })
  expect((await prepare(verified('5'))).samples[0]).toEqual({ x: '2' })
})

test('numbers agree relatively, near zero absolutely, other values exactly', () => {
  const field = { precision: 1e-6, zeroThreshold: 1e-16 }
  expect(agrees('1000', 1000.0009, field)).toBe(true)
  expect(agrees('1000', 1000.002, field)).toBe(false)
  expect(agrees('0', 1e-17, field)).toBe(true)
  expect(agrees('0', 1e-9, field)).toBe(false)
  expect(agrees('a', 'a', field)).toBe(true)
  expect(agrees('', null, field)).toBe(true)
})
