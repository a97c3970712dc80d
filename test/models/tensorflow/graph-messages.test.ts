import { expect, it } from 'vitest'
import * as declared from '../../../src/models/tensorflow/graph-messages.ts'
import type { Field } from '../../../src/models/tensorflow/message-type.ts'

it('gives no two fields of a message the same number', () => {
  for (const type of Object.values(declared)) {
    const numbers = (Object.values(type.fields) as Field<unknown>[]).map((field) => field.number)
    expect(new Set(numbers).size, type.name).toBe(numbers.length)
  }
})
