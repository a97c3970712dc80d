import { expect, test } from 'vitest'
import { columnSlotOf } from '../../../src/models/pmml/forest-gather.ts'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { seeded } from '../../random.ts'
import { document, prepare, schema, score } from './documents.ts'

const values = ['red', 'green', 'blue', 'grey', 'black', 'white', null]

/** A tree that gives `points` where the test holds, 1 where it does not, and 0.5 where it is unknown. */
const tree = (test: string, points: number) => `<Segment><True/>
  <TreeModel functionName="regression" missingValueStrategy="defaultChild">${schema(['c', 'a'])}
    <Node id="r" defaultChild="u"><True/>
      <Node id="y" score="${points}">${test}</Node><Node id="n" score="1"><True/></Node><Node id="u" score="0.5"><False/></Node>
    </Node></TreeModel></Segment>`
const isIn = (list: string) =>
  `<SimpleSetPredicate field="c" booleanOperator="isIn"><Array type="string">${list}</Array></SimpleSetPredicate>`
const xml = document(
  { c: 'string', a: 'double', y: 'double' },
  `<MiningModel functionName="regression">${schema(['c', 'a'])}<Segmentation multipleModelMethod="sum">
    ${tree(isIn('red green'), 10)}
    ${tree('<SimplePredicate field="c" operator="equal" value="grey"/>', 100)}
    ${tree('<SimplePredicate field="a" operator="lessThan" value="3"/>', 1000)}
    ${tree('<SimplePredicate field="c" operator="isMissing"/>', 10000)}
  </Segmentation></MiningModel>`,
)

test('tests of a text field hold for each record by its own value, whatever came before', async () => {
  const random = seeded(7)
  const pick = () => values[Math.floor(random() * values.length)] as string | null
  const records = Array.from({ length: 500 }, () => ({ c: pick(), a: random() * 6 }))
  const expected = records.map(({ c, a }) => {
    const isKnown = c !== null
    const first = isKnown ? (c === 'red' || c === 'green' ? 10 : 1) : 0.5
    const second = isKnown ? (c === 'grey' ? 100 : 1) : 0.5
    return { y: first + second + (a < 3 ? 1000 : 1) + (isKnown ? 1 : 10000) }
  })
  expect(await score(xml, records)).toEqual(expected)
})

test('only a test of one field has a column', async () => {
  const payload = (await prepare(xml)).payload as Plan
  const slots = Array.from(payload.trees.features, (_, feature) => columnSlotOf(feature, payload.trees))
  const text = payload.inputs.find((input) => input.name === 'c')
  expect([...new Set(slots)]).toEqual([text?.slot, null])
})
