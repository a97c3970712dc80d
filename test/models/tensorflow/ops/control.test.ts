import { expect, test } from 'vitest'
import { controlOperators } from '../../../../src/models/tensorflow/ops/control.ts'

test('control flow with and without state is run the same way', () => {
  for (const name of ['If', 'Case', 'While']) expect(controlOperators[name]).toBe(controlOperators[`Stateless${name}`])
})
