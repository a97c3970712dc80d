import { expect, it } from 'vitest'
import type { Field } from '../../../src/models/tensorflow/message-type.ts'
import * as declared from '../../../src/models/tensorflow/saved-model-messages.ts'

it('gives no two fields of a message the same number', () => {
  for (const type of Object.values(declared)) {
    const numbers = (Object.values(type.fields) as Field<unknown>[]).map((field) => field.number)
    expect(new Set(numbers).size, type.name).toBe(numbers.length)
  }
})
