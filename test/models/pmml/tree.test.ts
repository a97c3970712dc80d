import { describe, expect, test } from 'vitest'
import type { MillraceError } from '../../../src/core/errors.ts'
import { Machine } from '../../../src/models/pmml/machine.ts'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import { canRunForest, ForestRunner, TreeEngine } from '../../../src/models/pmml/tree.ts'
import type { TreePlan } from '../../../src/models/pmml/tree-plan.ts'
import { seeded } from '../../random.ts'
import { document, prepare, schema, score } from './documents.ts'

const fields = { a: 'double', b: 'double', c: 'string', y: 'double' }
const operators = ['lessThan', 'lessOrEqual', 'greaterThan', 'greaterOrEqual', 'equal', 'notEqual']

/** A random tree: any number of children, all kinds of predicate, scores and default children here and there. */
function randomNode(
  rnd: () => number,
  depth: number,
  predicate: string,
  ids: { next: number },
  strategy: string,
): string {
  const id = `n${ids.next++}`
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rnd() * list.length)] as T
  const own = rnd() < 0.8 || depth === 0 ? ` score="${ids.next}"` : ''
  if (depth === 0) return `<Node id="${id}"${own}>${predicate}</Node>`
  const numeric = (field: string, operator: string, value: number) =>
    `<SimplePredicate field="${field}" operator="${operator}" value="${value}"/>`
  const predicates: string[] = []
  const field = pick(['a', 'b'])
  const value = Math.floor(rnd() * 5)
  const shape = rnd()
  if (shape < 0.4) predicates.push(numeric(field, 'lessOrEqual', value), numeric(field, 'greaterThan', value))
  else if (shape < 0.6) predicates.push(numeric(field, pick(operators), value), '<True/>')
  else if (shape < 0.8) {
    const set = '<Array type="string">u v</Array>'
    predicates.push(
      `<SimpleSetPredicate field="c" booleanOperator="isIn">${set}</SimpleSetPredicate>`,
      `<SimpleSetPredicate field="c" booleanOperator="isNotIn">${set}</SimpleSetPredicate>`,
    )
  } else {
    predicates.push(
      `<CompoundPredicate booleanOperator="${pick(['and', 'or', 'xor', 'surrogate'])}">${numeric('a', pick(operators), value)}${numeric('b', pick(operators), value)}</CompoundPredicate>`,
      numeric(field, pick(operators), value),
      '<SimplePredicate field="c" operator="isMissing"/>',
    )
  }
  const first = ids.next
  const children = predicates.map((p) => randomNode(rnd, depth - 1, p, ids, strategy))
  const chosen = strategy === 'defaultChild' && rnd() < 0.7 ? ` defaultChild="n${first}"` : ''
  return `<Node id="${id}"${own}${chosen}>${predicate}${children.join('')}</Node>`
}

describe('the two ways to walk a tree', () => {
  for (const strategy of ['none', 'nullPrediction', 'lastPrediction', 'defaultChild']) {
    test(`end at the same node for every record, with missing values treated by ${strategy}`, async () => {
      const rnd = seeded(strategy.length)
      for (let round = 0; round < 12; round++) {
        const noTrue = rnd() < 0.5 ? 'returnLastPrediction' : 'returnNullPrediction'
        const body = randomNode(rnd, 4, '<True/>', { next: 0 }, strategy)
        const xml = document(
          fields,
          `<TreeModel functionName="regression" missingValueStrategy="${strategy}" noTrueChildStrategy="${noTrue}">${schema(['a', 'b', 'c'])}${body}</TreeModel>`,
        )
        const plan = (await prepare(xml)).payload as Plan
        const tree = plan.model.body as TreePlan
        expect(canRunForest([tree], plan.trees) || plan.trees.predicates.offsets.length > 21).toBe(true)
        const machine = new Machine(plan)
        const engine = new TreeEngine(plan.trees, machine)
        const runner = new ForestRunner([tree], engine, machine)
        for (let i = 0; i < 60; i++) {
          machine.clock.record++
          for (const input of plan.inputs) {
            const isMissing = rnd() < 0.25
            machine.values[input.slot] = isMissing
              ? undefined
              : input.name === 'c'
                ? rnd() < 0.5
                  ? 'u'
                  : 'w'
                : Math.floor(rnd() * 6)
          }
          runner.run()
          expect(runner.nodes[0]).toBe(engine.walk(tree))
        }
      }
    })
  }
})

