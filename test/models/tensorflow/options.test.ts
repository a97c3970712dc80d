import { expect, it } from 'vitest'
import { objectSchema } from '../../../src/config/option.ts'
import { tensorflowOptions } from '../../../src/models/tensorflow/options.ts'

it('takes no options, and names tensors and tags as lists', () => {
  const schema = objectSchema(tensorflowOptions)
  expect(schema.parse({})).toEqual({ threads: 1 })
  expect(schema.safeParse({ tags: ['serve'], signature: 'a', feeds: ['x:0'], fetches: ['y'] }).success).toBe(true)
  expect(schema.safeParse({ fetches: 'y' }).success).toBe(false)
})
