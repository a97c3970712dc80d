import { expect, test } from 'vitest'
import { comparisons, type PredicatePlan } from '../../../src/models/pmml/plan.ts'
import { columnSlotAt, PredicateTableBuilder, predicateAt } from '../../../src/models/pmml/predicate-table.ts'
import { seeded } from '../../random.ts'

const order = ['low', 'high']

function generated(random: () => number, depth = 0): PredicatePlan {
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T
  const slot = Math.floor(random() * 3)
  const name = `f${slot}`
  const cell = () => pick(['a', 'b', '1', 1, true, 'true', 2.5])
  switch (pick(['true', 'false', 'missing', 'number', 'set', 'cell', depth < 2 ? 'compound' : 'cell'])) {
    case 'true':
      return { kind: 'true' }
    case 'false':
      return { kind: 'false' }
    case 'missing':
      return { kind: 'missing', slot, isMissing: random() < 0.5 }
    case 'number':
      return { kind: 'number', slot, operator: pick(comparisons), value: pick([0.1, -3, 7]), name }
    case 'set':
      return { kind: 'set', slot, values: Array.from({ length: Math.floor(random() * 4) }, cell), isIn: random() < 0.5 }
    case 'cell':
      return {
        kind: 'cell',
        slot,
        operator: pick(comparisons),
        value: cell(),
        order: random() < 0.3 ? order : null,
        name,
      }
    default: {
      const operands = Array.from({ length: 1 + Math.floor(random() * 3) }, () => generated(random, depth + 1))
      return { kind: 'compound', operator: pick(['and', 'or', 'xor', 'surrogate']), operands }
    }
  }
}

test('predicates come out as they went in, equal ones under one number', () => {
  const random = seeded(5)
  const builder = new PredicateTableBuilder()
  const plans = Array.from({ length: 2000 }, () => generated(random))
  const numbers = plans.map((plan) => builder.add(plan))
  const table = structuredClone(builder.finish())
  plans.forEach((plan, i) => {
    expect(predicateAt(table, numbers[i] as number)).toEqual(plan)
  })
  const texts = new Map<string, number>()
  plans.forEach((plan, i) => {
    const text = JSON.stringify(plan)
    expect(texts.get(text) ?? numbers[i]).toBe(numbers[i])
    texts.set(text, numbers[i] as number)
  })
})

test('opposites are of one field and say the contrary', () => {
  const builder = new PredicateTableBuilder()
  const set = (isIn: boolean, ...values: string[]) => builder.add({ kind: 'set', slot: 1, values, isIn })
  const cell = (operator: (typeof comparisons)[number], value: string) =>
    builder.add({ kind: 'cell', slot: 1, operator, value, order: null, name: 'f' })
  const missing = (slot: number, isMissing: boolean) => builder.add({ kind: 'missing', slot, isMissing })
  const pairs: [number, number, boolean][] = [
    [set(true, 'a', 'b'), set(false, 'a', 'b'), true],
    [set(true, 'a', 'b'), set(true, 'a', 'b'), false],
    [set(true, 'a', 'b'), set(false, 'a'), false],
    [set(true, 'a', 'b'), set(false, 'a', 'c'), false],
    [cell('equal', 'a'), cell('notEqual', 'a'), true],
    [cell('equal', 'a'), cell('notEqual', 'b'), false],
    [cell('lessThan', 'a'), cell('greaterOrEqual', 'a'), false],
    [cell('equal', 'a'), cell('lessThan', 'a'), false],
    [missing(1, true), missing(1, false), true],
    [missing(1, true), missing(2, false), false],
    [missing(1, true), set(false), false],
  ]
  expect(pairs.map(([a, b]) => builder.areOpposite(a, b))).toEqual(pairs.map(([, , expected]) => expected))
  expect(pairs.map(([a, b]) => builder.areOpposite(b, a))).toEqual(pairs.map(([, , expected]) => expected))
})

test('tests of one value tell their slot', () => {
  const builder = new PredicateTableBuilder()
  const missing = builder.add({ kind: 'missing', slot: 7, isMissing: true })
  const number = builder.add({ kind: 'number', slot: 7, operator: 'equal', value: 1, name: 'f' })
  const table = builder.finish()
  expect([columnSlotAt(table, missing), columnSlotAt(table, number)]).toEqual([7, null])
})
