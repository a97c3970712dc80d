import { expect, test } from 'vitest'
import { Machine } from '../../../src/models/pmml/machine.ts'
import { literal, NumberWriter } from '../../../src/models/pmml/number-text.ts'
import { type ExpressionPlan, type Plan, type SlotPlan, typeNames } from '../../../src/models/pmml/plan.ts'
import { seeded } from '../../random.ts'

const random = seeded(9)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const inputs = 3

/** Random arithmetic over slots below `limit`. */
function expression(depth: number, limit: number): ExpressionPlan {
  const shape = depth === 0 ? random() * 0.4 : random()
  const type = pick([typeNames.double, typeNames.float])
  if (shape < 0.15) return { kind: 'constant', value: pick([-0, 0, 1, -2.5, 1e-7, 3e21]), type: typeNames.double }
  if (shape < 0.4) return { kind: 'field', slot: Math.floor(random() * limit), type, mapMissingTo: undefined }
  if (shape < 0.5) {
    const ends = { orig: [-1, 3], norm: [0.25, -7], outliers: 'asIs', mapMissingTo: undefined } as const
    return { kind: 'normContinuous', slot: Math.floor(random() * limit), ...ends, type: typeNames.double }
  }
  const args = [expression(depth - 1, limit), expression(depth - 1, limit)]
  const rest = { mapMissingTo: undefined, defaultValue: undefined, invalidAsMissing: false, order: null, place: 'here' }
  return { kind: 'apply', name: pick(['+', '-', '*', '/', 'max']), args, type, ...rest } as unknown as ExpressionPlan
}

test('numbers of derived fields are the bits that the interpreted form gives', () => {
  let compared = 0
  for (let round = 0; round < 500; round++) {
    const slots: SlotPlan[] = Array.from({ length: inputs }, () => ({ kind: 'given' }))
    for (let i = 0; i < 4; i++)
      slots.push({
        kind: 'derived',
        name: 'd',
        type: pick([typeNames.double, typeNames.float]),
        from: null,
        expression: expression(3, slots.length),
      })
    const machine = new Machine({ slots } as unknown as Plan)
    const writer = new NumberWriter(machine, 'return null')
    const names = slots.map((_, slot) => writer.number(slot))
    const numbers = writer.compile('', `return [${names.join(', ')}]`) as () => number[] | null
    for (let row = 0; row < 5; row++) {
      machine.clock.record++
      for (let slot = 0; slot < inputs; slot++) machine.values[slot] = pick([0, -0, 1.1, -3, 1e300, 0.1])
      const found = numbers()
      if (found === null) continue
      expect(found).toEqual(slots.map((_, slot) => machine.number(slot, 'here')()))
      compared++
    }
  }
  expect(compared).toBeGreaterThan(2000)
})

test('a missing number, a text and a fault leave', () => {
  const field: ExpressionPlan = { kind: 'apply', name: 'boom' } as unknown as ExpressionPlan
  const derived: SlotPlan = { kind: 'derived', name: 'd', type: typeNames.double, from: null, expression: field }
  const slots: SlotPlan[] = [{ kind: 'given' }, { kind: 'undeclared', name: 'q', hint: '' }]
  const machine = new Machine({ slots: [...slots, derived] } as unknown as Plan)
  const leaves = (slot: number) => {
    const writer = new NumberWriter(machine, 'return true')
    const name = writer.number(slot)
    return (writer.compile('', `return ${name}`) as () => unknown)()
  }
  expect(leaves(0)).toBe(true)
  machine.values[0] = '5'
  expect(leaves(0)).toBe(true)
  machine.values[0] = 5
  expect(leaves(0)).toBe(5)
  expect(leaves(1)).toBe(true)
})

test('a category is its position, an unknown text their number; other values leave', () => {
  const machine = new Machine({ slots: [{ kind: 'given' }] } as unknown as Plan)
  const position = (values: readonly (string | number)[], value: unknown) => {
    machine.values[0] = value as never
    const writer = new NumberWriter(machine, 'return -1')
    const name = writer.category(0, values)
    return (writer.compile('', `return ${name}`) as () => number)()
  }
  expect(['a', 'b', 'c', 1, undefined].map((value) => position(['a', 'b'], value))).toEqual([0, 1, 2, -1, -1])
  expect([1, 2, '1', 3].map((value) => position([1, 2], value))).toEqual([0, 1, -1, -1])
})

test('numbers without a literal have none', () => {
  expect([1.5, -2, 0, 1e21].map(literal)).toEqual(['1.5', '(-2)', '0', '1e+21'])
  expect([-0, Number.NaN, Number.POSITIVE_INFINITY].map(literal)).toEqual(['(-0)', null, null])
})
