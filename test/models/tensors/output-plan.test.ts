import { expect, test } from 'vitest'
import { featureOf, planOutputs } from '../../../src/models/tensors/output-plan.ts'

const outputs = [
  { name: 'label', dtype: 'int64', shape: [null] },
  { name: 'p', dtype: 'float32', shape: [null, 2] },
  { name: 'maps', dtype: 'float32', shape: null, kind: 'maps' },
] as const

test('without the option every output is a member under its own name', () => {
  expect(planOutputs(undefined, outputs, 'm').map(({ name }) => name)).toEqual(['label', 'p', 'maps'])
  expect(planOutputs(undefined, outputs, 'm').map((plan) => featureOf(plan, outputs))).toMatchObject([
    { dtype: 'int64', shape: [] },
    { dtype: 'float32', shape: [2] },
    { dtype: 'any', shape: [] },
  ])
})

test('what an output cannot give is refused before the model runs', () => {
  const fails = (entry: unknown) => expect(() => planOutputs([entry], outputs, 'm'))
  fails({ name: 'maps', members: ['a'] }).toThrow('members have names already')
  fails({ name: 'p', members: ['a'] }).toThrow('1 members and output "p" has 2 columns')
  fails({ name: 'p', column: 'a' }).toThrow('columns 0 to 1')
  fails({ name: 'p', largest: false }).toThrow('expected true')
  fails({ name: 'x' }).toThrow('the model has no output "x"')
})

test('labels of one type have its dtype', () => {
  const dtypeOf = (classes: unknown[]) =>
    featureOf(planOutputs([{ name: 'p', classes }], outputs, 'm')[0] as never, outputs).dtype
  expect([dtypeOf(['a', 'b']), dtypeOf([1, 2]), dtypeOf([0.5, 1]), dtypeOf([true, false]), dtypeOf(['a', 1])]).toEqual([
    'string',
    'int64',
    'float64',
    'boolean',
    'any',
  ])
})
