import { expect, test } from 'vitest'
import { document, refusal, schema, score } from './documents.ts'

test('a PPCell of one category belongs to its equation only', async () => {
  const of = (category: string) =>
    document(
      { x: 'double', z: 'double', y: 'string|<Value value="a"/><Value value="b"/><Value value="c"/>' },
      `<GeneralRegressionModel functionName="classification" modelType="multinomialLogistic" targetReferenceCategory="c">${schema(['x', 'z'])}<Output>${['a', 'b', 'c'].map((c) => `<OutputField name="p${c}" feature="probability" value="${c}"/>`).join('')}</Output><ParameterList><Parameter name="p0"/></ParameterList><FactorList/><CovariateList><Predictor name="x"/><Predictor name="z"/></CovariateList><PPMatrix><PPCell predictorName="x" parameterName="p0" value="1"/><PPCell predictorName="z" parameterName="p0" value="1" targetCategory="${category}"/></PPMatrix><ParamMatrix><PCell targetCategory="a" parameterName="p0" beta="0.5"/><PCell targetCategory="b" parameterName="p0" beta="0.5"/></ParamMatrix></GeneralRegressionModel>`,
    )
  const [prediction] = await score(of('b'), [{ x: 2, z: 3 }])
  // a: 0.5 x; b: 0.5 x z; c: 0
  const total = Math.exp(1) + Math.exp(3) + 1
  expect(prediction).toMatchObject({
    pa: expect.closeTo(Math.exp(1) / total, 12),
    pb: expect.closeTo(Math.exp(3) / total, 12),
    pc: expect.closeTo(1 / total, 12),
  })
  expect((await refusal(of('q'))).message).toContain('category "q", which nothing else names')
})
