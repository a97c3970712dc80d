import { expect, test } from 'vitest'
import { checkpointName, KNOWN_VERSIONS, taskCheckpoint, taskOfCheckpoint } from '../../src/engine/checkpoint-names.ts'

test('a checkpoint is found again by its own engine and by no other', () => {
  expect(taskOfCheckpoint('iris', taskCheckpoint('iris', '0/3', 'log:a.db/t'))).toBe('0/3')
  expect(taskOfCheckpoint('wine', taskCheckpoint('iris', '0/3', 'log:a.db/t'))).toBeNull()
  expect(taskOfCheckpoint('iris', taskCheckpoint('iris-2', '0/3', 'log:a.db/t'))).toBeNull()
})

test('each source of a task has a checkpoint of its own', () => {
  expect(taskCheckpoint('iris', '0/0', 'file:a')).not.toBe(taskCheckpoint('iris', '0/0', 'log:a'))
})

test('the list of versions is no task', () => {
  expect(taskOfCheckpoint('iris', checkpointName('iris', KNOWN_VERSIONS))).toBeNull()
})
