import { expect, test } from 'vitest'
import { leafScores, leafShares, sumOfScores, sumOfShares } from '../../../src/models/pmml/forest-sums.ts'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { interpretPlan, openPlan } from '../../../src/models/pmml/scorer.ts'
import { seeded } from '../../random.ts'
import { document, prepare, schema } from './documents.ts'

const random = seeded(31)
const labels = ['u', 'v', 'w']
const number = () => String(Math.fround(random() * 100 - 30))

function leaf(isClass: boolean): string {
  if (!isClass) return ` score="${number()}"/>`
  const counts = labels.map(
    (value) => `<ScoreDistribution value="${value}" recordCount="${Math.ceil(random() * 50)}"/>`,
  )
  return ` score="${labels[Math.floor(random() * 3)]}">${counts.join('')}</Node>`
}

/** Two fields, four leaves; a record without x has no prediction, unless the tree has a default. */
function tree(isClass: boolean, attributes: string): string {
  const test = (field: string, operator: string, value: string) =>
    `<SimplePredicate field="${field}" operator="${operator}" value="${value}"/>`
  const split = (field: string, below: string, above: string, id: string) => {
    const value = number()
    return `<Node id="${id}1">${test(field, 'lessThan', value)}${below}</Node><Node id="${id}2">${test(field, 'greaterOrEqual', value)}${above}</Node>`
  }
  const ends = (id: string) => {
    const value = number()
    const [low, high] = [leaf(isClass), leaf(isClass)]
    const close = (end: string, predicate: string) =>
      end.endsWith('/>') ? end.replace('/>', `>${predicate}</Node>`) : end.replace('>', `>${predicate}`)
    return `<Node id="${id}3"${close(low, test('z', 'lessThan', value))}<Node id="${id}4"${close(high, test('z', 'greaterOrEqual', value))}`
  }
  const name = isClass ? 'classification' : 'regression'
  return `<TreeModel functionName="${name}" ${attributes}>${schema(['x', 'z'])}<Node id="r" defaultChild="a1"><True/>${split('x', ends('b'), ends('c'), 'a')}</Node></TreeModel>`
}

function forest(isClass: boolean, method: string, attributes: string, strategy: string): string {
  const segments = Array.from(
    { length: 13 },
    (_, i) =>
      `<Segment weight="${1 + (i % 3) / 7}"><True/>${tree(isClass, `missingValueStrategy="${strategy}"`)}</Segment>`,
  )
  const values = labels.map((value) => `<Value value="${value}"/>`).join('')
  return document(
    { x: 'double', z: 'double', y: isClass ? `string|${values}` : 'double' },
    `<MiningModel functionName="${isClass ? 'classification' : 'regression'}" ${attributes}>${schema(['x', 'z'])}<Segmentation multipleModelMethod="${method}">${segments.join('')}</Segmentation></MiningModel>`,
  )
}

const kinds = [
  [false, 'sum'],
  [false, 'average'],
  [false, 'weightedAverage'],
  [true, 'average'],
  [true, 'weightedAverage'],
  [true, 'majorityVote'],
] as const

test.each(kinds)('classes %s, %s: sums by leaf are the bits that members one by one give', async (isClass, method) => {
  for (const attributes of ['', 'x-mathContext="float"'])
    for (const strategy of ['none', 'nullPrediction', 'defaultChild']) {
      const plan = (await prepare(forest(isClass, method, attributes, strategy))).payload as Plan
      const [compiled, interpreted] = [openPlan(plan), interpretPlan(plan)]
      for (let row = 0; row < 200; row++) {
        const record = {
          x: random() < 0.1 ? null : random() * 100 - 30,
          z: random() < 0.1 ? null : random() * 100 - 30,
        }
        expect([strategy, record, compiled(record)]).toEqual([strategy, record, interpreted(record)])
      }
    }
})

test('a leaf that gives nothing makes a sum nothing; large forests have no table', async () => {
  const { trees } = (await prepare(forest(true, 'average', '', 'none'))).payload as Plan
  const shares = leafShares(trees, 3) as Float64Array
  const sums = new Float64Array(3)
  const inner = trees.forest.payload.indexOf(-1)
  expect(sumOfShares(Int32Array.of(inner), shares, null, sums)).toBe(false)
  expect(sumOfScores(Int32Array.of(inner), leafScores(trees) as Float64Array, null, false)).toBeNaN()
  const forestOfMany = { ...trees.forest, payload: new Int32Array(300_001) }
  expect([leafScores({ ...trees, forest: forestOfMany }), leafShares({ ...trees, forest: forestOfMany }, 3)]).toEqual([
    null,
    null,
  ])
})
