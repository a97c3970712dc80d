import { expect, test } from 'vitest'
import { Machine } from '../../../src/models/pmml/machine.ts'
import { type Plan, typeNames } from '../../../src/models/pmml/plan.ts'

test('a derived field is computed once for a record, when it is first read', () => {
  const expression = { kind: 'field', slot: 0, type: typeNames.string, mapMissingTo: undefined } as const
  const machine = new Machine({
    slots: [
      { kind: 'given' },
      { kind: 'derived', name: 'd', type: typeNames.double, from: typeNames.string, expression },
    ],
  } as unknown as Plan)
  const get = machine.getter(1)
  machine.clock.record = 1
  machine.values[0] = '2.5'
  expect(get()).toBe(2.5)
  machine.values[0] = '7'
  expect(get()).toBe(2.5)
  machine.clock.record = 2
  expect(get()).toBe(7)
})

test('a derived whole number cuts off the fraction of what it is made of', () => {
  const expression = { kind: 'field', slot: 0, type: typeNames.double, mapMissingTo: undefined } as const
  const machine = new Machine({
    slots: [
      { kind: 'given' },
      { kind: 'derived', name: 'd', type: typeNames.integer, from: typeNames.double, expression },
    ],
  } as unknown as Plan)
  const get = machine.getter(1)
  const wholes = [2.9, -2.9, 4].map((value, record) => {
    machine.clock.record = record + 1
    machine.values[0] = value
    return get()
  })
  expect(wholes).toStrictEqual([2, -2, 4])
})

test("a field's fault is thrown to who reads the field, and only then", () => {
  const machine = new Machine({ slots: [{ kind: 'given' }, { kind: 'given' }] } as unknown as Plan)
  machine.faults.set(1, new Error('bad'))
  expect(machine.getter(0)()).toBe(undefined)
  expect(() => machine.getter(1)()).toThrow('bad')
})
