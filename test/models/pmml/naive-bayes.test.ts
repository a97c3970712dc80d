import { expect, test } from 'vitest'
import { document, refusal, schema, score } from './documents.ts'

const classes = { x: 'double', z: 'double', c: 'string', y: 'string|<Value value="A"/><Value value="B"/>' }
const near = (value: number) => expect.closeTo(value, 12)

test('NaiveBayesModel: counts and densities, missing inputs left out', async () => {
  const counts = (a: number, b: number) =>
    `<TargetValueCounts><TargetValueCount value="A" count="${a}"/><TargetValueCount value="B" count="${b}"/></TargetValueCounts>`
  const xml = document(
    classes,
    `<NaiveBayesModel functionName="classification" threshold="0.001">${schema(['x', 'c'])}<Output><OutputField name="p" feature="probability" value="A"/></Output><BayesInputs><BayesInput fieldName="c"><PairCounts value="u">${counts(6, 1)}</PairCounts><PairCounts value="w">${counts(4, 9)}</PairCounts></BayesInput><BayesInput fieldName="x"><TargetValueStats><TargetValueStat value="A"><GaussianDistribution mean="0" variance="1"/></TargetValueStat><TargetValueStat value="B"><GaussianDistribution mean="2" variance="1"/></TargetValueStat></TargetValueStats></BayesInput></BayesInputs><BayesOutput fieldName="y">${counts(10, 30)}</BayesOutput></NaiveBayesModel>`,
  )
  const prior = 0.25
  const withC = (prior * 0.6) / (prior * 0.6 + 0.75 * 0.1)
  expect(await score(xml, [{}, { c: 'u' }, { x: 1 }])).toEqual([
    { y: 'B', p: near(prior) },
    { y: 'A', p: near(withC) },
    { y: 'B', p: near(prior) },
  ])
})

test('categories that only Targets name get nothing, other categories than those of BayesOutput are refused', async () => {
  const counts = (more = '') =>
    `<TargetValueCounts><TargetValueCount value="A" count="1"/><TargetValueCount value="B" count="3"/>${more}</TargetValueCounts>`
  const xml = (more: string) =>
    document(
      classes,
      `<NaiveBayesModel functionName="classification" threshold="0.001">${schema(['c'])}<Output><OutputField name="p" feature="probability" value="A"/><OutputField name="q" feature="probability" value="C"/></Output><Targets><Target field="y"><TargetValue value="C" priorProbability="1"/></Target></Targets><BayesInputs><BayesInput fieldName="c"><PairCounts value="u">${counts(more)}</PairCounts></BayesInput></BayesInputs><BayesOutput fieldName="y">${counts()}</BayesOutput></NaiveBayesModel>`,
    )
  const results = await score(xml(''), [{ c: 'v' }, { c: 'v' }])
  expect(results).toEqual([results[0], { y: 'B', p: near(0.25), q: 0 }])
  expect((await refusal(xml('<TargetValueCount value="D" count="1"/>'))).message).toContain(
    'element BayesInput at line 2, column 807: has the category "D", which BayesOutput does not have',
  )
})

test('a category that an input leaves out is not judged by it; no count can be negative', async () => {
  const counts = (entries: Readonly<Record<string, number>>) =>
    `<TargetValueCounts>${Object.entries(entries)
      .map(([value, count]) => `<TargetValueCount value="${value}" count="${count}"/>`)
      .join('')}</TargetValueCounts>`
  const poisson = ['A', 'B', 'C'].map(
    (value, i) => `<TargetValueStat value="${value}"><PoissonDistribution mean="${i + 1}"/></TargetValueStat>`,
  )
  const xml = document(
    { x: 'double', s: 'string', y: 'string' },
    `<NaiveBayesModel functionName="classification" threshold="0.001">${schema(['x', 's'])}<Output><OutputField name="c" feature="probability" value="C"/></Output><BayesInputs><BayesInput fieldName="s"><PairCounts value="a">${counts({ A: 6, B: 5 })}</PairCounts><PairCounts value="b">${counts({ A: 4, B: 0, C: 1 })}</PairCounts></BayesInput><BayesInput fieldName="x"><TargetValueStats>${poisson.join('')}</TargetValueStats></BayesInput></BayesInputs><BayesOutput fieldName="y">${counts({ A: 10, B: 5, C: 3 })}</BayesOutput></NaiveBayesModel>`,
  )
  expect(await score(xml, [{ s: 'a' }, { s: 'a', x: -1 }])).toEqual([
    { y: 'A', c: expect.closeTo(3 / 14, 12) },
    { y: 'A', c: expect.closeTo(3 / 14, 12) },
  ])
})
