import { describe, expect, test } from 'vitest'
import { document, evaluate, refusal, schema, score } from './documents.ts'

describe('NormContinuous', () => {
  const norm = (outliers: string) =>
    `<NormContinuous field="x" mapMissingTo="-1" outliers="${outliers}"><LinearNorm orig="0" norm="10"/><LinearNorm orig="1" norm="20"/><LinearNorm orig="3" norm="60"/></NormContinuous>`
  test.each([
    ['asIs', [0, 15, 40, 80, -1]],
    ['asExtremeValues', [10, 15, 40, 60, -1]],
    ['asMissingValues', [null, 15, 40, null, -1]],
  ])('outside its points %s', async (outliers, expected) => {
    const actual = await Promise.all([-1, 0.5, 2, 4, null].map((x) => evaluate(norm(outliers), { x })))
    expect(actual).toEqual(expected)
  })
})

test('Discretize: the first bin that holds the value, else the default', async () => {
  const bin = (value: string, inner: string) =>
    `<DiscretizeBin binValue="${value}"><Interval ${inner}/></DiscretizeBin>`
  const expression = `<Discretize field="x" defaultValue="none" mapMissingTo="?">${bin('low', 'closure="openClosed" rightMargin="1"')}${bin('mid', 'closure="closedOpen" leftMargin="1" rightMargin="2"')}</Discretize>`
  expect(await Promise.all([0, 1, 1.5, 2, null].map((x) => evaluate(expression, { x })))).toEqual([
    'low',
    'low',
    'mid',
    'none',
    '?',
  ])
})

test('MapValues: all keys must match, a missing key maps by itself', async () => {
  const row = (s: string, t: string, o: string) => `<row><a>${s}</a><b>${t}</b><o>${o}</o></row>`
  const expression = `<MapValues outputColumn="o" defaultValue="no" mapMissingTo="gone"><FieldColumnPair field="s" column="a"/><FieldColumnPair field="t" column="b"/><InlineTable>${row('1:', '2', 'x')}${row('1', ':2', 'z')}</InlineTable></MapValues>`
  const records = [{ s: '1:', t: '2' }, { s: '1', t: ':2' }, { s: '1', t: '2' }, { s: '1' }]
  expect(await Promise.all(records.map((record) => evaluate(expression, record)))).toEqual(['x', 'z', 'no', 'gone'])
})

describe('TextIndex', () => {
  const index = (attributes: string, term = 'good day') =>
    `<TextIndex textField="s" ${attributes}><Constant dataType="string">${term}</Constant></TextIndex>`
  test.each([
    ['', 2],
    ['isCaseSensitive="true"', 1],
    ['localTermWeights="binary"', 1],
    ['localTermWeights="logarithmic"', Math.log10(3)],
    ['maxLevenshteinDistance="1"', 3],
  ])('%j', async (attributes, expected) => {
    expect(await evaluate(index(attributes), { s: 'Good day, (good day) or goot day; goodday' })).toBe(expected)
  })

  test('counts words by their own pattern', async () => {
    expect(await evaluate(index('x-wordRE="\\w+"', 'b'), { s: 'a.b,b' })).toBe(2)
  })
})

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
