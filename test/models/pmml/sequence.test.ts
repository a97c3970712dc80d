import { expect, test } from 'vitest'
import type { RecordValue } from '../../../src/schema/value.ts'
import { document, prepare, refusal, score } from './documents.ts'

const reference = (set: string) => `<SetReference setId="${set}"/>`
const delimiter = (name: string, gap: string) => `<Delimiter delimiter="${name}" gap="${gap}"/>`
const sequence = (id: string, inner: string) => `<Sequence id="${id}" numberOfSets="1">${inner}</Sequence>`
const side = (name: string, id: string) => `<${name}Sequence><SequenceReference seqId="${id}"/></${name}Sequence>`
const rule = (id: string, from: string, link: string, to: string, confidence: number) =>
  `<SequenceRule id="${id}" numberOfSets="2" occurrence="1" support="0.5" confidence="${confidence}">${side('Antecedent', from)}${link}${side('Consequent', to)}</SequenceRule>`
const items = ['a', 'b', 'c'].map((v) => `<Item id="${v}" value="${v}"/>`).join('')
const sets = ['a', 'b', 'c'].map((v) => `<Itemset id="s${v}"><ItemRef itemRef="${v}"/></Itemset>`).join('')
const singles = ['a', 'b', 'c'].map((v) => sequence(v, reference(`s${v}`))).join('')
const output = (name: string, rest: string) => `<OutputField name="${name}" feature="ruleValue" ${rest}/>`
const all = output('ids', 'ruleFeature="ruleId" rank="0" isMultiValued="1" algorithm="ALGORITHM"')

const of = (rules: string, algorithm = 'ruleAssociation', more = '', outputs = all) =>
  document(
    { who: 'string', item: 'string', day: 'integer' },
    `<SequenceModel functionName="sequences"><MiningSchema><MiningField name="who" usageType="group"/><MiningField name="day" usageType="order"/><MiningField name="item"/></MiningSchema><Output>${outputs.replace('ALGORITHM', algorithm)}</Output>${items}${sets}${singles}${more}${rules}</SequenceModel>`,
  )
const rows = (...pairs: (readonly [number, string])[]): RecordValue => ({
  who: 'x',
  day: pairs.map(([day]) => day),
  item: pairs.map(([, item]) => item),
})

test.each([
  ['acrossTimeWindows', 'unknown', [true, true, false, false]],
  ['acrossTimeWindows', 'false', [true, false, false, false]],
  ['acrossTimeWindows', 'true', [false, true, false, false]],
  ['sameTimeWindow', 'unknown', [false, false, false, true]],
])('%s with gap="%s" tells where the next set may lie', async (name, gap, expected) => {
  const records = [
    rows([1, 'a'], [2, 'b']),
    rows([1, 'a'], [2, 'c'], [3, 'b']),
    rows([2, 'a'], [1, 'b']),
    rows([1, 'a'], [1, 'b']),
  ]
  const results = await score(of(rule('r', 'a', delimiter(name, gap), 'b', 0.5)), records)
  expect(results.map((result) => (result as { ids: string[] }).ids.length > 0)).toEqual(expected)
})

test('recommendations need the antecedent only, exclusive ones that the whole does not occur', async () => {
  const rules =
    rule('ab', 'a', delimiter('acrossTimeWindows', 'unknown'), 'b', 0.5) +
    rule('ac', 'a', delimiter('acrossTimeWindows', 'unknown'), 'c', 0.9)
  const record = [rows([1, 'a'], [2, 'b'])]
  expect(await score(of(rules, 'recommendation'), record)).toEqual([{ ids: ['ac', 'ab'] }])
  expect(await score(of(rules, 'exclusiveRecommendation'), record)).toEqual([{ ids: ['ac'] }])
  expect(await score(of(rules, 'ruleAssociation'), record)).toEqual([{ ids: ['ab'] }])
})

test('outputs show the sets of a rule in order', async () => {
  const more = sequence('a-b', reference('sa') + delimiter('acrossTimeWindows', 'false') + reference('sb'))
  const shown =
    output('next', 'ruleFeature="consequent" algorithm="recommendation"') +
    output('rule', 'ruleFeature="rule" algorithm="recommendation"')
  const rules = rule('r', 'a-b', delimiter('acrossTimeWindows', 'unknown'), 'c', 0.5)
  const results = await score(of(rules, '', more, shown), [
    rows([1, 'a'], [2, 'b']),
    rows([1, 'a'], [2, 'c'], [3, 'b']),
  ])
  expect(results).toEqual([
    { next: [['c']], rule: '{a}{b}->{c}' },
    { next: null, rule: null },
  ])
})

test('a set predicate asks one field', async () => {
  const more =
    '<SetPredicate id="p" field="item" operator="supersetOf"><Array type="string" n="2">a b</Array></SetPredicate>' +
    sequence('both', reference('p'))
  const rules = rule('r', 'both', delimiter('acrossTimeWindows', 'unknown'), 'c', 0.5)
  const results = await score(of(rules, 'recommendation', more), [rows([1, 'a'], [1, 'b']), rows([1, 'a'], [2, 'b'])])
  expect(results).toEqual([{ ids: ['r'] }, { ids: [] }])
})

test('a set predicate by another operator is refused', async () => {
  const more =
    '<SetPredicate id="p" field="item" operator="subsetOf"><Array type="string" n="1">a</Array></SetPredicate>'
  const rules = rule('r', 'a', delimiter('acrossTimeWindows', 'unknown'), 'c', 0.5)
  expect((await refusal(of(rules, '', more))).message).toContain('operator="subsetOf"')
})

test('without a field of order each item of the list is a set', async () => {
  const rules = rule('r', 'a', delimiter('acrossTimeWindows', 'false'), 'b', 0.5)
  const xml = of(rules).replace('<MiningField name="day" usageType="order"/>', '')
  expect(await score(xml, [{ item: ['a', 'b'] }, { item: ['b', 'a'] }, {}])).toEqual([
    { ids: ['r'] },
    { ids: [] },
    { ids: [] },
  ])
})

test('what is not declared is a fault of the document', async () => {
  const missing = (await refusal(of(rule('r', 'z', '', 'b', 0.5)))).message
  expect(missing).toContain('sequence "z" is not declared')
  expect((await refusal(of('', '', sequence('q', reference('nope'))))).message).toContain(
    'item set "nope" is not declared',
  )
})

test('the signature says which fields are lists', async () => {
  const { inputs } = (await prepare(of(rule('r', 'a', '', 'b', 0.5)))).signature
  expect(inputs.map(({ name, shape }) => [name, shape])).toEqual([
    ['who', []],
    ['day', [null]],
    ['item', [null]],
  ])
})
