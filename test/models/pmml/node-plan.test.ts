import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { predicateAt } from '../../../src/models/pmml/predicate-table.ts'
import { Op } from '../../../src/models/pmml/tree-ops.ts'
import { document, prepare, refusal, schema, score } from './documents.ts'

const fields = { x: 'double', f: 'float', i: 'integer', s: 'string', y: 'string' }
const classifier = (nodes: string, attributes = '', rest = '') =>
  document(
    fields,
    `<TreeModel functionName="classification"${attributes}>${schema(['x', 'f', 'i', 's'])}${rest}<Node><True/>${nodes}</Node></TreeModel>`,
  )
const plan = async (xml: string) => (await prepare(xml)).payload as Plan
const test1 = (field: string, operator: string, value: string) =>
  `<SimplePredicate field="${field}" operator="${operator}" value="${value}"/>`

test('comparisons of numbers are stored as the type of their field has them, others as predicates', async () => {
  const { trees } = await plan(
    classifier(
      [
        test1('x', 'lessThan', '0.1'),
        test1('f', 'greaterOrEqual', '0.1'),
        test1('i', 'notEqual', '7'),
        test1('i', 'lessThan', '7.5'),
        test1('s', 'equal', '1'),
        '<SimplePredicate field="x" operator="isMissing"/>',
        '<False/>',
      ]
        .map((predicate) => `<Node score="a">${predicate}</Node>`)
        .join(''),
    ),
  )
  expect([...trees.op]).toEqual([Op.true, Op.lt, Op.ge, Op.ne, Op.other, Op.other, Op.other, Op.false])
  expect([...trees.value].slice(1, 4)).toEqual([0.1, Math.fround(0.1), 7])
  expect([0, 1, 2].map((i) => predicateAt(trees.predicates, i).kind)).toEqual(['cell', 'cell', 'missing'])
})

describe('distributions', () => {
  const entry = (value: string, rest: string) => `<ScoreDistribution value="${value}" ${rest}/>`
  const first = async (entries: string, attributes = '') => {
    const { trees, model } = await plan(
      classifier(`<Node>${test1('x', 'lessThan', '1')}${entries}</Node><Node score="c"><True/></Node>`, attributes),
    )
    return { trees, shares: [...trees.shares], categories: model.categories, score: trees.score[1] }
  }

  test('have a place for every label, the parts of the counts where no probability is stated', async () => {
    const found = await first(entry('b', 'recordCount="1"') + entry('a', 'recordCount="3"'))
    expect(found).toMatchObject({ categories: ['b', 'a', 'c'], shares: [0.25, 0.75, 0], score: 1 })
    expect(found.trees).toMatchObject({ confidences: null, counts: null })
  })

  test('state probabilities and confidences', async () => {
    const { shares, trees } = await first(
      entry('b', 'recordCount="1" probability="0.75"') +
        entry('a', 'recordCount="3" probability="0.25" confidence="0.2"'),
    )
    expect(shares).toEqual([0.75, 0.25, 0])
    expect([...(trees.confidences ?? [])]).toEqual([Number.NaN, 0.2, Number.NaN])
  })

  test('keep counts for the strategies that weigh by them', async () => {
    const { trees } = await first(
      entry('b', 'recordCount="1"') + entry('a', 'recordCount="3"'),
      ' missingValueStrategy="aggregateNodes"',
    )
    expect([...(trees.counts ?? [])]).toEqual([1, 3, 0])
  })

  test('have a place for labels that only the targets name', async () => {
    const targets = '<Targets><Target field="y"><TargetValue value="z" priorProbability="0.1"/></Target></Targets>'
    const leaf = `<Node score="a">${test1('x', 'lessThan', '1')}${entry('a', 'recordCount="2"')}</Node>`
    const { trees, model } = await plan(classifier(leaf + leaf, '', targets))
    expect(model.categories).toEqual(['a', 'z'])
    expect([...trees.shares]).toEqual([1, 0, 1, 0])
  })
})

test.each([
  [
    `<Node score="a"><True/><ScoreDistribution recordCount="1"/></Node>`,
    /ScoreDistribution .*attribute "value" is missing/,
  ],
  [`<Node score="a" recordCount="x"><True/></Node>`, /Node .*attribute "recordCount" is "x", expected a number/],
  [`<Node score="a">${test1('x', 'like', '1')}</Node>`, /SimplePredicate .*operator="like"/],
])('%s is refused', async (node, message) => {
  expect((await refusal(classifier(node))).message).toMatch(message)
})

test.each([
  ['probability="0.5"', 'probability="0.3"', 0.625],
  ['recordCount="3"', 'recordCount="7" probability="0.3"', 0.3],
])('the first of the distributions %j, %j tells what they are shares of', async (first, second, share) => {
  const xml = document(
    { x: 'double', y: 'string' },
    `<TreeModel functionName="classification">${schema(['x'])}<Output><OutputField name="a" feature="probability" value="A"/></Output><Node score="A"><True/><ScoreDistribution value="A" ${first}/><ScoreDistribution value="B" ${second}/></Node></TreeModel>`,
  )
  expect(await score(xml, [{}])).toEqual([{ y: 'A', a: expect.closeTo(share, 12) }])
})

test('distributions that would take gigabytes are refused', async () => {
  const leaves = Array.from({ length: 6000 }, (_, i) => {
    const predicate = test1('x', 'equal', String(i))
    return `<Node score="c${i}">${predicate}<ScoreDistribution value="c${i}" recordCount="1"/></Node>`
  })
  expect((await refusal(classifier(leaves.join('')))).message).toMatch(
    /Node at line 2, column \d+: distributions of 6000 categories each have over 33554432 places/,
  )
})

test('a leaf that no record came to predicts nothing', async () => {
  const leaf = (test: string, counts: readonly number[]) =>
    `<Node score="A"><SimplePredicate field="x" ${test}/>${counts.map((n, i) => `<ScoreDistribution value="${'AB'[i]}" recordCount="${n}"/>`).join('')}</Node>`
  const xml = document(
    { x: 'double', y: 'string' },
    `<TreeModel functionName="classification">${schema(['x'])}<Output><OutputField name="a" feature="probability" value="A"/></Output><Node score="B"><True/>${leaf('operator="lessThan" value="0"', [0, 0])}${leaf('operator="greaterOrEqual" value="0"', [3, 1])}</Node></TreeModel>`,
  )
  expect(await score(xml, [{ x: -1 }, { x: 1 }])).toEqual([
    { y: null, a: null },
    { y: 'A', a: 0.75 },
  ])
})
