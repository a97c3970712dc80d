import { expect, test } from 'vitest'
import { Machine } from '../../../src/models/pmml/machine.ts'
import type { Plan, PredicatePlan } from '../../../src/models/pmml/plan.ts'
import { ConditionWriter } from '../../../src/models/pmml/predicate-text.ts'
import { openPredicate, TRUE } from '../../../src/models/pmml/predicates.ts'
import type { Cell } from '../../../src/models/pmml/types.ts'
import { seeded } from '../../random.ts'

const slots: Plan['slots'] = [{ kind: 'given' }, { kind: 'given' }, { kind: 'given' }]
const random = seeded(5)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const texts = ['a', 'b', '"); evil(', '', '`+1', 'c', 'd', 'e', 'f', 'g']
const comparisons = ['equal', 'notEqual', 'lessThan', 'lessOrEqual', 'greaterThan', 'greaterOrEqual'] as const

/** A random predicate: slot 0 holds numbers, slot 1 texts, slot 2 truths. */
function predicate(depth: number): PredicatePlan {
  const shape = random()
  if (depth > 0 && shape < 0.4) {
    const operands = Array.from({ length: 1 + Math.floor(random() * 3) }, () => predicate(depth - 1))
    return { kind: 'compound', operator: pick(['and', 'or']), operands }
  }
  if (shape < 0.5) return { kind: 'missing', slot: pick([0, 1, 2]), isMissing: random() < 0.5 }
  if (shape < 0.65)
    return { kind: 'number', slot: 0, operator: pick(comparisons), value: pick([-1, 0, 2.5]), name: 'n' }
  if (shape < 0.75)
    return { kind: 'cell', slot: 1, operator: pick(comparisons), value: pick(texts), order: null, name: 't' }
  if (shape < 0.8)
    return { kind: 'cell', slot: 2, operator: pick(['equal', 'notEqual']), value: true, order: null, name: 'b' }
  if (shape < 0.83) return pick([{ kind: 'true' }, { kind: 'false' }])
  const values = random() < 0.5 ? texts.slice(0, 3) : [...texts, 4, true]
  return { kind: 'set', slot: pick([0, 1, 2]), values, isIn: random() < 0.5 }
}

function compiled(plan: PredicatePlan, machine: Machine): () => boolean | null {
  const writer = new ConditionWriter(machine)
  const condition = writer.condition(plan)
  const text = `return () => {\n${writer.begin('return null')}\nreturn ${condition}\n}`
  return new Function('v', 'g', 's', 'faults', text)(...writer.meanings) as () => boolean | null
}

test('a condition is true where its predicate holds', () => {
  for (let round = 0; round < 2000; round++) {
    const machine = new Machine({ slots } as Plan)
    const plan = predicate(3)
    const [holds, interpreted] = [compiled(plan, machine), openPredicate(plan, machine)]
    for (let row = 0; row < 10; row++) {
      const record: Cell[] = [
        pick([-1, 0, 1, 2.5, undefined]),
        pick([...texts, undefined]),
        pick([true, false, undefined]),
      ]
      machine.values.splice(0, 3, ...record)
      expect([plan, record, holds()]).toEqual([plan, record, interpreted() === TRUE])
    }
  }
})

test('records with values of other types, and with faults, leave', () => {
  const machine = new Machine({ slots } as Plan)
  const holds = compiled({ kind: 'number', slot: 0, operator: 'lessThan', value: 3, name: 'n' }, machine)
  machine.values[0] = '2'
  expect(holds()).toBeNull()
  machine.values[0] = 2
  expect(holds()).toBe(true)
  machine.faults.set(1, new Error('of another field'))
  expect(holds()).toBeNull()
})

test('predicates whose text would say something else have none', () => {
  const writer = new ConditionWriter(new Machine({ slots } as Plan))
  const number = (value: number): PredicatePlan => ({ kind: 'number', slot: 0, operator: 'lessThan', value, name: 'n' })
  const cell = (value: Cell, order: readonly Cell[] | null): PredicatePlan => ({
    kind: 'cell',
    slot: 1,
    operator: 'lessThan',
    value,
    order,
    name: 't',
  })
  expect(writer.condition(number(Number.POSITIVE_INFINITY))).toBeNull()
  expect(writer.condition(cell('a', ['b', 'a']))).toBeNull()
  expect(writer.condition(cell(true, null))).toBeNull()
  const operands = [number(1), number(2)]
  expect(writer.condition({ kind: 'compound', operator: 'xor', operands })).toBeNull()
  expect(writer.condition({ kind: 'compound', operator: 'surrogate', operands })).toBeNull()
  expect(writer.condition({ kind: 'compound', operator: 'and', operands: [number(Number.NaN)] })).toBeNull()
})
