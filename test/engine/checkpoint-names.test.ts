import { expect, test } from 'vitest'
import { checkpointName, KNOWN_VERSIONS, taskOfCheckpoint } from '../../src/engine/checkpoint-names.ts'

test('a checkpoint is found again by its own engine and by no other', () => {
  expect(taskOfCheckpoint('iris', checkpointName('iris', '0/3'))).toBe('0/3')
  expect(taskOfCheckpoint('wine', checkpointName('iris', '0/3'))).toBeNull()
  expect(taskOfCheckpoint('iris', checkpointName('iris-2', '0/3'))).toBeNull()
})

test('the list of versions is no task', () => {
  expect(taskOfCheckpoint('iris', checkpointName('iris', KNOWN_VERSIONS))).toBeNull()
})
