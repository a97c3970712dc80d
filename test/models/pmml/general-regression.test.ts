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
