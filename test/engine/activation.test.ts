import { expect, test } from 'vitest'
import { activationRecord } from '../../src/engine/activation.ts'
import { recordedState } from './fakes.ts'

test('a cut-over is written as data that names the task, the first record and the version', () => {
  const { state, admit } = recordedState()
  const version = admit()
  const record = activationRecord('0/1', { key: 'iris', version, previous: null }, 42, 'iris/1@')
  expect(JSON.parse(JSON.stringify(record))).toEqual({
    task: '0/1',
    key: 'iris',
    from: 42,
    position: 'iris/1@42',
    version: version.reference,
  })
  state.close()
})

test('that no version is active any more is a fact too', () => {
  const record = activationRecord('0/0', { key: 'iris', version: null, previous: null }, 7, 'iris/0@')
  expect(record['version']).toBeNull()
})
