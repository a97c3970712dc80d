import { expect, test } from 'vitest'
import { document, score } from './documents.ts'

test('AssociationModel: rules whose antecedent the record holds, best first', async () => {
  const xml = document(
    { item: 'string' },
    `<AssociationModel functionName="associationRules" minimumSupport="0" minimumConfidence="0"><MiningSchema><MiningField name="item"/></MiningSchema><Output><OutputField name="ids" feature="ruleValue" ruleFeature="ruleId" algorithm="recommendation" rank="0" isMultiValued="1"/><OutputField name="new" feature="consequent" algorithm="exclusiveRecommendation"/></Output><Item id="1" value="a"/><Item id="2" value="b"/><Itemset id="s1"><ItemRef itemRef="1"/></Itemset><Itemset id="s2"><ItemRef itemRef="2"/></Itemset><AssociationRule id="r1" antecedent="s1" consequent="s2" support="1" confidence="0.5"/><AssociationRule id="r2" antecedent="s1" consequent="s1" support="1" confidence="0.9"/></AssociationModel>`,
  )
  expect(await score(xml, [{ item: ['a'] }, { item: ['b'] }])).toEqual([
    { ids: ['r2', 'r1'], new: ['b'] },
    { ids: [], new: null },
  ])
})
