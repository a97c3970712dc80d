import { describe, expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const numbers = { x: 'double', z: 'double', y: 'double' }
const near = (value: number) => expect.closeTo(value, 12)

describe('GeneralRegressionModel', () => {
  const glm = (attributes: string, fields = numbers as Record<string, string>) =>
    document(
      fields,
      `<GeneralRegressionModel ${attributes}>${schema(['x', 'z'])}<ParameterList><Parameter name="p0"/><Parameter name="p1"/></ParameterList><CovariateList><Predictor name="x"/></CovariateList><PPMatrix><PPCell value="2" predictorName="x" parameterName="p1"/></PPMatrix><ParamMatrix><PCell parameterName="p0" beta="0.5"/><PCell parameterName="p1" beta="0.25"/></ParamMatrix></GeneralRegressionModel>`,
    )
  test.each([
    ['identity', 1.5],
    ['log', Math.exp(1.5)],
    ['logit', 1 / (1 + Math.exp(-1.5))],
    ['cloglog', 1 - Math.exp(-Math.exp(1.5))],
  ])('with link %s', async (link, y) => {
    const xml = glm(`modelType="generalizedLinear" functionName="regression" linkFunction="${link}"`)
    expect(await score(xml, [{ x: 2 }, {}])).toEqual([{ y: near(y) }, { y: null }])
  })
})

describe('GeneralRegressionModel by the letter', () => {
  const cell = (parameter: string, beta: number, category = '') =>
    `<PCell parameterName="${parameter}" beta="${beta}"${category && ` targetCategory="${category}"`}/>`
  const model = (type: string, attributes: string, cells: string) =>
    document(
      { x: 'double', s: 'string', y: type },
      `<GeneralRegressionModel ${attributes}>${schema(['x', 's'])}<ParameterList><Parameter name="p0"/><Parameter name="p1"/></ParameterList><FactorList><Predictor name="s"/></FactorList><CovariateList><Predictor name="x"/></CovariateList><PPMatrix><PPCell value="1" predictorName="x" parameterName="p1"/><PPCell value="a" predictorName="s" parameterName="p1"/></PPMatrix><ParamMatrix>${cells}</ParamMatrix></GeneralRegressionModel>`,
    )
  const linear = 'functionName="regression" modelType="generalLinear"'
  const general = 'functionName="regression" modelType="generalizedLinear"'

  test('a covariate is not missed where the factor beside it has another value', async () => {
    const xml = model('double', linear, cell('p0', 1) + cell('p1', 2))
    expect(await score(xml, [{ x: 3, s: 'a' }, { s: 'b' }, { s: 'a' }, { x: 3 }])).toEqual([
      { y: 7 },
      { y: 1 },
      { y: null },
      { y: null },
    ])
  })

  test('a linear model has no offset', async () => {
    const offset = 'linkFunction="identity" offsetValue="0.5"'
    expect(await score(model('double', `${linear} ${offset}`, cell('p0', 1)), [{}])).toEqual([{ y: 1 }])
    expect(await score(model('double', `${general} ${offset}`, cell('p0', 1)), [{}])).toEqual([{ y: 1.5 }])
  })

  test('the parameter of negbin is that of the distribution', async () => {
    const negbin = `${general} linkFunction="negbin" linkParameter="2" distParameter="0.5"`
    expect(await score(model('double', negbin, cell('p0', -1)), [{}])).toEqual([
      { y: expect.closeTo(1 / (0.5 * (Math.E - 1)), 12) },
    ])
  })

  test('on a tie the reference category loses; cells without a category count only where none names one', async () => {
    const logit =
      'functionName="classification" modelType="generalizedLinear" linkFunction="logit" targetReferenceCategory="A"'
    const classes = 'string|<Value value="A"/><Value value="B"/>'
    const xml = model(classes, logit, cell('p0', 0, 'B') + cell('p1', 9))
    expect(await score(xml, [{ x: 3, s: 'a' }])).toEqual([{ y: 'B' }])
  })

  test('an ordinal model has its cumulative link, whatever the linkFunction beside it', async () => {
    const classes = 'string|<Value value="A"/><Value value="B"/>'
    const links = 'cumulativeLink="logit" linkFunction="loglog"'
    const xml = model(
      classes,
      `functionName="classification" modelType="ordinalMultinomial" ${links}`,
      cell('p0', 1, 'A'),
    ).replace(
      '<ParameterList>',
      '<Output><OutputField name="a" feature="probability" value="A"/></Output><ParameterList>',
    )
    expect(await score(xml, [{}])).toEqual([{ y: 'A', a: near(1 / (1 + Math.exp(-1))) }])
  })
})
