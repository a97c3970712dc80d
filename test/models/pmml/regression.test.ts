import { describe, expect, test } from 'vitest'
import { simplemax, softmax } from '../../../src/models/pmml/regression.ts'
import { document, schema, score } from './documents.ts'

const number = (normalization: string, attributes = '') =>
  document(
    { x: 'double', c: 'string', y: 'double' },
    `<RegressionModel functionName="regression" normalizationMethod="${normalization}" ${attributes}>${schema(['x', 'c'])}<RegressionTable intercept="0.5"><NumericPredictor name="x" coefficient="2" exponent="2"/><CategoricalPredictor name="c" value="u" coefficient="0.25"/><PredictorTerm coefficient="0.5"><FieldRef field="x"/><FieldRef field="x"/></PredictorTerm></RegressionTable></RegressionModel>`,
  )

describe('a number', () => {
  test('is intercept, powers, categories and products; an unknown category adds nothing, a missing number leaves none', async () => {
    expect(await score(number('none'), [{ x: 2, c: 'u' }, { x: 2, c: 'other' }, { x: 2 }, { c: 'u' }])).toEqual([
      { y: 10.75 },
      { y: 10.5 },
      { y: 10.5 },
      { y: null },
    ])
  })

  test.each([
    ['exp', Math.exp(0.5)],
    ['logit', 1 / (1 + Math.exp(-0.5))],
    ['softmax', 1 / (1 + Math.exp(-0.5))],
    ['cloglog', 1 - Math.exp(-Math.exp(0.5))],
    ['loglog', Math.exp(-Math.exp(-0.5))],
    ['cauchit', 0.5 + Math.atan(0.5) / Math.PI],
  ])('with %s', async (normalization, y) => {
    expect(await score(number(normalization), [{ x: 0 }])).toEqual([{ y: expect.closeTo(y, 14) }])
  })

  test('in float context is rounded at every step', async () => {
    const [result] = await score(number('none', 'x-mathContext="float"'), [{ x: 0.1, c: 'u' }])
    const y = (result as { y: number }).y
    expect(y).toBe(Math.fround(y))
  })
})

const classes = (normalization: string, intercepts: readonly number[]) =>
  document(
    { x: 'double', y: 'string' },
    `<RegressionModel functionName="classification" normalizationMethod="${normalization}">${schema(['x'])}<Output>${intercepts.map((_, i) => `<OutputField name="p${i}" feature="probability" value="c${i}"/>`).join('')}</Output>${intercepts.map((v, i) => `<RegressionTable intercept="${v}" targetCategory="c${i}"/>`).join('')}</RegressionModel>`,
  )

describe('a category', () => {
  test('with softmax', async () => {
    const total = Math.exp(1) + Math.exp(2) + 1
    expect(await score(classes('softmax', [1, 2, 0]), [{}])).toEqual([
      {
        y: 'c1',
        p0: expect.closeTo(Math.exp(1) / total, 14),
        p1: expect.closeTo(Math.exp(2) / total, 14),
        p2: expect.closeTo(1 / total, 14),
      },
    ])
  })

  test('of two with logit: the second has the rest', async () => {
    const p = 1 / (1 + Math.exp(-1))
    expect(await score(classes('logit', [1, 7]), [{}])).toEqual([
      { y: 'c0', p0: expect.closeTo(p, 14), p1: expect.closeTo(1 - p, 14) },
    ])
  })

  test('with none: the last has the rest', async () => {
    expect(await score(classes('none', [0.2, 0.3, 9]), [{}])).toEqual([{ y: 'c2', p0: 0.2, p1: 0.3, p2: 0.5 }])
  })
})

test('shares add up to one', () => {
  for (const normalize of [softmax, simplemax]) {
    const shares = Float64Array.of(800, 1, 2.5)
    normalize(shares)
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 14)
  }
})

test('a missing factor of a product may be mapped', async () => {
  const xml = document(
    { x: 'double', z: 'double', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x', 'z'])}<RegressionTable intercept="1"><PredictorTerm coefficient="2"><FieldRef field="x" mapMissingTo="3"/><FieldRef field="z"/></PredictorTerm></RegressionTable></RegressionModel>`,
  )
  expect(await score(xml, [{ x: 2, z: 5 }, { z: 5 }, { x: 2 }])).toEqual([{ y: 21 }, { y: 31 }, { y: null }])
})

test('an ordinal regression without a link has shares from 0 to 1', async () => {
  const value = (v: string) => `<Value value="${v}"/>`
  const xml = document(
    { x: 'double', y: `string|${value('low')}${value('mid')}${value('high')}` },
    `<RegressionModel functionName="classification" normalizationMethod="none">${schema(['x'])}<Output><OutputField name="p" feature="probability"/></Output><RegressionTable intercept="0.25" targetCategory="low"><NumericPredictor name="x" coefficient="1"/></RegressionTable><RegressionTable intercept="0.5" targetCategory="mid"><NumericPredictor name="x" coefficient="1"/></RegressionTable><RegressionTable intercept="0" targetCategory="high"/></RegressionModel>`,
  ).replace('name="y" optype="categorical"', 'name="y" optype="ordinal"')
  expect(await score(xml, [{ x: 5 }, { x: -5 }, { x: 0 }])).toEqual([
    { y: 'low', p: 1 },
    { y: 'high', p: 1 },
    { y: 'high', p: 0.5 },
  ])
})

test('a missing number leaves no result when its exponent is 0, too, as when it is given or has no logarithm', async () => {
  const xml = document(
    { x: 'double', y: 'double' },
    `<RegressionModel functionName="regression">${schema(['x'])}<LocalTransformations><DerivedField name="l" optype="continuous" dataType="double"><Apply function="ln"><FieldRef field="x"/></Apply></DerivedField></LocalTransformations><RegressionTable intercept="1"><NumericPredictor name="l" coefficient="2" exponent="0"/></RegressionTable></RegressionModel>`,
  )
  expect(await score(xml, [{ x: 1 }, {}, { x: -1 }])).toEqual([{ y: 3 }, { y: null }, { y: null }])
})