const split = (strategy: string, more = '') =>
  document(
    { a: 'double', y: 'string' },
    `<TreeModel functionName="classification" missingValueStrategy="${strategy}" ${more}>${schema(['a'])}<Output><OutputField name="p" feature="probability" value="A"/><OutputField name="id" feature="entityId"/></Output>
    <Node id="r" score="A" recordCount="10" defaultChild="n2"><True/><ScoreDistribution value="A" recordCount="6"/><ScoreDistribution value="B" recordCount="4"/>
    <Node id="n1" score="B" recordCount="4"><SimplePredicate field="a" operator="lessThan" value="2"/><ScoreDistribution value="A" recordCount="1"/><ScoreDistribution value="B" recordCount="3"/></Node>
    <Node id="n2" score="A" recordCount="6"><SimplePredicate field="a" operator="greaterOrEqual" value="2"/><ScoreDistribution value="A" recordCount="5"/><ScoreDistribution value="B" recordCount="1"/></Node></Node></TreeModel>`,
  )

describe('a missing value', () => {
  test.each([
    ['nullPrediction', null, null],
    ['lastPrediction', 'A', 'r'],
    ['defaultChild', 'A', 'n2'],
    ['none', null, null],
  ])('with %s gives %s at node %s', async (strategy, y, id) => {
    const [missing, low, high] = await score(split(strategy), [{ a: null }, { a: 1 }, { a: '2' }])
    expect(missing).toMatchObject({ y, id })
    expect(low).toEqual({ y: 'B', p: 0.25, id: 'n1' })
    expect(high).toEqual({ y: 'A', p: 5 / 6, id: 'n2' })
  })

  test('with weightedConfidence weighs the children by their records', async () => {
    const [missing] = await score(split('weightedConfidence'), [{ a: null }])
    expect(missing).toMatchObject({ y: 'A', p: expect.closeTo((0.25 * 4 + (5 / 6) * 6) / 10, 12) })
  })

  test('with aggregateNodes adds up the records of the leaves', async () => {
    const [missing] = await score(split('aggregateNodes'), [{ a: null }])
    expect(missing).toMatchObject({ y: 'A', p: expect.closeTo(0.6, 12) })
  })
})

test('a fault of a field that the record does not pass by refuses nothing', async () => {
  const xml = document(
    { a: 'double', b: 'double', y: 'double' },
    `<TreeModel functionName="regression">${schema(['a', 'b'])}<Node><True/><Node score="1"><SimplePredicate field="a" operator="lessThan" value="0"/></Node><Node><SimplePredicate field="a" operator="greaterOrEqual" value="0"/><Node score="2"><SimplePredicate field="b" operator="lessThan" value="0"/></Node></Node></Node></TreeModel>`,
  )
  const [left, right] = await score(xml, [
    { a: -1, b: 'abc' },
    { a: 1, b: 'abc' },
  ])
  expect(left).toEqual({ y: 1 })
  expect((right as MillraceError).code).toBe('MODEL_INPUT_INVALID')
  expect((right as MillraceError).message).toBe('field "b" has the value "abc", expected a value of type double')
})

test.each(['weightedConfidence', 'aggregateNodes'])('%s is for missing values only', async (strategy) => {
  const xml = document(
    { x: 'double', y: 'double' },
    `<TreeModel functionName="regression" missingValueStrategy="${strategy}" noTrueChildStrategy="returnLastPrediction">${schema(['x'])}<Output><OutputField name="node" feature="entityId"/></Output><Node id="a" score="1"><True/><Node id="b" score="2"><SimplePredicate field="x" operator="lessThan" value="0"/></Node></Node></TreeModel>`,
  )
  expect(await score(xml, [{ x: -1 }, { x: 1 }])).toEqual([
    { y: 2, node: 'b' },
    { y: 1, node: 'a' },
  ])
})
