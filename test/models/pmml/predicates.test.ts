import { expect, test } from 'vitest'
import { Machine } from '../../../src/models/pmml/machine.ts'
import type { Plan, PredicatePlan } from '../../../src/models/pmml/plan.ts'
import { FALSE, openPredicate, TRUE, type Truth, UNKNOWN } from '../../../src/models/pmml/predicates.ts'

const machine = new Machine({ slots: [{ kind: 'given' }] } as unknown as Plan)
const fixed: Record<string, PredicatePlan> = {
  yes: { kind: 'true' },
  no: { kind: 'false' },
  unknown: { kind: 'set', slot: 0, values: [], isIn: true },
}
const decide = (operator: 'and' | 'or' | 'xor' | 'surrogate', ...names: string[]): Truth =>
  openPredicate({ kind: 'compound', operator, operands: names.map((name) => fixed[name] as PredicatePlan) }, machine)()

test('compound predicates follow Kleene', () => {
  expect([decide('and', 'unknown', 'no'), decide('and', 'unknown', 'yes'), decide('and', 'yes', 'yes')]).toEqual([
    FALSE,
    UNKNOWN,
    TRUE,
  ])
  expect([decide('or', 'unknown', 'yes'), decide('or', 'unknown', 'no'), decide('or', 'no', 'no')]).toEqual([
    TRUE,
    UNKNOWN,
    FALSE,
  ])
  expect([decide('xor', 'yes', 'yes'), decide('xor', 'yes', 'no'), decide('xor', 'yes', 'unknown')]).toEqual([
    FALSE,
    TRUE,
    UNKNOWN,
  ])
  expect([decide('surrogate', 'unknown', 'no', 'yes'), decide('surrogate', 'unknown')]).toEqual([FALSE, UNKNOWN])
})

test('ordinal values compare by their declared order', () => {
  const predicate = openPredicate(
    { kind: 'cell', slot: 0, operator: 'lessThan', value: 'mid', order: ['low', 'mid', 'high'], name: 'f' },
    machine,
  )
  const truths = ['low', 'mid', 'high', undefined].map((value) => {
    machine.values[0] = value
    return predicate()
  })
  expect(truths).toEqual([TRUE, FALSE, FALSE, UNKNOWN])
})
