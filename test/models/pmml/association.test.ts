import { expect, test } from 'vitest'
import { document, prepare, score } from './documents.ts'

test('AssociationModel: rules whose antecedent the record holds, best first', async () => {
  const xml = document(
    { item: 'string' },
    `<AssociationModel functionName="associationRules" minimumSupport="0" minimumConfidence="0"><MiningSchema><MiningField name="item"/></MiningSchema><Output><OutputField name="ids" feature="ruleValue" ruleFeature="ruleId" algorithm="recommendation" rank="0" isMultiValued="1"/><OutputField name="new" feature="consequent" algorithm="exclusiveRecommendation"/></Output><Item id="1" value="a"/><Item id="2" value="b"/><Itemset id="s1"><ItemRef itemRef="1"/></Itemset><Itemset id="s2"><ItemRef itemRef="2"/></Itemset><AssociationRule id="r1" antecedent="s1" consequent="s2" support="1" confidence="0.5"/><AssociationRule id="r2" antecedent="s1" consequent="s1" support="1" confidence="0.9"/></AssociationModel>`,
  )
  expect((await prepare(xml)).signature.outputs.map(({ shape }) => shape)).toEqual([[null], [null]])
  expect(await score(xml, [{ item: ['a'] }, { item: ['b'] }])).toEqual([
    { ids: ['r2', 'r1'], new: ['b'] },
    { ids: [], new: null },
  ])
})

test('items are told by their value, by field=value, or by a field and its category', async () => {
  const rule = (id: string, set: string) =>
    `<AssociationRule id="${id}" antecedent="${set}" consequent="${set}" support="1" confidence="0.5"/>`
  const set = (id: string) => `<Itemset id="s${id}"><ItemRef itemRef="${id}"/></Itemset>`
  const xml = document(
    { item: 'string', age: 'string' },
    `<AssociationModel functionName="associationRules" minimumSupport="0" minimumConfidence="0"><MiningSchema><MiningField name="item"/><MiningField name="age"/></MiningSchema><Output><OutputField name="ids" feature="ruleValue" ruleFeature="ruleId" algorithm="recommendation" rank="0" isMultiValued="1"/></Output><Item id="1" value="4006381" mappedValue="milk"/><Item id="2" value="age=young"/><Item id="3" value="old people" field="age" category="old"/>${set('1')}${set('2')}${set('3')}${rule('r1', 's1')}${rule('r2', 's2')}${rule('r3', 's3')}</AssociationModel>`,
  )
  const records = [{ item: ['4006381'] }, { item: ['milk'] }, { age: 'young' }, { age: 'old' }]
  expect(await score(xml, records)).toEqual([{ ids: ['r1'] }, { ids: [] }, { ids: ['r2'] }, { ids: ['r3'] }])
})

test('items of a group come as a list, items of a table one by field', async () => {
  const of = (group: string) =>
    document(
      { id: 'string', item: 'string' },
      `<AssociationModel functionName="associationRules" minimumSupport="0" minimumConfidence="0"><MiningSchema><MiningField name="id" usageType="${group}"/><MiningField name="item"/></MiningSchema></AssociationModel>`,
    )
  const shapes = async (xml: string) => (await prepare(xml)).signature.inputs.map(({ shape }) => shape)
  expect(await shapes(of('group'))).toEqual([[], [null]])
  expect(await shapes(of('supplementary'))).toEqual([[]])
})
