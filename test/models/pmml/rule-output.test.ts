import { expect, test } from 'vitest'
import { document, prepare, refusal, score } from './documents.ts'

const items = ['a', 'b', 'c'].map(
  (v) => `<Item id="${v}" value="${v}"/><Itemset id="s${v}"><ItemRef itemRef="${v}"/></Itemset>`,
)
const rule = (id: string, to: string, measures: string) =>
  `<AssociationRule id="${id}" antecedent="sa" consequent="s${to}" ${measures}/>`
const rules =
  rule('r1', 'b', 'support="0.1" confidence="0.9" lift="1"') +
  rule('r2', 'c', 'support="0.3" confidence="0.5"') +
  rule('r3', 'a', 'support="0.2" confidence="0.7" lift="3"')
const of = (outputs: string) =>
  document(
    { item: 'string' },
    `<AssociationModel functionName="associationRules" minimumSupport="0" minimumConfidence="0"><MiningSchema><MiningField name="item"/></MiningSchema><Output>${outputs}</Output>${items.map((i) => i.slice(0, i.indexOf('<Itemset'))).join('')}${items.map((i) => i.slice(i.indexOf('<Itemset'))).join('')}${rules}</AssociationModel>`,
  )
const output = (rest: string) => `<OutputField name="o" feature="ruleValue" ${rest}/>`
const shown = async (rest: string) => {
  const [prediction] = await score(of(output(rest)), [{ item: ['a', 'b'] }])
  return (prediction as { o: unknown }).o
}
const all = 'ruleFeature="ruleId" rank="0" isMultiValued="1"'

test.each([
  ['algorithm="recommendation"', ['r1', 'r3', 'r2']],
  ['algorithm="recommendation" rankOrder="ascending"', ['r2', 'r3', 'r1']],
  ['algorithm="recommendation" rankBasis="support"', ['r2', 'r3', 'r1']],
  ['algorithm="recommendation" rankBasis="lift"', ['r3', 'r1', 'r2']],
  ['algorithm="recommendation" rankBasis="lift" rankOrder="ascending"', ['r1', 'r3', 'r2']],
  ['algorithm="exclusiveRecommendation"', ['r2']],
  ['algorithm="ruleAssociation"', ['r1', 'r3']],
])('all rules by %s', async (choice, expected) => {
  expect(await shown(`${all} ${choice}`)).toEqual(expected)
})

test('one of a rank, or the first few', async () => {
  const recommendation = 'algorithm="recommendation"'
  expect(await shown(`ruleFeature="ruleId" rank="2" ${recommendation}`)).toBe('r3')
  expect(await shown(`ruleFeature="ruleId" rank="4" ${recommendation}`)).toBe(null)
  expect(await shown(`ruleFeature="ruleId" rank="2" isMultiValued="1" ${recommendation}`)).toEqual(['r1', 'r3'])
  expect(await shown(`ruleFeature="rule" ${recommendation}`)).toBe('{a}->{b}')
  expect(await shown(`ruleFeature="consequent" ${recommendation}`)).toEqual(['b'])
  expect(await shown(`ruleFeature="lift" rank="3" ${recommendation}`)).toBe(null)
})

test('lists are lists in the signature', async () => {
  const outputs = ['rank="1" ruleFeature="ruleId"', 'rank="1" ruleFeature="antecedent"', all].map((rest, i) =>
    output(rest).replace('name="o"', `name="o${i}"`),
  )
  expect((await prepare(of(outputs.join('')))).signature.outputs.map(({ shape }) => shape)).toEqual([
    [],
    [null],
    [null],
  ])
})

test('a way of ranking that PMML does not know is refused', async () => {
  expect((await refusal(of(output('rankBasis="beauty"')))).message).toContain('rankBasis="beauty"')
})
