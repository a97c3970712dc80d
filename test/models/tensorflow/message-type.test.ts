import { expect, it } from 'vitest'
import {
  arrayOf,
  int64s,
  MAX_MESSAGES,
  MessageBudget,
  messages,
  optional,
  text,
} from '../../../src/models/tensorflow/message-type.ts'

it('has a typed array for each kind of number, and none for other kinds', () => {
  expect(arrayOf('int64', 2)).toEqual(new BigInt64Array(2))
  expect(arrayOf('enum', 1)).toEqual(new Int32Array(1))
  expect(arrayOf('text', 1)).toBeNull()
})

it('declares what an absent field reads as', () => {
  expect([text(1).absent, optional(text(1)).absent, int64s(2).absent.length]).toEqual(['', undefined, 0])
  expect(messages(1, () => ({ name: 'M', fields: {} })).absent).toEqual([])
})

it('ends the reading of a document with too many messages', () => {
  const budget = new MessageBudget()
  let taken = 0
  while (budget.take()) taken++
  expect(taken).toBe(MAX_MESSAGES)
})
